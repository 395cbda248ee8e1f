// The functions of lambdas/: one for each step that decides something, each under its own role of policies/, with its own log.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import * as assets from "aws-cdk-lib/aws-s3-assets";
import { RemovalPolicy, Validations } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import type { FunctionVariables, GuardVariables } from "../../contracts/cloud-run.ts";
import { logGroupName, resourceName } from "../names.ts";
import { type Bundle, bundleFunctions } from "./bundle.ts";

export interface FunctionsProps {
  /** `name` of the settings. */
  readonly name: string;
  /** Folder that holds lambdas/ and node_modules/. */
  readonly root: string;
  /** AWS_REGION is set by Lambda itself. */
  readonly variables: Omit<FunctionVariables, "AWS_REGION">;
  /** The guard's own. */
  readonly guard: GuardVariables;
  readonly roleArn: (name: string) => string;
  readonly keyArn: string;
}

interface Size {
  readonly megabytes: number;
  /** Brings sharp along, which is built for x86-64 here. */
  readonly native: boolean;
}

const small: Size = { megabytes: 512, native: false };
/** Compare and Split hold every box of a data set; Ingest and Publish decode pictures. More than 2,560 MB new accounts do not get. */
const sizes = {
  admit: small,
  ingest: { megabytes: 2560, native: true },
  split: { megabytes: 2048, native: false },
  reserve: small,
  stage: { megabytes: 1024, native: false },
  collect: small,
  compare: { megabytes: 2560, native: false },
  "reserve-measure": small,
  "need-training": { megabytes: 2048, native: false },
  // It makes the plan, of every frame; then it reads it.
  "reserve-trial": { megabytes: 1024, native: false },
  "collect-trial": small,
  "compare-experiment": { megabytes: 2560, native: false },
  publish: { megabytes: 2560, native: true },
  settle: small,
  guard: small,
} satisfies Record<string, Size>;

const logDays = 30;
const timeout = 900;

export class Functions extends Construct {
  private readonly made = new Map<string, lambda.CfnFunction>();

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    for (const [name, size] of Object.entries(sizes)) this.made.set(name, this.add(name, size, props));
  }

  /** @throws RangeError where lambdas/ has no such function */
  arn(name: string): string {
    const found = this.made.get(name);
    if (found === undefined) throw new RangeError(`no function ${name}`);
    return found.attrArn;
  }

  private add(name: string, { megabytes, native }: Size, props: FunctionsProps): lambda.CfnFunction {
    const code = this.code(name, props.root);
    const group = new logs.CfnLogGroup(this, `Log-${name}`, {
      logGroupName: logGroupName(props.name, name),
      retentionInDays: logDays,
      kmsKeyId: props.keyArn,
    });
    group.applyRemovalPolicy(RemovalPolicy.DESTROY);
    const made = new lambda.CfnFunction(this, name, {
      functionName: resourceName(props.name, name),
      runtime: "nodejs24.x",
      architectures: [native ? "x86_64" : "arm64"],
      handler: "index.handler",
      code: { s3Bucket: code.s3BucketName, s3Key: code.s3ObjectKey },
      role: props.roleArn(name),
      memorySize: megabytes,
      timeout,
      environment: {
        variables: {
          ...props.variables,
          ...(name === "guard" ? props.guard : {}),
          NODE_OPTIONS: "--enable-source-maps",
        },
      },
      loggingConfig: { logGroup: group.ref, logFormat: "JSON" },
    });
    Validations.of(made).acknowledge({
      id: "AwsSolutions-L1",
      reason: "Node 24 is the newest runtime; the rule's list may be older.",
    });
    return made;
  }

  private code(name: string, root: string): assets.Asset {
    const bundle = bundled(root).get(name);
    if (bundle === undefined) throw new RangeError(`no bundle ${name}`);
    return new assets.Asset(this, `Code-${name}`, { path: bundle.folder, assetHash: bundle.digest });
  }
}

const bundles = new Map<string, ReadonlyMap<string, Bundle>>();

/** Packed once a process, however many apps it synthesises. */
function bundled(root: string): ReadonlyMap<string, Bundle> {
  const found = bundles.get(root);
  if (found !== undefined) return found;
  const folder = mkdtempSync(join(tmpdir(), "bobbin-functions-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const sources = Object.entries(sizes).map(([name, { native }]) => ({ name, native }));
  const made = bundleFunctions(root, sources, folder);
  bundles.set(root, made);
  return made;
}

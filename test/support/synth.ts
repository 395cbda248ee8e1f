// The templates of the CDK app, synthesised in this process. CDK's own validation runs in the gate `synth`; here it would cost
// five seconds a file.
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stackNames } from "../../lib/contracts/cloud.ts";
import { parseSettings } from "../../lib/core/config/cloud-settings.ts";
import { bobbinApp } from "../../lib/infra/app.ts";
import { loadPolicies } from "../../lib/infra/iam/load.ts";
import { policiesFolder } from "./iam/bobbin.ts";

// biome-ignore lint/suspicious/noExplicitAny: templates are looked into as the JSON they are
type Json = any;
export interface Resource {
  readonly id: string;
  readonly Type: string;
  readonly Properties: Json;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}
export interface Stacks {
  readonly access: Json;
  readonly data: Json;
  readonly main: Json;
  readonly manifest: Json;
  /** Names of the files that the image is built from. */
  readonly source: readonly string[];
}

const settingsText = (change: object) =>
  JSON.stringify({ schema: "bobbin/cloud/1", name: "thaal", region: "us-east-1", datasets: ["cats"], ...change });

export function synthesise(change: object = {}): Stacks {
  const settings = parseSettings("bobbin.cloud.json", settingsText(change));
  const outdir = mkdtempSync(join(tmpdir(), "bobbin-synth-"));
  process.env.CDK_VALIDATION = "false";
  try {
    const root = join(policiesFolder, "..");
    const assembly = bobbinApp({ settings, policies: loadPolicies(policiesFolder), root, outdir }).synth();
    const of = (name: string) => assembly.getStackByName(name).template;
    const names = stackNames(settings.name);
    const assets = readdirSync(outdir).filter((name) => name.startsWith("asset."));
    const image = assets.find((name) => existsSync(join(outdir, name, "Dockerfile"))) ?? "none";
    const source = readdirSync(join(outdir, image), { recursive: true }).map(String);
    return {
      access: of(names.access),
      data: of(names.data),
      main: of(names.main),
      manifest: assembly.manifest,
      source,
    };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

export function resources(template: Json, type?: string): Resource[] {
  return Object.entries<Json>(template.Resources)
    .map(([id, resource]) => ({ id, ...resource }))
    .filter(({ Type }) => type === undefined || Type === type);
}

/** The one resource of a type. */
export function only(template: Json, type: string): Resource {
  const [found, ...more] = resources(template, type);
  if (found === undefined || more.length > 0) throw new RangeError(`not one ${type}: ${more.length + 1}`);
  return found;
}

/** A value with account and partition filled in and references in angle brackets. */
export function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  if ("Ref" in value)
    return { "AWS::AccountId": "111111111111", "AWS::Partition": "aws" }[value.Ref as string] ?? `<${value.Ref}>`;
  if ("Fn::Join" in value) return value["Fn::Join"][1].map(plain).join(value["Fn::Join"][0]);
  if ("Fn::GetAtt" in value) return `<${value["Fn::GetAtt"].join(".")}>`;
  if ("Fn::ImportValue" in value) return `<${value["Fn::ImportValue"]}>`;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
}

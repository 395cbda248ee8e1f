// Stands before the emulated AWS and writes down what every program asks of it, as IAM would see it: bundled or not, in whatever
// language. Each role signs with an access key of its own name, so one front hears all of them apart.
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Action, arns } from "./iam/bobbin.ts";
import type { Context } from "./iam/match.ts";

/** A request as it came over the line. */
export interface Heard {
  readonly role: string;
  readonly service: string;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
}

export interface Front {
  readonly url: string;
  /** In their order. */
  readonly heard: readonly Heard[];
  /** By role. */
  readonly asked: ReadonlyMap<string, readonly Action[]>;
  close(): Promise<void>;
}

/** What a role signs with; the emulated AWS takes any key that is no account's number. */
export const credentialsOf = (role: string) => ({ AWS_ACCESS_KEY_ID: role, AWS_SECRET_ACCESS_KEY: "test" });

/** @param buckets ARN in policies/ by the bucket's name in the test; other buckets are none of Bobbin's, and refused */
export async function recordingFront(endpoint: string, buckets: Readonly<Record<string, string>>): Promise<Front> {
  const asked = new Map<string, Action[]>();
  const heard: Heard[] = [];
  const { hostname, port } = new URL(endpoint);
  const server = createServer((inside, answer) => {
    const { role, service } = signerOf(inside);
    heard.push({ role, service, method: inside.method ?? "", url: inside.url ?? "" });
    const body: Buffer[] = [];
    // Bodies of S3 are data; those of the other services say what is asked.
    if (service !== "s3") inside.on("data", (chunk: Buffer) => body.push(chunk));
    const outside = request({ hostname, port, method: inside.method, path: inside.url, headers: inside.headers });
    inside.pipe(outside);
    outside.on("response", (found) => {
      try {
        const of =
          service === "s3" ? s3Actions(inside, found.statusCode, buckets) : otherActions(inside, service, body);
        asked.set(role, [...(asked.get(role) ?? []), ...of]);
        answer.writeHead(found.statusCode ?? 502, found.headers);
        found.pipe(answer);
      } catch (error) {
        // Whoever asked must not go on as if somebody had looked.
        answer.writeHead(400).end(String(error));
      }
    });
    outside.on("error", (error) => answer.destroy(error));
    inside.on("error", (error) => outside.destroy(error));
  });
  await new Promise<void>((settle) => server.listen(0, "127.0.0.1", settle));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, heard, asked, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((settle) => server.close(() => settle()));
}

function signerOf({ headers }: IncomingMessage): { readonly role: string; readonly service: string } {
  const [, role = "", service = ""] =
    /Credential=([^/]+)\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? "") ?? [];
  return { role, service };
}

const of = (action: string, resource: string, context: Context = {}): Action => ({ action, resource, context });
const throughKey = (name: string, service = "s3") =>
  of(`kms:${name}`, arns.dataKey, { "kms:ViaService": `${service}.us-east-1.amazonaws.com` });

function otherActions({ headers, url = "" }: IncomingMessage, service: string, body: Buffer[]): readonly Action[] {
  const text = Buffer.concat(body).toString();
  const target = String(headers["x-amz-target"] ?? "").split(".")[1] ?? "";
  switch (service) {
    case "kms":
      return [kmsAction(target, JSON.parse(text))];
    case "states":
      return [statesAction(target, JSON.parse(text))];
    case "batch":
      return [batchAction(url.split("/").at(-1) ?? "", text)];
    case "events":
      return [of(`events:${target}`, `${arns.rules}/${renamed(JSON.parse(text).Name)}`)];
    case "budgets":
      // Whatever is asked of a budget, IAM asks for the one right to see it.
      return [of("budgets:ViewBudget", arns.budget)];
    case "sts":
      // Who one is, everybody may ask.
      return [];
    case "ec2":
      return [ec2Action(new URLSearchParams(text))];
    case "cloudformation":
      return [of(`cloudformation:${new URLSearchParams(text).get("Action")}`, stackArn)];
    case "sns":
      return [of("sns:Publish", arns.topic), throughKey("GenerateDataKey", "sns"), throughKey("Decrypt", "sns")];
    default:
      throw new RangeError(`nobody has said what IAM asks for ${service} ${url}`);
  }
}

const stackArn = "arn:aws:cloudformation:us-east-1:111111111111:stack/bobbin-thaal/1";
/** By the last part of the request's path. */
const batchNames: Readonly<Record<string, string>> = {
  listjobs: "ListJobs",
  describejobs: "DescribeJobs",
  describejobqueues: "DescribeJobQueues",
  terminatejob: "TerminateJob",
  updatejobqueue: "UpdateJobQueue",
};
/** A resource of the test's stack under the name that policies/ has for it. */
const renamed = (name: string) => name.replace(/^bobbin-[^-]+/, "bobbin-thaal");

function batchAction(last: string, text: string): Action {
  const name = nameIn(batchNames, last);
  const resources: Readonly<Record<string, string>> = {
    TerminateJob: `${arns.batch}job/1`,
    UpdateJobQueue: arns.queue,
  };
  // The other calls have no resource level.
  if (text === "") throw new RangeError(`${name} of nothing`);
  return of(`batch:${name}`, resources[name] ?? "*");
}

/** Machines carry the stack's tag. */
function ec2Action(query: URLSearchParams): Action {
  const action = `ec2:${query.get("Action")}`;
  if (action === "ec2:DescribeInstances") return of(action, "*");
  return of(action, `${arns.instances}/i-1`, { "aws:ResourceTag/bobbin": "thaal" });
}

function nameIn(names: Readonly<Record<string, string>>, name: string): string {
  const found = names[name];
  if (found === undefined) throw new RangeError(`nobody has said what IAM asks for ${name}`);
  return found;
}

function kmsAction(target: string, { MessageType = "", SigningAlgorithm = "" }: Record<string, string>): Action {
  const context = { "kms:MessageType": MessageType, "kms:SigningAlgorithm": SigningAlgorithm };
  return of(`kms:${target}`, arns.signingKey, target === "Sign" ? context : {});
}

/** On a machine or on one of its executions, whichever is named. */
function statesAction(target: string, { stateMachineArn, executionArn }: Record<string, string>): Action {
  const arn = stateMachineArn ?? executionArn ?? "";
  return of(`states:${target}`, arn.replace(/:bobbin-[^:-]+-/, ":bobbin-thaal-"));
}

function s3Actions(
  { method = "", url = "", headers }: IncomingMessage,
  status: number | undefined,
  buckets: Readonly<Record<string, string>>,
): readonly Action[] {
  const { pathname, searchParams: query } = new URL(url, "http://s3");
  const [name = "", ...rest] = pathname.slice(1).split("/").map(decodeURIComponent);
  const bucket = nameIn(buckets, name);
  const path = rest.join("/");
  const key = `${bucket}/${path}`;
  // A copy may be refused where it must not overwrite: what creates once is put.
  if (headers["x-amz-copy-source"] !== undefined) throw new RangeError(`a copy to ${url}`);
  // S3 says what is missing only to who may list.
  const missing = status === 404 ? [of("s3:ListBucket", bucket)] : [];
  const version = query.has("versionId") ? "Version" : "";
  switch (`${method} ${path === "" ? "bucket" : "object"}`) {
    case "GET bucket":
      return [of("s3:ListBucket", bucket, { "s3:prefix": query.get("prefix") ?? "" })];
    case "HEAD bucket":
      return [of("s3:ListBucket", bucket)];
    case "GET object":
    case "HEAD object":
      if (query.has("uploadId")) return [of("s3:ListMultipartUploadParts", key)];
      return [of(`s3:GetObject${version}`, key), throughKey("Decrypt"), ...missing];
    case "DELETE object":
      if (query.has("uploadId")) return [of("s3:AbortMultipartUpload", key)];
      break;
    case "POST object":
      // S3 decrypts the parts to put them together.
      return [
        of("s3:PutObject", key, conditions(headers, query.has("uploadId"))),
        throughKey("GenerateDataKey"),
        throughKey("Decrypt"),
      ];
    case "PUT object": {
      if (query.has("tagging")) return [of(`s3:PutObject${version}Tagging`, key)];
      const isPart = query.has("partNumber");
      const tags = headers["x-amz-tagging"] === undefined ? [] : [of("s3:PutObjectTagging", key)];
      const parts = isPart ? [throughKey("Decrypt")] : [];
      return [of("s3:PutObject", key, conditions(headers, !isPart)), throughKey("GenerateDataKey"), ...tags, ...parts];
    }
  }
  throw new RangeError(`nobody has said what IAM asks for ${method} ${url}`);
}

/** The conditions of a write, as S3 hands them to IAM. */
function conditions(headers: IncomingMessage["headers"], creates: boolean): Context {
  const match = headers["if-match"];
  const noneMatch = headers["if-none-match"];
  return {
    "s3:ObjectCreationOperation": String(creates),
    ...(match === undefined ? {} : { "s3:if-match": match }),
    ...(noneMatch === undefined ? {} : { "s3:if-none-match": noneMatch }),
  };
}

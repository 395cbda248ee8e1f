// What the programs ask of AWS, as it was recorded from their requests in the tests of the project `aws`, and kept in one file.
// The same run gives the same recording: run ids, digests, counts and times stand as ones for all. `npm run record` makes it anew.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Action, arns } from "./bobbin.ts";

const file = join(import.meta.dirname, "../../fixtures/recorded-calls.json");

/** By role, one line a call: `action resource key=value …`, the last ones as IAM's conditions see them. */
export type Recording = Readonly<Record<string, readonly string[]>>;

/** By test: each one knows its own part, and roles may be in several. */
function readFile(): Readonly<Record<string, Recording>> {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** ARNs that calls name, by the name that policies/ has for them. */
const named = ["dataBucket", "registryBucket", "dataKey", "signingKey", "topic", "machines", "executions"] as const;

function lineOf({ action, resource, context = {} }: Action): string {
  const name = named.find((one) => resource.startsWith(arns[one]));
  const shown = name === undefined ? resource : `{${name}}${plain(resource.slice(arns[name].length))}`;
  const values = Object.entries(context).map(([key, value]) => `${key}=${key === "s3:if-match" ? "etag" : value}`);
  return [action, shown, ...values.map(plain)].join(" ");
}

function plain(text: string): string {
  return text
    .replace(/\b[0-9A-HJKMNP-TV-Z]{26}(-\d)?\b/g, "01JD0000000000000000000000")
    .replace(/frames\/[0-9a-f]{2}\//g, "frames/ab/")
    .replace(/\b[0-9a-f]{64}\b/g, "ab".repeat(32))
    .replace(/\/\d{6}-[0-9a-f]{16}\//g, "/000001-0123456789abcdef/")
    .replace(/([/-])\d{6}(\.json)/g, "$1000001$2")
    .replace(/failures\/\d+/g, "failures/1")
    .replace(/-\d{8}T\d{4}(\d{2})?\b/g, "-20260102T0304")
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(_[-0-9a-f]+)?/g, "0d000000-0000-4000-8000-000000000000");
}

function actionOf(line: string): Action {
  const [action = "", resource = "", ...values] = line.split(" ");
  const arn = resource.replace(/^\{(\w+)\}/, (_, name: (typeof named)[number]) => arns[name]);
  const context = values.map((value) => [value.slice(0, value.indexOf("=")), value.slice(value.indexOf("=") + 1)]);
  return { action, resource: arn, context: Object.fromEntries(context) };
}

/** Each kind of call once, in an order of its own. */
export function toRecording(asked: ReadonlyMap<string, readonly Action[]>): Recording {
  const roles = [...asked].map(([role, actions]) => [role, [...new Set(actions.map(lineOf))].sort()] as const);
  return Object.fromEntries(roles.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is kept of a test. With BOBBIN_RECORD=1 that is what it has found this time. */
export function keptRecording(test: string, found: Recording): Recording {
  if (process.env.BOBBIN_RECORD === "1") {
    writeFileSync(file, `${JSON.stringify({ ...readFile(), [test]: found }, null, 1)}\n`);
  }
  return readFile()[test] ?? {};
}

/** All calls of a role, whichever test has recorded them. */
export function recordedCalls(): Readonly<Record<string, readonly Action[]>> {
  const calls: Record<string, Action[]> = {};
  for (const recording of Object.values(readFile())) {
    for (const [role, lines] of Object.entries(recording)) {
      calls[role] = [...(calls[role] ?? []), ...lines.map(actionOf)];
    }
  }
  return calls;
}

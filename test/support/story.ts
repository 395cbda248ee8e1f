// The history of an execution as a person reads it in the console: state by state, what each one added to what it was given.
import type { HistoryEvent } from "@aws-sdk/client-sfn";

type Json = Readonly<Record<string, unknown>>;

/** What another run would say otherwise, by the name of its field. */
const changing = new Set(["seconds", "predictedSeconds", "settled", "DEADLINE_EPOCH"]);

function steady(name: string, value: unknown): unknown {
  if (changing.has(name)) return "…";
  if (typeof value === "number" && !Number.isInteger(value)) return "…";
  if (typeof value !== "string") return value;
  return value
    .replace(/^[0-9a-f]{64}$/, "sha256…")
    .replace(/\b[0-9A-HJKMNP-TV-Z]{26}\b/g, "run…")
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "job…")
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "time…");
}

const text = (value: unknown) =>
  JSON.stringify(value, steady)
    .replaceAll('"', "")
    .replace(/,(?! )/g, ", ")
    .replace(/:(?! )/g, ": ");

/** Only what a state changed: everything before it is what it was given. */
function added(input: Json, output: Json): string {
  const changed = Object.entries(output).filter(
    ([name, value]) => JSON.stringify(input[name]) !== JSON.stringify(value),
  );
  return changed.map(([name, value]) => `${name} ${text(value)}`).join(" ");
}

/** One line a state: its name and what it added; last how the execution ended. */
export function story(events: readonly HistoryEvent[]): string {
  const lines: string[] = [];
  let given: Json = {};
  for (const { type, stateEnteredEventDetails: entered, stateExitedEventDetails: left, ...more } of events) {
    if (entered !== undefined) given = JSON.parse(entered.input ?? "{}");
    if (left !== undefined) {
      lines.push(`${(left.name ?? "").padEnd(14)} ${added(given, JSON.parse(left.output ?? "{}"))}`.trimEnd());
    }
    const failed = more.executionFailedEventDetails;
    if (failed !== undefined) lines.push(`${type} ${failed.error}: ${failed.cause}`);
    if (type === "ExecutionSucceeded") lines.push(type);
  }
  return lines.join("\n");
}

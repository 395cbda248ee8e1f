// Turns the first problem of a hand-written document into where, found and wanted.
import type * as z from "zod";

export interface Problem {
  readonly field: string;
  readonly found: string;
  readonly wanted: string;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inside, key) => (typeof inside === "object" && inside !== null ? Reflect.get(inside, key) : undefined),
    value,
  );
}

/** A value as people read it: JSON, cut after 60 characters, `nothing` where it is absent. */
export function shown(value: unknown): string {
  const text = value === undefined ? "nothing" : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** The first issue that zod has with `value`; a key that does not exist is named itself. */
export function firstProblem(error: z.ZodError, value: unknown): Problem {
  const issue = error.issues[0];
  if (issue === undefined) return { field: "the document", found: shown(value), wanted: "a valid document" };
  if (issue.code === "unrecognized_keys") {
    const field = [...issue.path, issue.keys[0] ?? ""].join(".");
    return { field, found: "a field that does not exist", wanted: "only fields of the schema" };
  }
  const field = issue.path.length === 0 ? "the document" : issue.path.join(".");
  return { field, found: shown(at(value, issue.path)), wanted: wantedBy(issue.message) };
}

/** "Too small: expected number to be >=0" is no answer to what was wanted: "number >=0" is. */
function wantedBy(message: string): string {
  return message
    .replace(/^Invalid \w+: (?:expected )?/, "")
    .replace(/^Too (?:small|big): expected (\w+) to (?:be|have) /, "$1 ");
}

// Every document as JSON Schema and every error as data: what Python, editors and `bin/generate.ts` read.
// A new document only needs `document(…)` in its file and that file imported here.
import * as z from "zod";
import "./base-weights.ts";
import "./budget-answers.ts";
import "./answers.ts";
import "./cloud.ts";
import "./cloud-job.ts";
import "./cloud-run.ts";
import "./config.ts";
import "./dataset.ts";
import "./evaluation.ts";
import "./experiment.ts";
import "./job.ts";
import "./ledger.ts";
import "./measurement.ts";
import "./recipe.ts";
import "./release-comparison.ts";
import "./release.ts";
import "./run.ts";
import { documents } from "./common.ts";
import type { ErrorSpec } from "./errors/define.ts";
import { errors } from "./errors.ts";

/** File name of a document's schema: `bobbin/job/1` → `bobbin.job.1.json`. */
export function schemaFile(id: string): string {
  return `${id.replaceAll("/", ".")}.json`;
}

/**
 * JSON Schema (draft 2020-12) of every document, by file name.
 * Cross-field rules are not in them: those live in lib/core.
 */
export function jsonSchemas(): Map<string, object> {
  const schemas = new Map<string, object>();
  for (const [id, { schema, description, form }] of documents) {
    const body = z.toJSONSchema(schema, { io: form, target: "draft-2020-12" });
    schemas.set(schemaFile(id), { ...body, $id: id, title: id, description });
  }
  return new Map([...schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The list of errors as Python reads it: exit codes and templates, by name. */
export function errorTable(): Record<
  string,
  { exit: number; trainerExit: number | null; say: string; todo: string; fields: string[] }
> {
  const table: ReturnType<typeof errorTable> = {};
  for (const [name, spec] of Object.entries<ErrorSpec>(errors).sort(([a], [b]) => (a < b ? -1 : 1))) {
    table[name] = {
      exit: spec.exit,
      trainerExit: spec.trainerExit ?? null,
      say: spec.say,
      todo: spec.todo,
      fields: Object.keys(spec.data.shape),
    };
  }
  return table;
}

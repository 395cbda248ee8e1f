// The small types every document is made of. Change one here and every document, its JSON Schema and Python follow.
import * as z from "zod";

/** A document as it is registered: its schema, and which form of it people or programs write. */
export interface DocumentEntry {
  readonly schema: z.ZodType;
  readonly description: string;
  readonly form: "output" | "input";
}
/** Every document by id; `bin/generate.ts` writes one JSON Schema per entry. */
export const documents = new Map<string, DocumentEntry>();

/** A SHA-256 digest, 64 lower-case hexadecimal digits. */
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** UTC, ISO 8601, as `Date.prototype.toISOString` writes it. */
export const isoTime = z.iso.datetime();
/** A run id: a ULID, 26 characters of Crockford base 32. */
export const runId = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/);
/** A name that becomes part of a key: projects, models, data sets, budgets. */
export const slug = z.string().regex(/^[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?$/);
export const count = z.int().min(0);
/** Integer micro-dollars: 1 USD = 1,000,000. */
export const microDollars = z.int().min(0);
/** Where a frame may stand. `deployment` is the reserved deployment test. */
export const part = z.enum(["train", "val", "test", "deployment"]);
export type Part = z.infer<typeof part>;
export const parts = part.options;
export const task = z.enum(["detect", "segment", "classify"]);
export type Task = z.infer<typeof task>;
/** Absolute pixels of the EXIF-turned image, origin top left: [xMin, yMin, xMax, yMax]. */
export const box = z.tuple([z.number(), z.number(), z.number(), z.number()]);
export type Box = z.infer<typeof box>;
export const device = z.enum(["cpu", "cuda", "mps"]);
/** Whose predictions: the model just trained, the off-the-shelf start, the release in use. */
export const role = z.enum(["candidate", "base", "production"]);
export type Role = z.infer<typeof role>;
/** A file of a folder, by its path relative to that folder. */
export const fileEntry = z.strictObject({ name: z.string().min(1), bytes: count, sha256 });
export type FileEntry = z.infer<typeof fileEntry>;

/**
 * Registers a document under its id, so that it gets a JSON Schema.
 * `form: "input"` is for what people write by hand: fields with a default are optional there.
 */
export function document<T extends z.ZodType>(
  id: string,
  description: string,
  schema: T,
  form: "output" | "input" = "output",
): T {
  documents.set(id, { schema, description, form });
  return schema;
}

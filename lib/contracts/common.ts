// The small types every document is made of. Change one here and every document, its JSON Schema and Python follow.
import type * as z from "zod";

/** A document as it is registered: its schema, and which form of it people or programs write. */
export interface DocumentEntry {
  readonly schema: z.ZodType;
  readonly description: string;
  readonly form: "output" | "input";
}
/** Every document by id; `bin/generate.ts` writes one JSON Schema per entry. */
export const documents = new Map<string, DocumentEntry>();

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

// Runs one parser over many changed inputs; the smallest that breaks it is shown.
import fc from "fast-check";
import { isBobbinError } from "../../../lib/contracts/errors.ts";
import { mutated } from "./mutate.ts";
import type { Parser } from "./parsers.ts";

/** A result and a named error are both fine ends. */
export async function holdsFor({ seeds, words, parse }: Parser, numRuns: number): Promise<void> {
  const ends = async (bytes: Buffer) => {
    try {
      await parse(bytes);
    } catch (error) {
      if (!isBobbinError(error)) throw error;
    }
  };
  await fc.assert(fc.asyncProperty(mutated(seeds, words), ends), { numRuns });
}

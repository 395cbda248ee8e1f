// Damages good files at random and holds the parser against its promises. A case that fails is shrunk, and printed with its seed.
import * as fc from "fast-check";
import { mutate, mutations } from "./mutation.ts";
import type { Parser } from "./parsers.ts";

/**
 * @param seed the same cases each time; without one, others each time
 * @returns how many damaged inputs were taken all the same
 */
export async function fuzz({ seeds, judge }: Parser, numRuns: number, seed?: number): Promise<number> {
  let taken = 0;
  const property = fc.asyncProperty(fc.nat({ max: seeds.length - 1 }), mutations, async (which, damage) => {
    if (await judge(mutate(seeds[which] ?? {}, damage))) taken += 1;
  });
  await fc.assert(property, { numRuns, ...(seed === undefined ? {} : { seed }) });
  return taken;
}

// Walks as a property: whatever happens in whatever order, nothing is wrong on the way or at its end.
import * as fc from "fast-check";
import { type Ground, type Walked, walk } from "./walker.ts";

/** Enough for several runs one after another, from upload to settlement. */
export const walkLength = 500;

const choices = (length: number) =>
  fc.noBias(fc.array(fc.nat(), { minLength: length + 1, maxLength: length + 1, size: "max" }));

/** What all walks together have seen. */
export class Sum {
  walks = 0;
  readonly of: Record<keyof Walked, number> = { steps: 0, looks: 0, killed: 0, lost: 0, runs: 0, jobs: 0 };

  add(one: Walked): void {
    this.walks += 1;
    for (const name of Object.keys(this.of) as (keyof Walked)[]) this.of[name] += one[name];
  }
}

/** @param done gives back what the walk was on */
export function walksHold(
  open: () => Promise<Ground> | Ground,
  sum: Sum,
  { length = walkLength, done }: { readonly length?: number; readonly done?: (ground: Ground) => Promise<void> } = {},
) {
  return fc.asyncProperty(choices(length), async (given) => {
    const ground = await open();
    try {
      sum.add(await walk(given, ground));
    } finally {
      await done?.(ground);
    }
  });
}

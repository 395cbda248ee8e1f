// What is explored: in full by the proofs, a small part of it with every change.
import { luckOf, type Scenario } from "./explore.ts";

export interface Named extends Scenario {
  readonly name: string;
  /** What the wait for it is worth: whole, or as far as a depth. */
  readonly whole: boolean;
}

/** Holds one run's worst case, and not two. */
const cap = 3000;

/** With every change: one run, whose job may be tried twice, and any one thing that goes wrong. */
export const quick: Named = {
  ...{ name: "one run × two attempts, one fault of any kind", whole: true },
  ...{ uploads: ["a"], cap, luck: luckOf(1, 1) },
};

/** With every proof. */
export const proven: readonly Named[] = [
  quick,
  {
    ...{ name: "two runs × two attempts of each job, nothing else goes wrong", whole: true },
    ...{ uploads: ["a", "b"], cap, luck: luckOf(2, 0, { spot: 2 }) },
  },
  {
    ...{ name: "two runs × two attempts, one fault of any kind", whole: true },
    ...{ uploads: ["a", "b"], cap, luck: luckOf(1, 1) },
  },
];

/** What the docs tell of: `npm run proof:budget explored`. */
export const full: readonly Named[] = [
  ...proven,
  {
    ...{ name: "one run × two attempts, two faults of any kinds", whole: true },
    ...{ uploads: ["a"], cap, luck: luckOf(2, 1) },
  },
  {
    ...{ name: "three runs, two faults of any kinds", whole: false },
    ...{ uploads: ["a", "b", "c"], cap, luck: luckOf(2, 1), depth: 14 },
  },
];

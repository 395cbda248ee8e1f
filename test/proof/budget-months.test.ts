// Made months, good and bad, through the real steps: AWS's bill never passes what is committed, nor the cap.
// `npm run proof:budget months` writes their figures into docs/budget-proof.md.
import { expect, it } from "@jest/globals";
import { liveMonth } from "../support/months/month.ts";
import { normal, others } from "../support/months/months.ts";

const seeds = [1, 2, 3];

it.each(normal.flatMap((month) => seeds.map((seed) => ({ ...month, seed }))))(
  "$name, $seed: at most $most times the bill is committed at its end",
  async ({ most, seed, ...month }) => {
    const { committed, bill } = await liveMonth(month, seed);
    expect(committed / bill).toBeLessThanOrEqual(most);
  },
  600_000,
);

it.each(others.flatMap((month) => seeds.map((seed) => ({ ...month, seed }))))(
  "$name, $seed",
  async ({ seed, ...month }) => {
    const { runs, margin } = await liveMonth(month, seed);
    expect(runs).toBeGreaterThan(20);
    expect(margin).toBeGreaterThanOrEqual(0);
  },
  1_200_000,
);

// Runs, a guard, people and bad luck in random order, over the real steps: ten thousand events in memory, and some over a folder with
// functions in processes of their own. The proofs take a hundred times as many (docs/budget-proof.md).
import { expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { freshFolder } from "../../../support/folder.ts";
import { inMemory } from "../../../support/walk/memory.ts";
import { inProcesses, type ProcessGround } from "../../../support/walk/process-pool.ts";
import { Sum, walksHold } from "../../../support/walk/property.ts";
import type { Ground } from "../../../support/walk/walker.ts";

it("in memory: nothing is spent that is not committed, and nothing is held or forgotten in the end", async () => {
  const sum = new Sum();
  await fc.assert(walksHold(inMemory, sum), { numRuns: 20 });
  expect(sum.of.steps).toBeGreaterThanOrEqual(10_000 * 0.95);
  expect(sum.of.jobs).toBeGreaterThan(10);
}, 120_000);

it("on a folder, with processes that are killed", async () => {
  const sum = new Sum();
  const close = (ground: Ground) => (ground as ProcessGround).close();
  await fc.assert(
    walksHold(() => inProcesses(freshFolder()), sum, { length: 100, done: close }),
    { numRuns: 1 },
  );
  expect(sum.of.steps).toBeGreaterThanOrEqual(100);
}, 120_000);

it("sees a store that swaps without comparing", async () => {
  const careless = (): Ground => {
    const { stores, ...ground } = inMemory();
    const { registry } = stores;
    const replace = registry.replace.bind(registry);
    registry.replace = async (key, body) => replace(key, body, (await registry.get(key)).etag);
    return { ...ground, stores };
  };
  const seen = await fc.check(walksHold(careless, new Sum()), { numRuns: 100, seed: 1, endOnFailure: true });
  expect(seen.errorInstance).toMatchObject({ name: "Violation" });
}, 120_000);

// Uploads that wait are trained on once, and none of them for nothing: whatever fails, the data of each is in some training.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { RunRequest } from "../../../../lib/contracts/run.ts";
import { passLock, readLock, takeLock } from "../../../../lib/core/registry/lock.ts";
import { leaves, whyLater } from "../../../../lib/core/steps/one-for-all.ts";
import type { ReserveOutput } from "../../../../lib/core/steps/types.ts";
import { memoryStores } from "../../../support/memory-store.ts";
import { testConfig, testRequest } from "../../../support/run-request.ts";

const clock = { now: () => new Date("2026-01-02T03:04:05Z") };

interface Asked {
  readonly dataset: "trays" | "lids";
  readonly retrain: "now" | "later";
  /** It is no archive, or its labels are wrong: the run ends before Reserve. */
  readonly broken: boolean;
}

const requestFor = ({ dataset, retrain }: Asked, index: number): RunRequest => ({
  ...testRequest("-", {
    config: testConfig({ dataset }),
    source: { location: `incoming/${dataset}/${index}.zip`, versionId: "1", sha256: null },
  }),
  retrain,
});

/** Runs every upload, all but the first of which came while the first was at work; what was taken in and what was trained, in turn. */
async function simulate(uploads: readonly Asked[]) {
  const { registry } = memoryStores();
  const ports = { registry, clock };
  const requests = uploads.map(requestFor);
  const idOf = (turn: number) => String(turn).padStart(26, "0");
  for (const [index, { source, retrain }] of requests.entries()) {
    const { location, versionId } = source;
    await takeLock(idOf(index === 0 ? 0 : 900 + index), `take/${index}`, { location, versionId, retrain }, ports);
  }
  const done: { readonly index: number; readonly what: "refused" | "taken in" | "trained" }[] = [];
  for (let turn = 0; ; turn += 1) {
    const { holder } = await readLock(registry);
    if (holder === null) return done;
    expect(turn).toBeLessThan(2 * uploads.length);
    const location = holder.upload?.location ?? requests[0]?.source.location;
    const index = requests.findIndex(({ source }) => source.location === location);
    const request = requests[index];
    if (request === undefined) throw new RangeError(`nobody asked for ${location}`);
    const why = await whyLater(request, registry);
    const reserve: ReserveOutput =
      why === null ? { outcome: "skipped", version: "v0" } : { outcome: "later", reason: why };
    const broken = uploads[index]?.broken === true;
    done.push({ index, what: broken ? "refused" : why === null ? "trained" : "taken in" });
    await passLock(holder.runId, idOf(turn + 1), `pass/${turn}`, ports, leaves(broken ? undefined : reserve, request));
  }
}

const upload = (changes: Partial<Asked> = {}): Asked => ({
  dataset: "trays",
  retrain: "now",
  broken: false,
  ...changes,
});

describe("uploads that waited", () => {
  it("are taken in one by one and trained on once, by the last", async () => {
    const done = await simulate([upload(), upload(), upload(), upload()]);
    expect(done.map(({ what }) => what)).toEqual(["taken in", "taken in", "taken in", "trained"]);
  });

  it("are trained on all the same where the last of them is refused", async () => {
    const done = await simulate([upload(), upload(), upload({ broken: true })]);
    expect(done).toEqual([
      { index: 0, what: "taken in" },
      { index: 1, what: "taken in" },
      { index: 2, what: "refused" },
      { index: 0, what: "trained" },
    ]);
  });

  it("do not wait for one that asked to be trained on later, and that one for nobody", async () => {
    const done = await simulate([upload(), upload({ retrain: "later" })]);
    expect(done.map(({ what }) => what)).toEqual(["trained", "taken in"]);
  });

  it("are in a training, each, whatever fails and however many data sets they are of, and a data set is trained on once", async () => {
    const asked = fc.record({
      dataset: fc.constantFrom("trays" as const, "lids" as const),
      retrain: fc.constantFrom("now" as const, "later" as const),
      broken: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(asked, { minLength: 1, maxLength: 8 }), async (uploads) => {
        const done = await simulate(uploads);
        for (const [index, { dataset, retrain, broken }] of uploads.entries()) {
          const mine = done.findIndex((one) => one.index === index);
          expect(done[mine]?.what === "refused").toBe(broken);
          if (broken || retrain === "later") continue;
          const after = done.slice(mine).filter((one) => uploads[one.index]?.dataset === dataset);
          expect(after.some(({ what }) => what === "trained")).toBe(true);
        }
        for (const dataset of ["trays", "lids"]) {
          const trained = done.filter(({ index, what }) => what === "trained" && uploads[index]?.dataset === dataset);
          expect(trained.length).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

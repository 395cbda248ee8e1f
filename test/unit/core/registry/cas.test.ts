// Compare and swap with a nonce: no lost update, also where the answer is lost or another writer is faster.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import * as z from "zod";
import type { ObjectStore } from "../../../../lib/core/ports.ts";
import { change, createOnce, findDocument, readDocument } from "../../../../lib/core/registry/cas.ts";
import { passLock, readLock, takeLock } from "../../../../lib/core/registry/lock.ts";
import { type Fault, FaultyStore, StoreUnreachable } from "../../../support/faulty-store.ts";
import { MemoryStore } from "../../../support/memory-store.ts";
import { runIds } from "../../../support/run-request.ts";

const schema = z.strictObject({ numbers: z.array(z.int()), nonce: z.string() });
type Numbers = z.infer<typeof schema>;
const add = (store: ObjectStore, number: number) =>
  change<Numbers>({
    store,
    key: "numbers.json",
    schema,
    nonce: `writer/${number}`,
    decide: (current) =>
      current?.numbers.includes(number) ? current : { numbers: [...(current?.numbers ?? []), number], nonce: "" },
  });
/** As a state's Retry does. */
async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreUnreachable)) throw error;
    }
  }
}

describe("change", () => {
  it("loses no update of many writers, each once, whatever fails", async () => {
    const fault = fc.record({
      operation: fc.constantFrom("get" as const, "create" as const, "replace" as const),
      kind: fc.constantFrom("refused" as const, "lost" as const, "slow" as const),
      times: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fault, { maxLength: 6 }),
        fc.integer({ min: 1, max: 8 }),
        async (faults: Fault[], writers) => {
          const memory = new MemoryStore();
          const store = new FaultyStore(memory, faults);
          const numbers = Array.from({ length: writers }, (_, index) => index);
          await Promise.all(numbers.map((number) => insist(() => add(store, number))));
          const { value } = await readDocument(memory, "numbers.json", schema);
          expect([...value.numbers].sort()).toEqual(numbers);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("recognises its own write by the nonce, and writes no second time", async () => {
    const store = new FaultyStore(new MemoryStore(), [{ operation: "create", kind: "lost" }]);
    await expect(add(store, 7)).rejects.toThrow(StoreUnreachable);
    expect((await add(store, 7)).numbers).toEqual([7]);
    expect(store.asked.filter((asked) => !asked.startsWith("get"))).toEqual(["create numbers.json"]);
  });

  it("does once what would not be the same twice, where the answer was lost", async () => {
    const store = new FaultyStore(new MemoryStore(), [
      { operation: "create", kind: "lost" },
      { operation: "replace", kind: "lost" },
    ]);
    const append = (nonce: string) => () =>
      change<Numbers>({
        store,
        key: "numbers.json",
        schema,
        nonce,
        decide: (current) => ({ numbers: [...(current?.numbers ?? []), 1], nonce: "" }),
      });
    expect((await insist(append("a"))).numbers).toEqual([1]);
    expect((await insist(append("b"))).numbers).toEqual([1, 1]);
  });

  it("leaves alone what is as it should be", async () => {
    const memory = new MemoryStore();
    await add(memory, 1);
    await add(memory, 2);
    const store = new FaultyStore(memory, []);
    await add(store, 1);
    expect(store.asked).toEqual(["get numbers.json"]);
  });

  it("says what a damaged document is", async () => {
    const store = new MemoryStore();
    await store.create("numbers.json", Buffer.from("{half"));
    await expect(add(store, 1)).rejects.toMatchObject({ name: "ObjectCorrupt", data: { key: "numbers.json" } });
    await store.create("other.json", Buffer.from('{"numbers":["x"],"nonce":""}'));
    await expect(findDocument(store, "other.json", schema)).rejects.toMatchObject({ name: "ObjectCorrupt" });
    expect(await findDocument(store, "none.json", schema)).toBeNull();
  });

  it("makes a document once, and gives the first one to everybody", async () => {
    const store = new MemoryStore();
    expect(await createOnce(store, "k", schema, { numbers: [1], nonce: "a" })).toEqual({ numbers: [1], nonce: "a" });
    expect(await createOnce(store, "k", schema, { numbers: [2], nonce: "b" })).toEqual({ numbers: [1], nonce: "a" });
  });
});

describe("the lock", () => {
  const clock = { now: () => new Date("2026-01-02T03:04:05Z") };
  const ports = (registry: ObjectStore) => ({ registry, clock });
  const upload = (name: string) => ({ location: `incoming/d/${name}.zip`, versionId: "1" });
  const waits = (name: string) => ({ ...upload(name), retrain: "now" as const });
  const [first, second, third, fourth] = runIds;

  it("is one run's at a time", async () => {
    const store = new MemoryStore();
    const holders = await Promise.all(runIds.map((run) => takeLock(run, `${run}/Admit/1`, null, ports(store))));
    expect(new Set(holders.map(({ runId }) => runId)).size).toBe(1);
    expect((await readLock(store)).waiting).toEqual([]);
  });

  it("goes on in the order of the list, and each upload once", async () => {
    const store = new MemoryStore();
    await takeLock(first, "a", null, ports(store));
    for (const name of ["b", "c", "b"]) await takeLock(second, `wait/${name}`, waits(name), ports(store));
    expect((await readLock(store)).waiting.map(({ location }) => location)).toEqual([
      upload("b").location,
      upload("c").location,
    ]);
    expect(await passLock(first, third, "s1", ports(store))).toEqual({ runId: third, ...upload("b") });
    expect((await readLock(store)).holder).toMatchObject({ runId: third, upload: upload("b") });
    expect(await passLock(third, fourth, "s2", ports(store))).toEqual({ runId: fourth, ...upload("c") });
    expect(await passLock(fourth, first, "s3", ports(store))).toBeNull();
    expect(await readLock(store)).toMatchObject({ holder: null, waiting: [] });
  });

  it("is not taken from its holder by a run that ends without it", async () => {
    const store = new MemoryStore();
    await takeLock(first, "a", null, ports(store));
    expect(await passLock(second, third, "s", ports(store))).toBeNull();
    expect((await readLock(store)).holder?.runId).toBe(first);
  });

  it("names the same next run again where the answer of passing it was lost", async () => {
    const memory = new MemoryStore();
    await takeLock(first, "a", waits("a"), ports(memory));
    await takeLock(second, "b", waits("b"), ports(memory));
    const store = new FaultyStore(memory, [{ operation: "replace", kind: "lost" }]);
    await expect(passLock(first, third, "s", ports(store))).rejects.toThrow(StoreUnreachable);
    expect(await passLock(first, fourth, "s", ports(store))).toEqual({ runId: third, ...upload("b") });
  });
});

// Ledgers as they lie in a store: older ones are taken up, newer, edited and truncated ones refused by name, with nothing written.
import { describe, expect, it } from "@jest/globals";
import { budgetConfig } from "../../../../lib/contracts/config.ts";
import { registryKeys } from "../../../../lib/contracts/layout.ts";
import { commitPromise, findLedger } from "../../../../lib/core/budget/book.ts";
import { committed } from "../../../../lib/core/budget/limits.ts";
import { admit } from "../../../../lib/core/steps/admit.ts";
import { memoryStores } from "../../../support/memory-store.ts";
import { runIds, testConfig, testRequest } from "../../../support/run-request.ts";

const [first, second] = runIds;
const budget = budgetConfig.parse({ capUsd: 1, ends: "2035-01-01T00:00:00Z" });
const key = registryKeys.ledger(budget.name);
const at = "2026-01-02T03:04:05.000Z";
const clock = { now: () => new Date(at) };

/** As the Bobbin before this one wrote it. */
const older = (change: object = {}) => ({
  schema: "bobbin/ledger/1",
  budget: "phase-1",
  cap: 1_000_000,
  monthly: null,
  ends: "2035-01-01T00:00:00Z",
  closed: null,
  entries: [
    { item: "admission", promised: 500, settled: 500, settledAt: at },
    { item: "jobs", promised: 9000, settled: 4000, settledAt: at },
    { item: "admission", promised: 500, settled: null, settledAt: null },
  ].map((entry) => ({ runId: first, promisedAt: at, evidence: "words", ...entry })),
  nonce: "n",
  revision: 3,
  ...change,
});

async function storeWith(text: string) {
  const stores = memoryStores();
  await stores.registry.create(key, Buffer.from(text));
  return stores;
}

/** A run is not let in, by that name, and the document stays as it was. */
async function expectRefused(text: string, error: object): Promise<void> {
  const stores = await storeWith(text);
  const requests = { read: async () => testRequest("/x.zip", { runId: second, config: testConfig({ budget }) }) };
  const prices = { admission: 1, trainHour: 0, predictHour: 0 };
  const ports = { stores, requests, clock, prices, whenBusy: "refuse" as const };
  await expect(admit({ runId: second }, ports)).rejects.toMatchObject(error);
  expect(Buffer.from((await stores.registry.get(key)).bytes).toString()).toBe(text);
}

describe("a ledger of the form before", () => {
  it("is read with every sum it held, and written in the present form by the next promise", async () => {
    const { registry } = await storeWith(JSON.stringify(older()));
    const read = await findLedger(registry, budget.name);
    expect(read === null ? null : committed(read)).toBe(500 + 4000 + 500);
    expect(read).toMatchObject({ schema: "bobbin/ledger/2", cap: 1_000_000, terms: { cap: 1_000_000, monthly: null } });
    expect(read?.entries.map(({ item, attempt }) => [item, attempt])).toEqual([
      ["admission", 1],
      ["jobs", 1],
      ["admission", 2],
    ]);
    const wanted = { runId: second, item: "admission", amount: 100, at, evidence: "" } as const;
    await commitPromise(registry, budget, wanted, "next");
    expect(JSON.parse(Buffer.from((await registry.get(key)).bytes).toString())).toMatchObject({
      schema: "bobbin/ledger/2",
      revision: 4,
    });
    expect(await findLedger(registry, budget.name)).toMatchObject({ entries: { length: 4 } });
  });

  it("may be committed to the last micro-dollar", async () => {
    const { registry } = await storeWith(JSON.stringify(older({ cap: 5000 })));
    expect(await findLedger(registry, budget.name)).toMatchObject({ cap: 5000 });
  });

  it("stays closed", async () => {
    const { registry } = await storeWith(JSON.stringify(older({ closed: { at, reason: "overrun" } })));
    const wanted = { runId: second, item: "admission", amount: 1, at, evidence: "" } as const;
    await expect(commitPromise(registry, budget, wanted, "next")).rejects.toMatchObject({ name: "BudgetClosed" });
  });

  it.each([
    ["settled above its promise", { entries: [{ ...older().entries[0], promised: 1 }] }],
    ["committed above its cap", { cap: 4999 }],
    ["with a sum below nothing", { entries: [{ ...older().entries[0], promised: -1, settled: null }] }],
  ])("is refused %s", async (_, change) => {
    await expectRefused(JSON.stringify(older(change)), { name: "LedgerEdited" });
  });
});

describe("a ledger that is not as it was written", () => {
  async function written(): Promise<Record<string, unknown>> {
    const { registry } = memoryStores();
    const wanted = { runId: first, item: "jobs", amount: 5000, at, evidence: "" } as const;
    await commitPromise(registry, budget, wanted, "one");
    return JSON.parse(Buffer.from((await registry.get(key)).bytes).toString());
  }

  it("is refused where a sum was edited by hand", async () => {
    const document = await written();
    await expectRefused(JSON.stringify(document).replace('"promised":5000', '"promised":50'), {
      name: "LedgerEdited",
      data: { budget: "phase-1" },
    });
  });

  it.each([
    ["cap", 2_000_000],
    ["closed", { at, kind: "cutOff", reason: "x" }],
    ["revision", 0],
    ["unexplained", 1],
    ["raises", [{ at, by: "x", from: 1, to: 2, reason: "x", opened: null }]],
  ])("is refused where %s was", async (field, value) => {
    await expectRefused(JSON.stringify({ ...(await written()), [field]: value }), { name: "LedgerEdited" });
  });

  it("is refused where a field is missing, of another kind or unknown", async () => {
    const { cap: _, ...without } = await written();
    for (const document of [without, { ...without, cap: "1" }, { ...(await written()), extra: 1 }]) {
      await expectRefused(JSON.stringify(document), { name: "LedgerEdited" });
    }
  });

  it("is refused where it was cut off", async () => {
    const text = JSON.stringify(await written());
    await expectRefused(text.slice(0, text.length / 2), { name: "ObjectCorrupt", data: { key } });
  });

  it("is refused where it is of a newer form, or of none", async () => {
    const document = await written();
    await expectRefused(JSON.stringify({ ...document, schema: "bobbin/ledger/3" }), {
      name: "LedgerNewer",
      data: { found: "bobbin/ledger/3" },
    });
    for (const other of ["[]", "null", "7", '{"schema":7}'])
      await expectRefused(other, { name: "LedgerNewer", data: { found: "none that is named" } });
  });
});

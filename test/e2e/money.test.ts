// The commands about money on a folder: what a run would cost, what is left, how a budget is raised, and what is refused by name.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { budgetConfig } from "../../lib/contracts/config.ts";
import { commitPromise } from "../../lib/core/budget/book.ts";
import { openStores } from "../../lib/local/store/open.ts";
import { bobbin, bobbinJson } from "../support/bobbin.ts";
import { assertDocumented } from "../support/documented.ts";
import { freshFolder, lastingFolder } from "../support/folder.ts";

const sample = join(import.meta.dirname, "../../samples/thaal/thaal-cvat.zip");
const days = "pattern:^thaal_(?<day>\\d{4}-\\d{2}-\\d{2})_";
let made = "";
let folder = "";

beforeAll(async () => {
  made = lastingFolder();
  const words = ["--project", "thaal", "--recipe", "demo", "--ratios", "0.56,0.31,0.13", "--group-rule", days];
  await bobbin(made, "init", sample, ...words);
});
beforeEach(() => {
  folder = freshFolder();
  budget({});
});

function budget(change: object): void {
  const config = JSON.parse(readFileSync(join(made, "bobbin.json"), "utf8"));
  const terms = { name: "phase-1", capUsd: 200, ends: "2099-12-31T00:00:00Z", ...change };
  writeFileSync(join(folder, "bobbin.json"), JSON.stringify({ ...config, budget: terms }));
}

/** As a run in a stack would have promised it. */
async function promised(amount: number): Promise<void> {
  const { registry } = openStores(join(folder, "store"));
  const terms = budgetConfig.parse({ capUsd: 200, ends: "2099-12-31T00:00:00Z" });
  const at = new Date().toISOString();
  const wanted = { runId: "01ARZ3NDEKTSV4RRFFQ69G5FA0", item: "jobs", amount, at, evidence: "a test" } as const;
  await commitPromise(registry, terms, wanted, `test/${amount}`);
}

describe("bobbin plan", () => {
  it("says what a run on this machine costs, what is left, and that it would be let in", async () => {
    await promised(28_700_000);
    const { exit, value } = await bobbinJson(folder, "plan", sample);
    expect(exit).toBe(0);
    assertDocumented(value);
    expect(value).toMatchObject({ expected: 0, atMost: 0, left: 171_300_000, ok: true, price: null, forecast: null });
    const { stdout } = await bobbin(folder, "plan", sample);
    expect(stdout).toContain("This run: expected $0.00, at most $0.00, $171.30 left.");
  });

  it("ends with 1 and the reason where a run would be refused", async () => {
    budget({ ends: "2001-01-01T00:00:00Z" });
    const { exit, value } = await bobbinJson(folder, "plan", sample);
    expect(exit).toBe(1);
    assertDocumented(value);
    expect(value).toMatchObject({ ok: false, refusals: [{ name: "BudgetEnded" }] });
  });
});

describe("bobbin budget", () => {
  it("shows sums, runs and a bar", async () => {
    await promised(50_000_000);
    const { value } = await bobbinJson(folder, "budget");
    assertDocumented(value);
    expect(value).toMatchObject({
      ...{ cap: 200_000_000, committed: 50_000_000, left: 150_000_000, promised: 50_000_000, settled: 0, next: 0 },
      runs: [{ runId: "01ARZ3NDEKTSV4RRFFQ69G5FA0", promised: 50_000_000, settled: null, state: "open" }],
    });
    const { stdout } = await bobbin(folder, "budget");
    expect(stdout).toMatch(/^▒{12}·{36} /m);
    expect(stdout).toContain("$150.00");
  });

  it("is raised with a reason, by somebody, and says so for ever", async () => {
    await promised(1);
    const { exit, value } = await bobbinJson(folder, "budget", "raise", "--to", "250.5", "--reason", "a second camera");
    expect(exit).toBe(0);
    assertDocumented(value);
    expect(value).toMatchObject({
      from: 200_000_000,
      to: 250_500_000,
      left: 250_499_999,
      by: expect.stringMatching(/./),
    });
    expect((await bobbinJson(folder, "budget")).value).toMatchObject({
      cap: 250_500_000,
      raises: [{ from: 200_000_000, to: 250_500_000, reason: "a second camera", opened: null }],
    });
  });

  it.each([
    ["before anything was promised", "250", "BudgetMissing"],
    ["downwards", "150", "BudgetRaiseInvalid"],
    ["in another currency", "250 EUR", "UsageWrong"],
    ["by a sign", "-250", "UsageWrong"],
    ["to no number", "NaN", "UsageWrong"],
  ])("is not raised %s", async (when, to, name) => {
    if (when === "downwards") await promised(1);
    const { exit, value } = await bobbinJson(folder, "budget", "raise", `--to=${to}`, "--reason", "why");
    expect(exit).toBe(2);
    expect(value).toMatchObject({ error: { name } });
  });

  it.each([
    ["a cap below nothing", { capUsd: -1 }, "budget.capUsd"],
    ["a cap that is no number", { capUsd: "200" }, "budget.capUsd"],
    ["another currency", { capEur: 200 }, "budget.capEur"],
    ["a date that is none", { ends: "2026-13-01T00:00:00Z" }, "budget.ends"],
  ])("is refused with %s, before anything is started", async (_, change, field) => {
    budget(change);
    for (const command of [["budget"], ["plan", sample], ["run", sample]]) {
      const { exit, value } = await bobbinJson(folder, ...command);
      expect(exit).toBe(2);
      expect(value).toMatchObject({ error: { name: "ConfigInvalid", data: { field } } });
    }
  });
});

describe("bobbin prices check", () => {
  it("says how old each price is, and that nothing was compared", async () => {
    const { exit, value } = await bobbinJson(folder, "prices", "check", "--offline");
    expect(exit).toBe(0);
    assertDocumented(value);
    expect(value).toMatchObject({ unreachable: "--offline", ok: true });
  });

  it("goes on where the list cannot be reached", async () => {
    const { exit, value } = await bobbinJson(folder, "prices", "check", "--list", "http://127.0.0.1:9/");
    expect(exit).toBe(0);
    expect(value).toMatchObject({ unreachable: expect.stringContaining("fetch failed"), ok: true });
  });
});

describe("bobbin stop --all", () => {
  const stop = (...words: string[]) => bobbinJson(folder, "stop", ...words);

  it("wants to be told that everything is meant", async () => {
    expect(await stop()).toMatchObject({ exit: 2, value: { error: { name: "UsageWrong" } } });
  });

  it("closes the budget also before anything was promised, and raising it is the way back", async () => {
    const { exit, value } = await stop("--all", "--reason", "a holiday");
    assertDocumented(value);
    expect({ exit, ...value }).toMatchObject({ exit: 0, executions: 0, jobs: 0 });
    expect((await bobbinJson(folder, "budget")).value).toMatchObject({
      ...{ left: 0, cap: 200_000_000 },
      closed: { kind: "cutOff", reason: expect.stringMatching(/^.+: a holiday$/) },
    });
    expect((await bobbinJson(folder, "plan", sample)).value).toMatchObject({ refusals: [{ name: "BudgetClosed" }] });
    const raise = () => bobbinJson(folder, "budget", "raise", "--to", "200", "--reason", "back again");
    expect((await raise()).value).toMatchObject({ from: 200_000_000, to: 200_000_000, left: 200_000_000 });
    // Typed again, e.g. because the line broke: it is done once.
    expect(await raise()).toMatchObject({ exit: 0, value: { to: 200_000_000 } });
    const { value: after } = await bobbinJson(folder, "budget");
    expect(after).toMatchObject({ closed: null, left: 200_000_000 });
    expect(after.raises).toEqual([expect.objectContaining({ opened: expect.stringContaining("a holiday") })]);
  });

  it("done again changes nothing", async () => {
    await stop("--all", "--reason", "first");
    await stop("--all", "--reason", "second");
    expect((await bobbinJson(folder, "budget")).value).toMatchObject({
      closed: { reason: expect.stringMatching(/: first$/) },
    });
  });
});

describe("a ledger that is not as Bobbin wrote it", () => {
  const file = () => join(folder, "store/registry/ledger/phase-1.json");
  const changed = (change: (text: string) => string) => {
    const text = change(readFileSync(file(), "utf8"));
    writeFileSync(file(), text);
    return text;
  };

  const reading = [["budget"], ["plan", sample], ["budget", "raise", "--to", "300", "--reason", "why"]];
  const running = ["run", sample, "--env", join(import.meta.dirname, "../../.venv")];

  // The readers of the ledger are one, so every command is tried on one fault, and every fault on one command.
  it.each([
    [
      "edited",
      "LedgerEdited",
      (text: string) => text.replace('"cap": 200000000', '"cap": 900000000'),
      [...reading, running],
    ],
    [
      "lowered by hand",
      "LedgerEdited",
      (text: string) => text.replace('"promised": 5000000', '"promised": 1'),
      [["plan", sample]],
    ],
    ["truncated", "ObjectCorrupt", (text: string) => text.slice(0, text.length / 2), [["plan", sample]]],
    ["emptied", "ObjectCorrupt", () => "", [["plan", sample]]],
    [
      "of a newer Bobbin",
      "LedgerNewer",
      (text: string) => text.replace("bobbin/ledger/2", "bobbin/ledger/3"),
      [running],
    ],
  ])(
    "%s: a command that needs it says %s, starts nothing and leaves it as it is",
    async (_, name, change, commands) => {
      await promised(5_000_000);
      const text = changed(change);
      for (const command of commands) {
        const { exit, value } = await bobbinJson(folder, ...command);
        expect(exit).toBe(3);
        expect(value.error ?? (value.failure as { error: object } | undefined)?.error ?? value).toMatchObject({ name });
      }
      expect(readFileSync(file(), "utf8")).toBe(text);
      // To stop works all the same: what could not be done is named.
      const { exit, value } = await bobbinJson(folder, "stop", "--all");
      expect({ exit, ...value }).toMatchObject({
        ...{ exit: 3 },
        error: { name: "CutOffIncomplete", data: { left: "nothing", problems: expect.stringContaining(name) } },
      });
      expect(readFileSync(file(), "utf8")).toBe(text);
    },
    60_000,
  );
});

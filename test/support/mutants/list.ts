// What is mutated, by what it is tried, and what survives with a reason.
import { readdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");
const inFolder = (folder: string) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);

/** All that decides about the sum: promise, proof and what is shown of it. */
export const mutated: readonly string[] = [
  ...inFolder("lib/core/budget"),
  ...["admit", "reserve", "settle", "close-promises", "late"].map((step) => `lib/core/steps/${step}.ts`),
];

const unit = (name: string) => join(root, "test/unit/core", `${name}.test.ts`);
/** The quickest first; a mutant is tried until one of them catches it. */
const tests: readonly string[] = [
  ...["edges", "plan", "idle-bill", "view", "book", "ledger-document", "proof", "prices"].map((name) =>
    unit(`budget/${name}`),
  ),
  ...["price-table", "alarm-period", "job-time", "history", "ledger"].map((name) => unit(`budget/${name}`)),
  ...["look-after", "one-for-all", "admit-settle", "reserve-jobs", "late", "experiment-money"].map((name) =>
    unit(`steps/${name}`),
  ),
  unit("steps/every-failure"),
  unit("budget/model"),
];

/** Those of a step find out first what is wrong with it. */
export const testsFor = (file: string): readonly string[] =>
  file.includes("/steps/")
    ? [...tests].sort((a, b) => Number(b.includes("/steps/")) - Number(a.includes("/steps/")))
    : tests;

/** A change by hand, where no small change of the source says it. */
export interface Planted {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const planted: readonly Planted[] = [
  {
    name: "settle twice",
    file: "lib/core/budget/ledger.ts",
    from: "if (entry.settled !== null || !which(entry)) return entry;",
    to: "if (!which(entry)) return entry;",
  },
  {
    name: "release before proof",
    file: "lib/core/budget/proof.ts",
    from: "if (endedAt === null || endedAt < job.createdAt) return null;",
    to: "if (endedAt === null) return { ...job, endedAt: job.createdAt, attempts: [] };",
  },
  {
    name: "forget attempt 2",
    file: "lib/core/budget/proof.ts",
    from: "for (const { startedAt, stoppedAt } of attempts) {\n    const began",
    to: "for (const { startedAt, stoppedAt } of attempts.slice(0, 1)) {\n    const began",
  },
  {
    name: "add after lost answer",
    file: "lib/core/budget/ledger.ts",
    from: "const rest = ledger.entries.filter((one) => one !== mine);\n  const granted = mine !== undefined && mine.promised >= amount;",
    to: "const rest = ledger.entries;\n  const granted = false;",
  },
  {
    name: "clock back",
    file: "lib/core/budget/proof.ts",
    from: "if (!((startedAt ?? before) >= before && stoppedAt >= (startedAt ?? before))) return null;",
    to: "",
  },
  {
    name: "unknown is nothing",
    file: "lib/core/budget/ledger.ts",
    from: "const settled = Math.min(entry.promised, actual ?? entry.promised);",
    to: "const settled = Math.min(entry.promised, actual ?? 0);",
  },
  {
    name: "what is not seen was not begun",
    file: "lib/core/budget/proof.ts",
    from: "if (staged.some((kind) => jobs.every((job) => job.kind !== kind))) return null;",
    to: "",
  },
  {
    name: "prove the next try, release this one",
    file: "lib/core/budget/ledger.ts",
    from: "entry.attempt === (done.attempt ?? 1) ? done.actual[entry.item] : undefined",
    to: "done.actual[entry.item]",
  },
  {
    name: "give back without looking for a job",
    file: "lib/core/steps/late.ts",
    from: "actual: begun ? {} : { jobs: 0 }",
    to: "actual: { jobs: 0 }",
  },
  {
    name: "promise after the end of the try",
    file: "lib/core/budget/ledger.ts",
    from: 'if (mine !== undefined && isOver(mine)) throw new BobbinError("RunEnded", { runId, status: "settled" });',
    to: "",
  },
  {
    name: "lose an overrun",
    file: "lib/core/budget/ledger.ts",
    from: "unexplained: ledger.unexplained + more",
    to: "unexplained: ledger.unexplained",
  },
  {
    name: "forget what waits when it is summed up",
    file: "lib/core/budget/compact.ts",
    from: "settled: row.settled + (settled ?? promised)",
    to: "settled: row.settled + (settled ?? 0)",
  },
  {
    name: "an empty wait is free",
    file: "lib/core/budget/proof.ts",
    from: "return last === undefined || (attempts.length < tries && endedAt - last.stoppedAt > sameMoment);",
    to: "return last === undefined;",
  },
  {
    name: "go on with a try that was settled for",
    file: "lib/core/steps/reserve.ts",
    from: 'if (await giveBackIfEnded(input, ["image", "jobs"], config.budget, ports)) throw runEnded(runId);',
    to: 'await giveBackIfEnded(input, ["image", "jobs"], config.budget, ports);',
  },
  {
    name: "start a job without looking whether its run is over",
    file: "lib/core/steps/cloud-job.ts",
    from: "  await refuseIfEnded(input, data);\n",
    to: "",
  },
  {
    name: "idle months are free",
    file: "lib/core/budget/idle.ts",
    from: "if (more <= 0 || months === 0) return ledger;",
    to: "if (more <= 0 || months > 0) return ledger;",
  },
];

/** A mutant that no test can catch, since nothing that Bobbin promises is different with it. */
export interface Equivalent {
  readonly file: string;
  /** The line as it was, and what was changed in it. */
  readonly code: string;
  readonly change: string;
  readonly why: string;
}

const equivalents: readonly Equivalent[] = [
  {
    file: "lib/core/budget/idle-bill.ts",
    code: "const dollars = (usd: number, why: string): Share => ({ monthly: Math.ceil(usd * 1e6), why });",
    change: "ceil → floor",
    why: "every sum in the table is a whole number of micro-dollars",
  },
  {
    file: "lib/core/budget/price-check.ts",
    code: "const known = Math.ceil(usd * 1e6);",
    change: "ceil → floor",
    why: "every price in the table is a whole number of micro-dollars",
  },
  {
    file: "lib/core/budget/view.ts",
    code: 'since: mine.map(({ promisedAt }) => promisedAt).reduce((a, b) => (a < b ? a : b), mine[0]?.promisedAt ?? ""),',
    change: "< → <=",
    why: "of two equal texts either is the earlier",
  },
  {
    file: "lib/core/budget/worst-case.ts",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a line of source
    code: "how: `${trainings * leftGigabytes} GB × ${months} months at ${month}`,",
    change: "* → /",
    why: "what one training leaves is counted as one gigabyte",
  },
  {
    file: "lib/core/budget/worst-case.ts",
    code: "amount: Math.ceil(trainings * leftGigabytes * months * gbMonth),",
    change: "* → /",
    why: "as above; the other two signs of the line are caught",
  },
  {
    file: "lib/core/steps/settle.ts",
    code: 'if (outcome !== "rejected") return null;',
    change: 'outcome !== "rejected" → false',
    why: "what no step has rejected is left alone three lines further down",
  },
  {
    file: "lib/core/steps/settle.ts",
    code: 'if (said?.outcome !== "rejected") return null;',
    change: 'said?.outcome !== "rejected" → false',
    why: "a run is only called rejected where Admit or Reserve has said so; the line tells the compiler",
  },
];

/** null where nobody has found a reason. */
export const equivalentOf = (mutant: Pick<Equivalent, "file" | "code" | "change">): Equivalent | null =>
  equivalents.find(
    ({ file, code, change }) => file === mutant.file && code === mutant.code && change === mutant.change,
  ) ?? null;

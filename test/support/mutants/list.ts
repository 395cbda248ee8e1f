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
export const tests: readonly string[] = [
  ...["edges", "plan", "idle-bill", "view", "book", "ledger-document", "proof", "prices"].map((name) =>
    unit(`budget/${name}`),
  ),
  ...["price-table", "alarm-period", "job-time", "history", "ledger"].map((name) => unit(`budget/${name}`)),
  ...["look-after", "one-for-all", "admit-settle", "reserve-jobs", "late"].map((name) => unit(`steps/${name}`)),
  unit("budget/model"),
];

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

export const equivalents: readonly Equivalent[] = [];

/** null where nobody has found a reason. */
export const equivalentOf = (mutant: Pick<Equivalent, "file" | "code" | "change">): Equivalent | null =>
  equivalents.find(
    ({ file, code, change }) => file === mutant.file && code === mutant.code && change === mutant.change,
  ) ?? null;

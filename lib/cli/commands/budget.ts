// bobbin budget: what has been promised and spent, by run; what is left; what the next run could cost.
import type { BudgetAnswer } from "../../contracts/budget-answers.ts";
import type { Config } from "../../contracts/config.ts";
import type { Ledger } from "../../contracts/ledger.ts";
import { usd, usdDown } from "../../contracts/money.ts";
import { readLedger } from "../../core/budget/book.ts";
import { runHolds, sumsOf } from "../../core/budget/view.ts";
import { sumOf, worstCase } from "../../core/budget/worst-case.ts";
import type { Context } from "../context.ts";
import { openStore } from "../context.ts";
import { pricesOfStore } from "../money.ts";
import { loadProject } from "../project.ts";
import { plain, table } from "../text.ts";

const cells = 48;
const shownRuns = 20;

/** Cells of settled, promised and free; what is not nothing is seen. */
function bar({ cap, committed, promised }: BudgetAnswer): string {
  const width = (part: number) =>
    part <= 0 ? 0 : Math.max(1, Math.round((part / Math.max(cap, committed, 1)) * cells));
  const [spent, open] = [width(committed - promised), width(promised)];
  return `${"█".repeat(spent)}${"▒".repeat(open)}${"·".repeat(Math.max(0, cells - spent - open))}`;
}

function answerOf(ledger: Ledger, next: number | null, at: string): BudgetAnswer {
  const { heldThisMonth, ...sums } = sumsOf(ledger, at);
  const { budget, terms, cap, idle, unexplained, bill, closed, folded, raises } = ledger;
  return {
    schema: "bobbin/answer-budget/1",
    ...{ budget, ends: terms.ends, cap, ...sums, idle, unexplained, bill, closed },
    month: { month: at.slice(0, 7), held: heldThisMonth, limit: terms.monthly },
    ...{ runs: [...runHolds(ledger)], folded, raises, next },
  };
}

function runLines({ runs, folded }: BudgetAnswer): string[] {
  const rows = runs
    .slice(-shownRuns)
    .map((run) => [
      ...[run.runId, String(run.attempt), run.since.slice(0, 16).replace("T", " "), run.state],
      ...[usd(run.promised), run.settled === null ? "–" : usd(run.settled)],
    ]);
  const old = folded.reduce((sum, row) => sum + row.settled, 0);
  return [
    ...(rows.length === 0
      ? []
      : ["", ...table([["run", "try", "since (UTC)", "state", "promised", "settled"], ...rows])]),
    ...(runs.length > shownRuns ? [`… and ${runs.length - shownRuns} before these; all of them with --json`] : []),
    ...(folded.length === 0 ? [] : [`Runs settled earlier, summed up by month: ${usd(old)}`]),
  ];
}

function words(answer: BudgetAnswer): string[] {
  const { budget, cap, committed, left, promised, settled, idle, unexplained, month, closed, bill, next } = answer;
  return [
    `Budget ${budget}: ${usd(cap)} until ${answer.ends.slice(0, 10)}`,
    `${bar(answer)}  █ spent  ▒ promised  · left`,
    ...table([
      ["", ""],
      ["settled, by runs", usd(settled)],
      ["promised, not proven yet", usd(promised)],
      ["the account while nothing runs, to the end", usd(idle.committed)],
      ...(unexplained === 0 ? [] : [["spent by no promise", usd(unexplained)]]),
      ["committed in all", usd(committed)],
      ["left", usdDown(left)],
    ]).slice(1),
    ...(month.limit === null ? [] : [`This month (${month.month}): ${usd(month.held)} of ${usd(month.limit)}`]),
    ...(bill === null ? [] : [`AWS had billed ${usd(bill.amount)} at ${bill.at}`]),
    ...(closed === null ? [] : [`CLOSED since ${closed.at}: ${plain(closed.reason)}`]),
    ...(next === null
      ? []
      : [`The next run: at most ${usd(next)}, without what its upload weighs. bobbin plan EXPORT shows how.`]),
    ...answer.raises.map(
      (raise) =>
        `Raised ${raise.at.slice(0, 10)} from ${usd(raise.from)} to ${usd(raise.to)} by ${plain(raise.by)}: ${plain(raise.reason)}`,
    ),
    ...runLines(answer),
  ];
}

async function nextRun(context: Context, config: Config, timeoutSeconds: number, at: string): Promise<number> {
  const size = { timeoutSeconds, uploadBytes: 0, at, ends: config.budget.ends };
  return sumOf(worstCase(size, await pricesOfStore(context)));
}

export async function budget(context: Context): Promise<number> {
  const { config, recipe } = await loadProject(context.configFile);
  const { stores } = await openStore(context);
  const at = new Date().toISOString();
  const ledger = await readLedger(stores.registry, config.budget);
  const answer = answerOf(ledger, await nextRun(context, config, recipe.timeoutSeconds, at), at);
  context.out.answer(answer, () => words(answer));
  return 0;
}

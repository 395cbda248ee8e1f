// bobbin plan: what a run of an export will likely cost, what it can cost at most and why, and what is left. Nothing is started.
import { statSync } from "node:fs";
import type { PlanAnswer } from "../../contracts/budget-answers.ts";
import { hourly, usd, usdDown } from "../../contracts/money.ts";
import { readLedger } from "../../core/budget/book.ts";
import { type Forecast, forecast, type Measured } from "../../core/budget/forecast.ts";
import { planRun } from "../../core/budget/plan.ts";
import { type CheckReport, checkExport } from "../../core/dataset/ingest/check-export.ts";
import type { Stores } from "../../core/ports.ts";
import { readReleases } from "../../core/registry/versions.ts";
import { measured, numberOf, secondsToPredict } from "../../core/steps/estimate.ts";
import { commitOf, openExport } from "../../local/export-source/open.ts";
import { classNames } from "../class-names.ts";
import { type Context, openStore } from "../context.ts";
import { exportAt } from "../export-path.ts";
import { pricesOfStore, refusalOf } from "../money.ts";
import { loadProject, type Project } from "../project.ts";
import { duration, plain, table } from "../text.ts";

interface PlanOptions {
  readonly mode?: "merge" | "replace";
  readonly device?: "cpu" | "cuda" | "mps";
  readonly recipe?: string;
  readonly names?: string;
}

interface Read {
  readonly report: CheckReport;
  readonly bytes: number;
}

async function read(
  context: Context,
  path: string,
  project: Project,
  stores: Stores,
  options: PlanOptions,
): Promise<Read> {
  const { config, groupTable } = project;
  const source = await openExport(path);
  try {
    const entries = source.entries().reduce((sum, { bytes }) => sum + bytes, 0);
    const report = await checkExport(
      {
        ...{ source, config, groupTable, names: classNames(options.names) ?? config.names ?? null },
        mode: options.mode ?? (await commitOf(path))?.mode ?? "merge",
        issuesAt: "bobbin check",
      },
      { store: stores.data, probe: null, clock: { now: () => new Date() }, events: context.out.events },
    );
    return { report, bytes: source.kind === "zip" ? statSync(path).size : entries };
  } finally {
    await source.close();
  }
}

interface Foreseen {
  readonly forecast: Forecast | null;
  readonly speed: Measured | null;
  readonly predictSeconds: number | null;
}

async function foresee(
  { report }: Read,
  { config, recipe }: Project,
  device: PlanOptions["device"],
  stores: Stores,
): Promise<Foreseen> {
  const { all } = await readReleases(stores.registry, config.model);
  const asked = { config, recipe, device: device ?? "cpu" };
  const speed = await measured(all, asked, stores.data);
  if (speed === null || report.version === null) return { forecast: null, speed: null, predictSeconds: null };
  const { train, val } = report.version.split.parts;
  const training = { epochs: numberOf(asked, "epochs"), images: train.frames + val.frames, recipe };
  return {
    ...{ forecast: forecast(training, speed), speed },
    predictSeconds: await secondsToPredict(speed.runId, stores.data),
  };
}

function words(answer: PlanAnswer): string[] {
  const { lines, atMost, expected, left, forecast: foreseen, price, refusals } = answer;
  const likely =
    expected === null ? "expected: unknown, nothing like it was trained here yet" : `expected ${usd(expected)}`;
  const time = (seconds: number) => duration(seconds);
  return [
    `This run: ${likely}, at most ${usd(atMost)}, ${usdDown(left)} left.`,
    "",
    ...(price === null
      ? ["Nothing is rented here: a run on this machine costs nothing."]
      : [
          ...table([
            ["at most", "for", "what", "by what arithmetic"],
            ...lines.map((line) => [usd(line.amount), line.item, line.what, line.how]),
          ]),
          `An hour of ${price.machine} in ${price.region}: ${hourly(price.hour)} on demand, disk and address included (${price.seen}).`,
        ]),
    ...(foreseen === null
      ? []
      : [
          `Training: ${time(foreseen.seconds)} for ${foreseen.epochs} epochs, by the run ${foreseen.measuredIn}; its limit is ${time(foreseen.timeoutSeconds)}, enough for ${foreseen.fits}.`,
        ]),
    "",
    ...(answer.ok ? ["It would be let in."] : ["It would be refused:"]),
    ...refusals.flatMap(({ name, message, todo }) => [`  ${name}: ${plain(message)}`, `    → ${plain(todo)}`]),
  ];
}

export async function plan(context: Context, [path]: readonly [string], options: PlanOptions): Promise<number> {
  exportAt(path);
  const project = await loadProject(context.configFile, options.recipe);
  const { stores } = await openStore(context);
  const prices = await pricesOfStore(context);
  const { config, recipe } = project;
  const found = await read(context, path, project, stores, options);
  const device = options.device ?? (context.stack === null ? "cpu" : "cuda");
  const { forecast: foreseen, speed, predictSeconds } = await foresee(found, project, device, stores);
  const size = {
    ...{ timeoutSeconds: recipe.timeoutSeconds, at: new Date().toISOString(), ends: config.budget.ends },
    uploadBytes: context.stack === null ? 0 : found.bytes,
  };
  const ledger = await readLedger(stores.registry, config.budget);
  const asked = { ledger, budget: config.budget, recipe, size, forecast: foreseen, predictSeconds };
  const { lines, refusals, ...sums } = planRun(asked, prices);
  const errors = [...found.report.errors, ...refusals].map(refusalOf);
  const answer: PlanAnswer = {
    schema: "bobbin/answer-plan/1",
    ...{ export: path, budget: config.budget.name, recipe: recipe.name, price: prices.row ?? null, lines: [...lines] },
    ...sums,
    forecast:
      foreseen === null || speed === null
        ? null
        : { ...foreseen, timeoutSeconds: recipe.timeoutSeconds, measuredIn: speed.runId },
    ...{ refusals: errors, ok: errors.length === 0 },
  };
  context.out.answer(answer, () => words(answer));
  return answer.ok ? 0 : 1;
}

// bobbin check: what a run would make of an export. Nothing is written, not even a store.

import { existsSync } from "node:fs";
import type { CheckAnswer } from "../../contracts/answers.ts";
import { parts } from "../../contracts/common.ts";
import type { Config } from "../../contracts/config.ts";
import type { IssueLine } from "../../contracts/dataset.ts";
import { isBobbinError } from "../../contracts/errors.ts";
import { type CheckReport, checkExport } from "../../core/dataset/ingest/check-export.ts";
import type { ExportSource, ImageProbe, ObjectStore } from "../../core/ports.ts";
import { baseAddCommand, baseOf } from "../../core/steps/reserve.ts";
import { isOfFrames } from "../../core/tasks.ts";
import { imageProbe } from "../../local/decode/image-probe.ts";
import { commitOf, openExport } from "../../local/export-source/open.ts";
import { openStores } from "../../local/store/open.ts";
import { writePairs } from "../check-pairs.ts";
import { classNames } from "../class-names.ts";
import { type Context, openStack } from "../context.ts";
import { loadProject } from "../project.ts";
import { splitBar } from "../split-bar.ts";
import { plain, table } from "../text.ts";

interface CheckOptions {
  readonly mode?: "merge" | "replace";
  readonly annotator?: string;
  readonly decode: boolean;
  readonly names?: string;
  readonly pairs?: string;
}

const shownIssues = 20;
const shownPairs = 10;

/** Decodes images straight from the export, by the names of its entries. */
function exportProbe(source: ExportSource): ImageProbe {
  const entries = new Map(source.entries().map((entry) => [entry.name, entry]));
  return imageProbe({
    locate(name) {
      const entry = entries.get(name);
      if (entry === undefined) throw new RangeError(`no entry ${name}`);
      return entry.read();
    },
  });
}

/** The versions that are there already, where there is a store. */
function pastOf(store: string): ObjectStore | null {
  return existsSync(store) ? openStores(store).data : null;
}

/** What is to be typed before a run, where the store has nothing to start a training from. */
async function commandsBefore(architecture: string, store: ObjectStore | null): Promise<string[]> {
  if (store === null) return [baseAddCommand(architecture)];
  try {
    await baseOf(architecture, store);
    return [];
  } catch (error) {
    if (isBobbinError(error, "BaseWeightsMissing")) return [error.data.command];
    throw error;
  }
}

function answerOf(path: string, report: CheckReport, before: string[]): CheckAnswer {
  const groups = new Set(report.frames.map(({ group }) => group));
  return {
    schema: "bobbin/answer-check/1",
    export: path,
    format: report.format,
    why: report.detection.why,
    frames: report.frames.length,
    groups: groups.size,
    labels: report.labels,
    classes: { ...(report.version?.classes ?? {}) },
    ...(report.version === null
      ? {}
      : {
          split: report.version.split.parts,
          testSet: report.version.split.testSet,
          alike: report.version.stats.alike,
        }),
    difference: report.difference,
    issues: [...report.issues],
    errors: report.errors.map((error) => ({
      name: error.name,
      message: error.message,
      data: { ...error.data },
      todo: error.todo,
    })),
    ok: report.errors.length === 0,
    before,
  };
}

function issueLines(issues: readonly IssueLine[]): string[] {
  if (issues.length === 0) return ["", "No issues."];
  const counts = new Map<string, number>();
  for (const { code, action } of issues) {
    counts.set(`${code} (${action})`, (counts.get(`${code} (${action})`) ?? 0) + 1);
  }
  const rows = issues
    .slice(0, shownIssues)
    .map((issue) => [
      issue.action,
      issue.code,
      plain(`${issue.file}${issue.line === undefined ? "" : `:${issue.line}`}`),
      plain(issue.found),
      plain(issue.wanted),
    ]);
  return [
    "",
    `${issues.length} issues: ${[...counts].map(([code, number]) => `${number} × ${code}`).join(", ")}`,
    ...table([["done", "issue", "where", "found", "wanted"], ...rows]),
    ...(issues.length > shownIssues ? [`… and ${issues.length - shownIssues} more; all of them with --json`] : []),
  ];
}

function splitLines(answer: CheckAnswer, task: Config["task"]): string[] {
  const { split } = answer;
  if (split === undefined) return [];
  const shown = parts.filter((part) => part !== "deployment" || split[part].groups > 0);
  const classes = Object.keys(answer.classes);
  return [
    "",
    splitBar(shown.map((part) => ({ name: part, frames: split[part].frames }))),
    ...table([
      ["part", "groups", "frames", "wanted", isOfFrames(task) ? "with a class" : "boxes", ...classes.map(plain)],
      ...shown.map((part) => [
        part,
        String(split[part].groups),
        String(split[part].frames),
        split[part].wantedFrames.toFixed(0),
        String(split[part].boxes),
        ...classes.map((name) => String(split[part].boxesOfClass[name] ?? 0)),
      ]),
    ]),
  ];
}

function alikeLines({ alike }: CheckAnswer): string[] {
  if (alike === undefined) return [];
  if (alike === null)
    return ["", "Images were not decoded: nothing is said of frames that look alike in different parts."];
  const { compared, outside, frames, reencoded, pairs } = alike;
  const head = `${compared} frames compared, ${outside} of them outside train: ${frames} resemble a frame of another part, ${reencoded} of them one picture saved again.`;
  const rows = pairs
    .slice(0, shownPairs)
    .map((pair) => [
      pair.kind,
      `${pair.part}: ${plain(pair.frame)}`,
      `${pair.otherPart}: ${plain(pair.other)}`,
      pair.difference.toFixed(2),
    ]);
  if (rows.length === 0) return ["", head];
  return [
    "",
    head,
    ...table([["how", "frame", "resembles", "apart by"], ...rows]),
    ...(frames > rows.length ? [`… and ${frames - rows.length} more; --pairs FILE shows the likest as pictures`] : []),
  ];
}

function differenceLine({ difference }: CheckAnswer): string[] {
  if (difference === undefined || difference.boxesBefore === 0) return [];
  const { framesAdded, framesRemoved, framesChanged, framesUnchanged, boxesBefore, boxesAfter, opinions } = difference;
  const both =
    opinions === undefined
      ? []
      : [`${opinions} frames have a second person's labels, which are kept beside those that count.`];
  return [
    `Against the data set as it is: ${framesAdded} frames new, ${framesRemoved} removed, ${framesChanged} changed, ${framesUnchanged} as they were; boxes ${boxesBefore} → ${boxesAfter}.`,
    ...both,
  ];
}

function lines(answer: CheckAnswer, task: Config["task"]): string[] {
  const { labels } = answer;
  return [
    `${answer.format}: ${plain(answer.why)}`,
    `${answer.frames} frames in ${answer.groups} groups; ${labels.read} labels read = ${labels.kept} kept + ${labels.listed} listed below.`,
    ...differenceLine(answer),
    ...splitLines(answer, task),
    ...alikeLines(answer),
    ...issueLines(answer.issues),
    "",
    answer.ok ? "A run would go on." : "A run would be refused:",
    ...answer.errors.flatMap(({ name, message, todo }) => [`  ${name}: ${plain(message)}`, `    → ${todo}`]),
    ...answer.before.map((command) => `Before it: ${command}`),
  ];
}

export async function check(
  context: Context,
  [path]: readonly [string],
  { mode, annotator, decode, names, pairs }: CheckOptions,
): Promise<number> {
  const { config, groupTable } = await loadProject(context.configFile);
  const source = await openExport(path);
  const store = context.stack === null ? pastOf(context.store) : (await openStack(context)).stores.data;
  try {
    const commit = await commitOf(path);
    const report = await checkExport(
      {
        source,
        config,
        groupTable,
        mode: mode ?? commit?.mode ?? "merge",
        annotator: annotator ?? commit?.annotator,
        names: classNames(names) ?? config.names ?? null,
        issuesAt: "the issues above",
      },
      {
        store,
        probe: decode ? exportProbe(source) : null,
        clock: { now: () => new Date() },
        events: context.out.events,
      },
    );
    if (pairs !== undefined) await writePairs(pairs, path, report, store);
    const answer = answerOf(path, report, await commandsBefore(config.architecture, store));
    context.out.answer(answer, () => lines(answer, config.task));
    return answer.ok ? 0 : 1;
  } finally {
    await source.close();
  }
}

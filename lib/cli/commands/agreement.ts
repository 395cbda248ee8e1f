// bobbin agreement: how far two people's labels of the same frames agree, with a gate, and the frames to talk about.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { type AgreementAnswer, type GatedFigure, gatedFigure } from "../../contracts/agreement.ts";
import type { GroupRule } from "../../contracts/config.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { parseCounter } from "../../contracts/names.ts";
import { compareOpinions, type Disagreement, definitions } from "../../core/agreement/agreement.ts";
import { parseGroupRule } from "../../core/dataset/group-rule/rule-text.ts";
import { readVersion } from "../../core/dataset/manifest-version.ts";
import { versionFrames } from "../../core/dataset/write/version-frames.ts";
import type { ExportSource } from "../../core/ports.ts";
import { codeOf } from "../../local/error-code.ts";
import { openExport } from "../../local/export-source/open.ts";
import { openStores } from "../../local/store/open.ts";
import type { TalkFrame } from "../../report/agreement.ts";
import { classNames } from "../class-names.ts";
import { type Context, openStack } from "../context.ts";
import {
  collectOpinion,
  type OneOpinion,
  type OpinionOptions,
  type PairedFrame,
  pairOpinions,
  readOpinion,
} from "../opinions.ts";
import { loadConfig } from "../project.ts";
import { plain, score, table } from "../text.ts";
import { conversionsOf, taskOf, wordOf } from "../words.ts";

interface AgreementOptions {
  readonly annotators?: string;
  readonly groupRule?: string;
  readonly gate: string;
  readonly threshold: string;
  readonly page?: string;
  readonly convert?: string;
  readonly task?: string;
  readonly names?: string;
}

const shownFrames = 10;
const picturedFrames = 24;
const frameSide = 640;

function usage(problem: string): never {
  throw new BobbinError("UsageWrong", { problem, command: "agreement" });
}

function gateOf({ gate, threshold }: AgreementOptions): { figure: GatedFigure; threshold: number } {
  const figure = wordOf(gatedFigure.options, "--gate", gate, "agreement");
  const wanted = Number(threshold);
  if (!(wanted >= -1 && wanted <= 1)) return usage(`--threshold ${threshold} is no number from -1 to 1.`);
  return { figure, threshold: wanted };
}

interface Asked {
  readonly a: { readonly path: string; readonly annotator: string | null; readonly title: string };
  readonly b: { readonly path: string; readonly annotator: string | null; readonly title: string };
}

function askedOf(first: string, second: string | undefined, annotators: string | undefined): Asked {
  if (annotators === undefined) {
    if (second === undefined) return usage("Give two exports, or one and --annotators A,B.");
    const side = (path: string) => ({ path, annotator: null, title: basename(path) });
    return { a: side(first), b: side(second) };
  }
  const [a, b, ...more] = annotators.split(",").map((name) => name.trim());
  if (
    second !== undefined ||
    a === undefined ||
    b === undefined ||
    a === "" ||
    b === "" ||
    a === b ||
    more.length > 0
  ) {
    return usage("--annotators takes two names, such as 3,5 or ann@site,bo@site, and one export.");
  }
  const side = (annotator: string) => ({ path: first, annotator, title: `${basename(first)} by ${annotator}` });
  return { a: side(a), b: side(b) };
}

const textOf = ({ onlyA, onlyB, otherClass, meanIou }: Disagreement) =>
  [
    ...(onlyA > 0 ? [`${onlyA} only in A`] : []),
    ...(onlyB > 0 ? [`${onlyB} only in B`] : []),
    ...(otherClass > 0 ? [`${otherClass} of another class`] : []),
    ...(meanIou === null ? [] : [`matched boxes overlap by ${meanIou.toFixed(2)}`]),
  ].join(", ");

function lines(answer: AgreementAnswer): string[] {
  const range = (low: number, high: number) => `${low.toFixed(3)} to ${high.toFixed(3)}`;
  const rows = Object.entries(answer.figures).map(([name, { value, interval, range: spread }]) => [
    name === answer.gate.figure ? `${name} *` : name,
    score(value),
    interval === null ? "–" : range(interval.low, interval.high),
    spread === null ? "–" : range(spread.low, spread.high),
  ]);
  const frames = answer.disagreements
    .slice(0, shownFrames)
    .map((each) => [
      plain(each.name),
      String(each.onlyA),
      String(each.onlyB),
      String(each.otherClass),
      score(each.meanIou),
    ]);
  const { gate } = answer;
  const compared = answer.task === "classify" ? "tags" : "boxes";
  return [
    `A ${plain(answer.a)}, B ${plain(answer.b)}: ${answer.frames} frames that both have looked at, in ${answer.groups} groups (${answer.onlyA} more in A, ${answer.onlyB} in B).`,
    `${answer.boxesA} and ${answer.boxesB} ${compared}, ${answer.matched} of them matched.${answer.leftOut > 0 ? ` ${answer.leftOut} labels that are no ${compared} were left out (--convert for shapes, --task classify for tags).` : ""}`,
    "",
    ...table([["figure", "value", "95 % interval", "range over groups"], ...rows]),
    ...(answer.task === "classify"
      ? ["  A tag counts as a box around the whole frame, so an overlap says nothing here."]
      : []),
    ...Object.entries(answer.figures).map(([name, { definition }]) => `  ${name}: ${definition}`),
    "",
    ...(frames.length === 0
      ? ["There is no frame on which they differ."]
      : [
          `Frames to talk about: ${answer.disagreements.length}${answer.page === null ? " (--page FILE shows them)" : ""}`,
          ...table([["frame", "only A", "only B", "other class", "mean IoU"], ...frames]),
        ]),
    ...(answer.page === null ? [] : ["", `Page     ${answer.page}`]),
    "",
    `${gate.ok ? "Enough" : "Not enough"}: ${gate.figure} is ${score(gate.value)}, wanted at least ${gate.threshold}.`,
  ];
}

async function talkFrame(each: Disagreement, frame: PairedFrame): Promise<TalkFrame> {
  const { pictures } = await import("../../report/pages.ts");
  const bytes = frame.picture === null ? null : await pictures.shrink(await frame.picture(), frameSide);
  return {
    name: each.name,
    group: each.group,
    why: textOf(each),
    width: frame.a.width,
    height: frame.a.height,
    picture: bytes === null ? null : { name: each.name, mime: "image/jpeg", bytes },
    a: frame.a.boxes.map(({ box, class: name }) => ({ box: [...box], class: name })),
    b: frame.b.boxes.map(({ box, class: name }) => ({ box: [...box], class: name })),
  };
}

/** @throws OutputExists */
async function writePage(file: string, answer: AgreementAnswer, shared: readonly PairedFrame[]): Promise<void> {
  const { renderAgreement } = await import("../../report/agreement.ts");
  const byName = new Map(shared.map((frame) => [frame.a.name, frame]));
  const frames: TalkFrame[] = [];
  for (const each of answer.disagreements.slice(0, picturedFrames)) {
    const frame = byName.get(each.name);
    if (frame !== undefined) frames.push(await talkFrame(each, frame));
  }
  try {
    await writeFile(file, renderAgreement(answer, frames), { flag: "wx" });
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw new BobbinError("OutputExists", { path: file });
    throw error;
  }
}

interface Read {
  readonly first: OneOpinion;
  readonly second: OneOpinion;
  readonly close: () => Promise<void>;
}

/** One person's labels: of a dataset version of the store, or of an export. */
async function readSide(
  { path, annotator }: Asked["a"],
  options: OpinionOptions,
  context: Context,
  opened: ExportSource[],
): Promise<OneOpinion> {
  if (parseCounter("d", path) !== null && !existsSync(path)) {
    const { dataset } = options.config ?? (await loadConfig(context.configFile));
    const { data } = context.stack === null ? openStores(context.store) : (await openStack(context)).stores;
    return collectOpinion(versionFrames(await readVersion(data, dataset, path), data, annotator), options);
  }
  const source = await openExport(path);
  opened.push(source);
  return readOpinion(source, annotator, options);
}

async function readBoth({ a, b }: Asked, options: OpinionOptions, context: Context): Promise<Read> {
  const opened: ExportSource[] = [];
  const close = async () => {
    await Promise.all(opened.map((source) => source.close()));
  };
  try {
    const first = await readSide(a, options, context, opened);
    return { first, second: await readSide(b, options, context, opened), close };
  } catch (error) {
    await close();
    throw error;
  }
}

export async function agreement(
  context: Context,
  [path, other]: readonly [string, string | undefined],
  options: AgreementOptions,
): Promise<number> {
  const gate = gateOf(options);
  const asked = askedOf(path, other, options.annotators);
  const config = existsSync(context.configFile) ? await loadConfig(context.configFile) : null;
  const own = config?.groupRule.kind === "csv" || config?.groupRule.kind === "task" ? null : config?.groupRule;
  const rule: GroupRule | null = options.groupRule === undefined ? (own ?? null) : parseGroupRule(options.groupRule);
  const conversions = [...(config?.conversions ?? []), ...conversionsOf(options.convert, "agreement")];
  const names = classNames(options.names) ?? config?.names ?? null;
  const task = taskOf(options.task, "agreement") ?? config?.task ?? "detect";
  const { first, second, close } = await readBoth(asked, { config, names, conversions, task }, context);
  try {
    const { shared, onlyA, onlyB } = pairOpinions(first, second, rule);
    if (shared.length === 0) {
      throw new BobbinError("NoSharedFrames", { a: asked.a.title, b: asked.b.title, framesA: onlyA, framesB: onlyB });
    }
    const { figures, ...found } = compareOpinions(shared);
    const value = figures[gate.figure].value;
    const answer: AgreementAnswer = {
      schema: "bobbin/answer-agreement/1",
      task,
      a: asked.a.title,
      b: asked.b.title,
      ...found,
      onlyA,
      onlyB,
      figures: {
        f1SameClass: { ...figures.f1SameClass, definition: definitions.f1SameClass },
        f1: { ...figures.f1, definition: definitions.f1 },
        meanIou: { ...figures.meanIou, definition: definitions.meanIou },
        kappaClasses: { ...figures.kappaClasses, definition: definitions.kappaClasses },
        kappaPresence: { ...figures.kappaPresence, definition: definitions.kappaPresence },
        alphaBoxes: { ...figures.alphaBoxes, definition: definitions.alphaBoxes },
        alphaArea: { ...figures.alphaArea, definition: definitions.alphaArea },
      },
      classes: [...found.classes],
      table: found.table.map((row) => [...row]),
      byGroup: [...found.byGroup],
      disagreements: [...found.disagreements],
      leftOut: first.leftOut + second.leftOut,
      gate: { ...gate, value, ok: value !== null && value >= gate.threshold },
      page: options.page === undefined ? null : resolve(options.page),
    };
    if (answer.page !== null) await writePage(answer.page, answer, shared);
    context.out.answer(answer, () => lines(answer));
    return answer.gate.ok ? 0 : 1;
  } finally {
    await close();
  }
}

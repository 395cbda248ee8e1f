// bobbin export: a dataset version, or an export of another tool, written in a format that others read.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { ExportAnswer } from "../../contracts/answers.ts";
import type { Conversion } from "../../contracts/config.ts";
import type { IssueLine } from "../../contracts/dataset.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { parseCounter } from "../../contracts/names.ts";
import { detectFormat } from "../../core/dataset/formats/table.ts";
import { classTable } from "../../core/dataset/manifest-classes.ts";
import { readVersion } from "../../core/dataset/manifest-version.ts";
import { type ConversionCounts, convertFrames } from "../../core/dataset/write/convert.ts";
import { framesToWrite, type Ledger } from "../../core/dataset/write/frames.ts";
import { writers } from "../../core/dataset/write/table.ts";
import { versionFrames } from "../../core/dataset/write/version-frames.ts";
import { ClassIds, Losses, type Writer, type WrittenFrame } from "../../core/dataset/writer.ts";
import { openExport } from "../../local/export-source/open.ts";
import { writeFolder } from "../../local/out-folder.ts";
import { openStores } from "../../local/store/open.ts";
import { classNames } from "../class-names.ts";
import { type Context, openStack } from "../context.ts";
import { loadConfig } from "../project.ts";
import { plain, table } from "../text.ts";
import { conversionsOf } from "../words.ts";

interface ExportOptions {
  readonly as: string;
  readonly to: string;
  readonly convert?: string;
  readonly names?: string;
}

interface Opened {
  readonly frames: AsyncIterable<WrittenFrame>;
  readonly classNames: readonly string[];
  readonly conversions: readonly Conversion[];
  readonly ledger: Ledger;
  readonly close: () => Promise<void>;
}

function writerOf(id: string): Writer {
  const writer = writers.find((each) => each.id === id);
  if (writer !== undefined) return writer;
  const problem = `--as ${id} is no format; there are ${writers.map((each) => each.id).join(", ")}.`;
  throw new BobbinError("UsageWrong", { problem, command: "export" });
}

async function openVersion(context: Context, version: string, conversions: readonly Conversion[]): Promise<Opened> {
  const config = await loadConfig(context.configFile);
  const { data } = context.stack === null ? openStores(context.store) : (await openStack(context)).stores;
  const found = await readVersion(data, config.dataset, version);
  return {
    frames: versionFrames(found, data),
    classNames: classTable(config).names,
    conversions: [...(config.conversions ?? []), ...conversions],
    ledger: { read: found.lines.reduce((sum, { labels }) => sum + labels.length, 0), issues: [] },
    close: async () => undefined,
  };
}

async function openPath(path: string, options: ExportOptions, conversions: readonly Conversion[]): Promise<Opened> {
  const source = await openExport(path);
  const { format } = await detectFormat(source);
  const names = classNames(options.names);
  const reading = await format.open(source, names === null ? {} : { names });
  const ledger: Ledger = { read: 0, issues: [] };
  return {
    frames: framesToWrite(reading, ledger),
    classNames: reading.classNames,
    conversions,
    ledger,
    close: () => source.close(),
  };
}

/** @throws DataRefused, with every issue in a file beside the folder */
async function refuse(issues: readonly IssueLine[], folder: string): Promise<void> {
  const refused = issues.filter(({ action }) => action === "refused");
  const [first] = refused;
  if (first === undefined) return;
  const file = `${folder}.issues.jsonl`;
  await writeFile(file, issues.map((issue) => `${JSON.stringify(issue)}\n`).join(""));
  const { code, file: where, found, wanted } = first;
  const text = `${code} at ${where}: found ${found}, wanted ${wanted}`;
  throw new BobbinError("DataRefused", { refused: refused.length, first: text, issues: file });
}

function lines(answer: ExportAnswer): string[] {
  const { labels } = answer;
  const head = [
    `${answer.frames} frames as ${answer.format} in ${answer.folder}.`,
    `Labels: ${labels.read} read, ${labels.written} written, ${labels.listed} listed, ${labels.lost} that the format cannot hold.`,
    ...Object.entries(answer.conversions).map(([rule, count]) => `${count} labels by ${rule}.`),
  ];
  if (answer.losses.length === 0) return head;
  const rows = answer.losses.map(({ what, count, label }) => [
    plain(what),
    String(count),
    label ? "left out" : "without it",
  ]);
  return [...head, "", ...table([["what the format cannot hold", "labels", ""], ...rows])];
}

export async function exportData(
  context: Context,
  [source]: readonly [string],
  options: ExportOptions,
): Promise<number> {
  const writer = writerOf(options.as);
  const asked = conversionsOf(options.convert, "export");
  const isVersion = parseCounter("d", source) !== null && !existsSync(source);
  const opened = isVersion ? await openVersion(context, source, asked) : await openPath(source, options, asked);
  const folder = resolve(options.to);
  const losses = new Losses();
  const conversions: ConversionCounts = new Map();
  let frames = 0;
  async function* counted(): AsyncGenerator<WrittenFrame> {
    for await (const frame of convertFrames(opened.frames, opened.conversions, conversions)) {
      context.signal.throwIfAborted();
      frames += 1;
      yield frame;
    }
  }
  try {
    const files = writer.write(counted(), { classes: new ClassIds(opened.classNames), losses });
    await writeFolder(folder, files, () => refuse(opened.ledger.issues, folder));
  } finally {
    await opened.close();
  }
  const { read, issues } = opened.ledger;
  const isListed = ({ action }: IssueLine) => action === "refused" || action === "dropped";
  const listed = issues.filter(isListed).reduce((sum, { labels }) => sum + labels, 0);
  const answer: ExportAnswer = {
    schema: "bobbin/answer-export/1",
    source,
    folder,
    format: writer.id,
    frames,
    labels: { read, written: read - listed - losses.labels, listed, lost: losses.labels },
    conversions: Object.fromEntries(conversions),
    losses: [...losses.list()],
    issues,
  };
  context.out.answer(answer, () => lines(answer));
  return 0;
}

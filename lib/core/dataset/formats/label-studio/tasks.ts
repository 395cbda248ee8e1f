// The tasks of a Label Studio export, one JSON object each, as frames.
import type { IssueLine } from "../../../../contracts/dataset.ts";
import type { ExportEntry } from "../../../ports.ts";
import { issueOf } from "../../issue-codes.ts";
import type { ReadFrame, ReadLabel } from "../../reader.ts";
import { type ExportFiles, folderOf, isImageName, reportIgnored } from "../files.ts";
import { commonFolder, FrameMaker, plainPath, reportUnused } from "../image-shelf.ts";
import { type JsonHandler, jsonProblem, parseJson, streamJson } from "../json/items.ts";
import { isObject, type JsonObject } from "../json/object.ts";
import { readRegion, regionsOf, sizeOfRegions } from "./regions.ts";

type Report = (issue: IssueLine) => void;

interface Task {
  readonly path: string;
  readonly ordinal: number;
  readonly results: readonly unknown[];
  readonly labelled: boolean;
  /** Who drew what counts. */
  readonly annotator: string | undefined;
}

/** True for a task: its data, and what people made of it. */
export const isTask = (value: unknown): value is JsonObject =>
  isObject(value) && isObject(value.data) && (Array.isArray(value.annotations) || Array.isArray(value.completions));

/** The one image that the task shows: under `image`, or the only text that ends like one. */
function imageOf(data: JsonObject): string | null {
  const texts = Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const named = texts.find(([key]) => key === "image")?.[1];
  if (named !== undefined) return named;
  const images = texts.filter(([, text]) => isImageName(text.split("?")[0] ?? "") || /[?&]d=/.test(text));
  return images.length === 1 ? (images[0]?.[1] ?? null) : null;
}

/** `/data/local-files/?d=a/b.jpg` is a/b.jpg; `/data/upload/3/0bd7d2c0-b.jpg` is b.jpg. */
function pathOf(image: string): string {
  const local = /[?&]d=([^&]+)/.exec(image)?.[1];
  if (local !== undefined) return plainPath(decoded(local));
  const path = plainPath(decoded(image.split("?")[0] ?? ""));
  const uploaded = /(?:^|\/)(?:upload|media)\/(?:\d+\/)?([^/]+)$/.exec(path)?.[1];
  return uploaded === undefined ? path.replace(/^data\//, "") : uploaded.replace(/^[0-9a-f]{8}-/, "");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Who drew an annotation, as the export says it: an id, or an id and an e-mail address. */
function peopleOf({ completed_by: by }: JsonObject): readonly string[] {
  const ids = isObject(by) ? [by.id, by.email] : [by];
  return ids.filter((id) => typeof id === "number" || typeof id === "string").map(String);
}

interface ReadOptions {
  /** Whose annotations count; null: anybody's. */
  readonly annotator: string | null;
  readonly report: Report;
}

class TaskReader implements JsonHandler {
  readonly ready: Task[] = [];
  readonly #file: string;
  readonly #report: Report;
  readonly #annotator: string | null;

  constructor(file: string, { annotator, report }: ReadOptions) {
    this.#file = file;
    this.#report = report;
    this.#annotator = annotator;
  }

  item(_: string, bytes: Buffer, ordinal: number, line: number): void {
    const task = parseJson(bytes);
    if (!isTask(task)) throw jsonProblem(this.#file, line, `item ${ordinal} that is no task`, "data and annotations");
    const image = imageOf(task.data as JsonObject);
    if (image === null)
      throw jsonProblem(this.#file, line, `task ${ordinal} without one image`, "an image in its data");
    const all = (task.annotations ?? task.completions) as readonly unknown[];
    const open = all.filter(isObject).filter((each) => each.was_cancelled !== true && Array.isArray(each.result));
    const counted = this.#counted(open);
    const path = pathOf(image);
    if (counted.length > 1) this.#refuse(path, ordinal, counted);
    else
      this.ready.push({
        path,
        ordinal,
        results: (counted[0]?.result ?? []) as unknown[],
        labelled: counted.length === 1,
        annotator: counted[0] === undefined ? undefined : peopleOf(counted[0]).at(-1),
      });
  }

  /** The named person's; else the one that is marked as the truth; else all, and more than one is refused. */
  #counted(open: readonly JsonObject[]): readonly JsonObject[] {
    const annotator = this.#annotator;
    if (annotator !== null) return open.filter((each) => peopleOf(each).includes(annotator));
    const truths = open.filter(({ ground_truth: truth }) => truth === true);
    return truths.length === 1 ? truths : open;
  }

  #refuse(path: string, ordinal: number, annotations: readonly JsonObject[]): void {
    const labels = annotations.reduce((sum, { result }) => sum + regionsOf(result as unknown[]).length, 0);
    const who = annotations.map((each) => peopleOf(each).at(-1) ?? "?").join(", ");
    const found = `${annotations.length} annotations, by ${who.slice(0, 80)}`;
    const place = { file: this.#file, line: ordinal, frame: path, labels };
    this.#report(
      issueOf("OpinionsDiffer", { ...place, found, wanted: "one annotation a task, or one marked as ground truth" }),
    );
  }
}

function labelsOf({ path, ordinal, results }: Task, file: string, report: Report) {
  const regions = regionsOf(results);
  const labels: ReadLabel[] = [];
  for (const region of regions) {
    const read = readRegion(region);
    if ("code" in read) {
      const place = { file, line: ordinal, frame: path, labels: 1 };
      report(issueOf(read.code, { ...place, found: read.found, wanted: read.wanted }));
    } else labels.push({ label: read, relative: false, file, line: ordinal });
  }
  return { labels, claimed: sizeOfRegions(regions) };
}

/** In the order of the files. @throws LabelFileInvalid */
export async function* taskFrames(
  files: ExportFiles,
  jsons: readonly ExportEntry[],
  options: ReadOptions,
): AsyncGenerator<ReadFrame> {
  const { report } = options;
  reportIgnored(files, report);
  const maker = new FrameMaker(files, report);
  const common = commonFolder(jsons.map(({ name }) => name));
  for (const entry of jsons) {
    const folder = folderOf(entry.name);
    const reader = new TaskReader(entry.name, options);
    for await (const _ of streamJson(entry, reader)) {
      for (const task of reader.ready.splice(0)) {
        const { labels, claimed } = labelsOf(task, entry.name, report);
        const frame = maker.make({
          name: folder.slice(common.length) + task.path,
          path: task.path,
          folders: [folder, `${folder}images/`, folderOf(folder.slice(0, -1))],
          file: entry.name,
          line: task.ordinal,
          rest: { claimed, task: null, labels, part: null },
        });
        const { labelled, annotator } = task;
        const drawnBy = annotator === undefined ? {} : { drawnBy: { annotator } };
        if (frame !== null) yield { ...frame, labelled, ...drawnBy };
      }
    }
  }
  yield* maker.rest((path) => path.replace(/(^|\/)images\//, "$1"));
  reportUnused(files, new Set(jsons), "images and the JSON of an export", report);
}

// The frames of a CVAT for video export: every frame of the task, what its tracks show there, its image by the number in its name.
import type { IssueLine } from "../../../../contracts/dataset.ts";
import type { ExportEntry } from "../../../ports.ts";
import { issueOf } from "../../issue-codes.ts";
import type { ReadFrame, ReadLabel } from "../../reader.ts";
import { type ExportFiles, folderOf, reportIgnored } from "../files.ts";
import { commonFolder, FrameMaker, reportUnused } from "../image-shelf.ts";
import { MaskTally, outlineBytes } from "../masks.ts";
import type { CvatFile } from "./files.ts";
import { subsetFolder } from "./images.ts";
import { isShape, readShape, type ShapeElement, ShapeProblem } from "./shapes.ts";
import { framesOfTrack, framesSeen, type Track, type TrackProblem } from "./track.ts";
import { VideoDocument } from "./video-document.ts";
import { streamXml, xmlProblem } from "./xml.ts";

type Report = (issue: IssueLine) => void;

/** Frames of one video and labels of one file, far above any real one: a track that never ends is in every frame. */
const mostFrames = 2_000_000;
const mostLabels = 20_000_000;
/** Labels that are held at a time; where there are more, the file is read again for the frames behind. */
const heldLabels = 1_000_000;

/** A label takes about as much as twenty numbers of an outline. */
const weightOf = (label: ReadLabel) => 1 + Math.ceil(outlineBytes(label) / 160);

const framePattern = /(?:^|\/)frame_(\d{1,9})\.[a-z]+$/i;
const numberOf = (path: string) => {
  const digits = framePattern.exec(path)?.[1];
  return digits === undefined ? null : Number(digits);
};

interface Survey {
  readonly subset: string | null;
  readonly least: number;
  readonly most: number;
}

/** One pass for what no head says. @throws LabelFileInvalid */
async function survey({ entry, meta }: CvatFile): Promise<Survey> {
  const document = new VideoDocument(entry.name);
  let [least, most, seen] = [Infinity, -1, 0];
  for await (const _ of streamXml(entry, document)) {
    for (const track of document.ready.splice(0)) {
      seen += framesSeen(track, meta.frames?.stop ?? 0) / (meta.frames?.step ?? 1);
      if (seen > mostLabels) {
        throw xmlProblem(entry.name, track.line, `more than ${mostLabels} shapes in all frames`, "tracks that end");
      }
      for (const { frame } of [...track.shapes, ...[...track.elements.values()].flat()]) {
        least = Math.min(least, frame);
        most = Math.max(most, frame);
      }
    }
    if (document.tasks.size > 1) {
      const found = `tracks of ${document.tasks.size} tasks, whose frames have the same numbers`;
      throw xmlProblem(entry.name, 1, found, "one task a file, or CVAT for images 1.1, which names every frame");
    }
  }
  return { subset: document.subset, least, most };
}

/** Images of the file's folder by frame number. */
function numberedImages(files: ExportFiles, { entry }: CvatFile): ReadonlyMap<number, string> {
  const images = new Map<number, string>();
  const folder = folderOf(entry.name);
  for (const name of files.images.keys()) {
    const number = name.startsWith(folder) ? numberOf(name) : null;
    if (number !== null) images.set(number, name);
  }
  return images;
}

function numbersOf(xml: CvatFile, { least, most }: Survey, images: ReadonlyMap<number, string>): readonly number[] {
  const numbers = new Set(images.keys());
  const range = xml.meta.frames ?? (most < 0 ? null : { start: least, stop: most, step: 1 });
  if (range !== null) {
    const count = Math.floor((range.stop - range.start) / range.step) + 1;
    if (count > mostFrames) throw xmlProblem(xml.entry.name, 1, `${count} frames`, `at most ${mostFrames}`);
    for (let frame = range.start; frame <= range.stop; frame += range.step) numbers.add(frame);
  }
  return [...numbers].sort((a, b) => a - b);
}

/** Labels of the frames [from, to) by frame; `to` comes down where they are more than should be held. */
class Window {
  readonly from: number;
  to: number;
  readonly labels = new Map<number, ReadLabel[]>();
  #held = 0;
  readonly #file: string;
  readonly #numbers: readonly number[];
  readonly #known: ReadonlySet<number>;
  readonly #report: Report;

  /** @param numbers all frames, rising */
  constructor(file: string, numbers: readonly number[], from: number, report: Report) {
    this.#file = file;
    this.#numbers = numbers;
    this.#known = new Set(numbers);
    this.from = from;
    this.to = Infinity;
    this.#report = report;
  }

  take(track: Track): void {
    const isFirst = this.from <= (this.#numbers[0] ?? 0);
    const tell = (problem: TrackProblem) => isFirst && this.#list(problem);
    for (const [frame, shape] of framesOfTrack(track, { all: this.#numbers, wanted: this }, tell)) {
      if (!this.#known.has(frame)) {
        if (isFirst) this.#listShape(shape, "FrameOutOfRange", `frame ${frame}`, "a frame of the task");
      } else if (frame >= this.from && frame < this.to) this.#add(frame, shape);
    }
  }

  #list({ line, found, wanted, frames }: TrackProblem): void {
    this.#report(issueOf("LabelUnreadable", { file: this.#file, line, found, wanted, labels: frames.length }));
  }

  #listShape(shape: ShapeElement, code: Parameters<typeof issueOf>[0], found: string, wanted: string): void {
    this.#report(issueOf(code, { file: this.#file, line: shape.line, found, wanted, labels: 1 }));
  }

  #add(frame: number, shape: ShapeElement): void {
    if (!isShape(shape.kind)) this.#listShape(shape, "LabelKindUnknown", `a <${shape.kind}>`, "a shape of CVAT");
    else if ((shape.attributes.label ?? "") === "")
      this.#listShape(shape, "LabelWithoutClass", `a ${shape.kind} without class`, "a class");
    else this.#keep(frame, shape);
    if (this.#held > heldLabels) this.#shrink();
  }

  #keep(frame: number, shape: ShapeElement): void {
    try {
      const label = { ...readShape(shape), relative: false, file: this.#file, line: shape.line };
      const labels = this.labels.get(frame);
      if (labels === undefined) this.labels.set(frame, [label]);
      else labels.push(label);
      this.#held += weightOf(label);
    } catch (error) {
      if (!(error instanceof ShapeProblem)) throw error;
      this.#listShape(shape, "LabelUnreadable", error.found, error.wanted);
    }
  }

  /** Lets go of the later half of the frames; a later pass collects them. */
  #shrink(): void {
    const held = [...this.labels.keys()].sort((a, b) => a - b);
    const middle = held[Math.ceil(held.length / 2)];
    if (middle === undefined) return;
    this.to = middle;
    for (const frame of held) {
      if (frame < middle) continue;
      this.#held -= (this.labels.get(frame) ?? []).reduce((sum, label) => sum + weightOf(label), 0);
      this.labels.delete(frame);
    }
  }
}

async function* labelledFrames(
  { entry }: CvatFile,
  numbers: readonly number[],
  report: Report,
): AsyncGenerator<readonly [number, readonly ReadLabel[]]> {
  let from = numbers[0] ?? 0;
  for (let done = 0; done < numbers.length; ) {
    const window = new Window(entry.name, numbers, from, report);
    const document = new VideoDocument(entry.name);
    for await (const _ of streamXml(entry, document)) for (const track of document.ready.splice(0)) window.take(track);
    for (; done < numbers.length && (numbers[done] ?? 0) < window.to; done++) {
      const frame = numbers[done] ?? 0;
      yield [frame, window.labels.get(frame) ?? []];
    }
    from = numbers[done] ?? 0;
  }
}

/** In the order of the XML files. @throws LabelFileInvalid */
export async function* videoFrames(
  files: ExportFiles,
  xmls: readonly CvatFile[],
  report: Report,
): AsyncGenerator<ReadFrame> {
  reportIgnored(files, report);
  const maker = new FrameMaker(files, report);
  const common = commonFolder(xmls.map(({ entry }) => entry.name));
  const above = (path: string) => (path.startsWith(common) ? path.slice(common.length) : path);
  for (const xml of xmls) {
    const images = numberedImages(files, xml);
    if (files.images.size > 0 && images.size === 0) {
      const found = "images without a frame number in their names";
      throw xmlProblem(
        xml.entry.name,
        1,
        found,
        "frame_000000.png, …, or CVAT for images 1.1, which names every image",
      );
    }
    const seen = await survey(xml);
    const numbers = numbersOf(xml, seen, images);
    const folder = folderOf(xml.entry.name);
    const own = above(folder) + subsetFolder(seen.subset);
    const masks = new MaskTally();
    const drawnBy = xml.meta.drawnBy.get("");
    for await (const [number, labels] of labelledFrames(xml, numbers, report)) {
      masks.add(labels);
      const image = images.get(number);
      // What CVAT calls a frame whose image it does not hand out.
      const file =
        image === undefined ? `frame_${String(number).padStart(6, "0")}.PNG` : image.slice(image.lastIndexOf("/") + 1);
      const frame = maker.make({
        name: own + file,
        path: image?.slice(folder.length) ?? `images/${file}`,
        folders: [folder],
        file: xml.entry.name,
        line: 0,
        rest: { claimed: xml.meta.size, task: xml.meta.task, labels, part: seen.subset },
      });
      if (frame !== null) yield drawnBy === undefined ? frame : { ...frame, drawnBy };
    }
    masks.report(xml.entry.name, report);
  }
  yield* maker.rest((path) => above(path).replace(/(^|\/)images\//, "$1"));
  reportUnused(files, new Set<ExportEntry>(xmls.map(({ entry }) => entry)), "images and annotations.xml", report);
}

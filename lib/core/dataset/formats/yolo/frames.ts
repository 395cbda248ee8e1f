// Reads a surveyed YOLO export frame by frame. Every label line is yielded or reported.
import { Buffer } from "node:buffer";
import type { IssueLine } from "../../../../contracts/dataset.ts";
import type { ExportEntry } from "../../../ports.ts";
import { nameProblem } from "../../archive/entry-name.ts";
import { issueOf } from "../../issue-codes.ts";
import type { ReadFrame, ReadLabel } from "../../reader.ts";
import { fileOf, folderOf, reportIgnored } from "../files.ts";
import { countLines, holdsLabelLine, largestLabelFile, parseLabelFile } from "./label-file.ts";
import type { LineRules } from "./label-line.ts";
import { frameName, type LaidImage, partOf } from "./layout.ts";
import type { Survey } from "./survey.ts";

type Report = (issue: IssueLine) => void;

/** Room for a label file of some thousand lines; longer ones get memory of their own. */
const scratchBytes = 256 * 1024;

class FrameReader {
  readonly #survey: Survey;
  readonly #rules: LineRules;
  readonly #report: Report;
  readonly #names = new Set<string>();
  readonly #served = new Map<ExportEntry, string>();
  readonly #folders = new Map<string, string>();
  readonly #scratch = Buffer.allocUnsafeSlow(scratchBytes);
  #quads = 0;
  #poses = 0;

  constructor(survey: Survey, rules: LineRules, report: Report) {
    this.#survey = survey;
    this.#rules = rules;
    this.#report = report;
  }

  /** null where the image is listed instead. */
  async read({ path, entry, labels }: LaidImage): Promise<ReadFrame | null> {
    const part = partOf(path, this.#survey.parts);
    const name = this.#nameOf(path);
    if (labels === null) this.#noteUnlabelled(path, name);
    if (part === null && this.#survey.partsComplete) return this.#leaveOut(path, labels, name);
    if (this.#names.has(name)) return this.#refuseTwice(path, labels, name);
    this.#names.add(name);
    const read = labels === null ? null : await this.#labels(labels, name);
    return { name, image: entry, claimed: null, task: null, labelled: read !== null, labels: read ?? [], part };
  }

  /** Images of a folder follow each other, and its part of their names is the same. */
  #nameOf(path: string): string {
    const folder = folderOf(path);
    const known = this.#folders.get(folder) ?? frameName(folder, this.#survey.root);
    this.#folders.set(folder, known);
    return known + fileOf(path);
  }

  #noteUnlabelled(path: string, frame: string): void {
    this.#report(
      issueOf("LabelFileMissing", {
        file: path,
        frame,
        found: "no label file",
        wanted: "a label file, empty for background",
      }),
    );
  }

  async #leaveOut(path: string, labels: ExportEntry | null, frame: string): Promise<null> {
    const lines = labels === null ? 0 : countLines(await labels.read());
    this.#report(
      issueOf("FrameLeftOut", {
        file: path,
        frame,
        found: "an image in no part",
        wanted: "a part of data.yaml that names it",
        labels: lines,
      }),
    );
    return null;
  }

  async #refuseTwice(path: string, labels: ExportEntry | null, frame: string): Promise<null> {
    const lines = labels === null || this.#served.has(labels) ? 0 : countLines(await labels.read());
    this.#report(
      issueOf("FrameTwice", {
        file: path,
        frame,
        found: `a second frame ${frame}`,
        wanted: "each name once",
        labels: lines,
      }),
    );
    return null;
  }

  async #labels(file: ExportEntry, frame: string): Promise<readonly ReadLabel[] | null> {
    const first = this.#served.get(file);
    if (first !== undefined) {
      this.#report(
        issueOf("LabelFileShared", {
          file: file.name,
          frame,
          found: `a label file that serves ${first} too`,
          wanted: "one image a label file",
        }),
      );
      return null;
    }
    this.#served.set(file, frame);
    const bytes = await file.read(this.#scratch);
    if (bytes.length > largestLabelFile) {
      this.#report(
        issueOf("LabelFileUnreadable", {
          file: file.name,
          frame,
          found: `${bytes.length} bytes`,
          wanted: `at most ${largestLabelFile}`,
        }),
      );
      return null;
    }
    const labels = parseLabelFile(file.name, frame, bytes, this.#rules, this.#report);
    for (const { label } of labels) {
      if (label.kind === "polygon" && label.points?.length === 8) this.#quads += 1;
      if (label.kind === "skeleton") this.#poses += 1;
    }
    return labels;
  }

  /** Once an export, not once a line. */
  noteKinds(): void {
    const file = this.#survey.descriptor?.entry.name ?? "-";
    if (this.#quads > 0)
      this.#report(
        issueOf("QuadLabels", { file, found: `${this.#quads} lines of four corners`, wanted: "boxes or polygons" }),
      );
    if (this.#poses > 0)
      this.#report(
        issueOf("PoseLabels", { file, found: `${this.#poses} lines with key points`, wanted: "boxes or polygons" }),
      );
  }

  /** Text that no image claims: labels without image, or something else. */
  async listUnclaimed(): Promise<void> {
    for (const entry of this.#survey.layout.unclaimed) {
      const bytes = entry.bytes > largestLabelFile ? new Uint8Array() : await entry.read();
      if (holdsLabelLine(bytes)) {
        const labels = countLines(bytes);
        this.#report(
          issueOf("LabelWithoutImage", {
            file: entry.name,
            found: `${labels} labels and no image`,
            wanted: "an image of the same stem",
            labels,
          }),
        );
      } else
        this.#report(
          issueOf("FileUnused", { file: entry.name, found: "text that is no label file", wanted: "images and labels" }),
        );
    }
  }

  listMissing(): void {
    for (const { file, line, path } of this.#survey.missing) {
      const problem =
        nameProblem(path) === null ? "an image that is not in the export" : "a path that leads out of the export";
      this.#report(
        issueOf("ImageMissing", {
          file,
          line,
          found: `${problem}: ${path.slice(0, 200)}`,
          wanted: "an image of the export",
        }),
      );
    }
  }
}

function noteSurvey({ files, notes, descriptor }: Survey, report: Report): void {
  reportIgnored(files, report);
  for (const note of notes) report(note);
  if (descriptor === null) return;
  const { entry, data, namesFile } = descriptor;
  if (namesFile !== null)
    report(issueOf("DarknetLayout", { file: entry.name, found: "obj.data", wanted: "data.yaml" }));
  if (data.claimedClasses !== null && data.names.length > 0 && data.claimedClasses !== data.names.length) {
    report(
      issueOf("ClassCountMismatch", {
        file: entry.name,
        found: `nc ${data.claimedClasses}`,
        wanted: `${data.names.length} names`,
      }),
    );
  }
}

/** Frames in the order of the export. */
export async function* yoloFrames(survey: Survey, rules: LineRules, report: Report): AsyncGenerator<ReadFrame> {
  noteSurvey(survey, report);
  const reader = new FrameReader(survey, rules, report);
  for (const image of survey.layout.images) {
    const frame = await reader.read(image);
    if (frame !== null) yield frame;
  }
  reader.noteKinds();
  reader.listMissing();
  await reader.listUnclaimed();
}

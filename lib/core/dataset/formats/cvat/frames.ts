// The frames of all XML files of a CVAT export, then the images that none of them mentions.
import type { IssueLine } from "../../../../contracts/dataset.ts";
import type { ExportEntry } from "../../../ports.ts";
import { nameProblem } from "../../archive/entry-name.ts";
import { issueOf } from "../../issue-codes.ts";
import type { ReadFrame } from "../../reader.ts";
import { type ExportFiles, folderOf, reportIgnored } from "../files.ts";
import { MaskTally } from "../masks.ts";
import { CvatDocument, type CvatImage } from "./document.ts";
import type { CvatFile } from "./files.ts";
import { ImageFinder, subsetFolder } from "./images.ts";
import type { CvatMeta } from "./meta.ts";
import { streamXml } from "./xml.ts";

type Report = (issue: IssueLine) => void;

function drawnByOf({ drawnBy }: CvatMeta, task: string | null): Pick<ReadFrame, "drawnBy"> {
  const found = (task === null ? undefined : drawnBy.get(task)) ?? drawnBy.get("");
  return found === undefined ? {} : { drawnBy: found };
}

/** Folder that all have in common, with its last slash. */
function commonFolder(names: readonly string[]): string {
  let common = folderOf(names[0] ?? "");
  while (!names.every((name) => name.startsWith(common))) common = folderOf(common.slice(0, -1));
  return common;
}

class FrameMaker {
  readonly #files: ExportFiles;
  readonly #finder: ImageFinder;
  readonly #common: string;
  readonly #report: Report;
  readonly #names = new Set<string>();
  readonly #used = new Set<ExportEntry>();

  constructor(files: ExportFiles, xmls: readonly CvatFile[], report: Report) {
    this.#files = files;
    this.#finder = new ImageFinder(files.images);
    this.#common = commonFolder(xmls.map(({ entry }) => entry.name));
    this.#report = report;
  }

  /** null where the frame is listed instead, with its labels. */
  make({ entry, meta }: CvatFile, image: CvatImage): ReadFrame | null {
    // Several exports in one folder: their own folders keep their frames apart.
    const name = folderOf(entry.name).slice(this.#common.length) + subsetFolder(image.subset) + image.name;
    const place = { file: entry.name, line: image.line, frame: name, labels: image.labels.length };
    const problem = nameProblem(name);
    if (problem !== null) return this.#list("FrameNameInvalid", { ...place, ...problem });
    if (this.#names.has(name))
      return this.#list("FrameTwice", { ...place, found: `a second frame ${name}`, wanted: "each name once" });
    this.#names.add(name);
    return {
      name,
      image: this.#imageOf(entry, image, name),
      claimed: image.claimed,
      task: (image.taskId === null ? null : (meta.tasks.get(image.taskId) ?? `task ${image.taskId}`)) ?? meta.task,
      labelled: true,
      labels: image.labels,
      part: image.subset,
      ...drawnByOf(meta, image.taskId),
    };
  }

  #list(code: "FrameNameInvalid" | "FrameTwice", place: Parameters<typeof issueOf>[1]): null {
    this.#report(issueOf(code, place));
    return null;
  }

  #imageOf(entry: ExportEntry, image: CvatImage, frame: string): ExportEntry | null {
    const found = this.#finder.find(entry.name, image.name, image.subset);
    if (found !== null) this.#used.add(found);
    else if (this.#files.images.size > 0) {
      this.#report(
        issueOf("ImageMissing", {
          file: entry.name,
          line: image.line,
          frame,
          found: "no image",
          wanted: `images/${image.name}`,
        }),
      );
    }
    return found;
  }

  /** Images that no XML file mentions, as frames that nothing is known about. */
  *rest(): Generator<ReadFrame> {
    for (const entry of this.#files.images.values()) {
      if (this.#used.has(entry)) continue;
      const below = entry.name.startsWith(this.#common) ? entry.name.slice(this.#common.length) : entry.name;
      const name = below.replace(/(^|\/)images\//, "$1").replace(/^default\//, "");
      const place = {
        file: entry.name,
        frame: name,
        found: "an image that no label file mentions",
        wanted: "an <image> element",
      };
      if (this.#names.has(name)) this.#report(issueOf("FrameTwice", place));
      else {
        this.#names.add(name);
        this.#report(issueOf("FrameNotListed", place));
        yield { name, image: entry, claimed: null, task: null, labelled: false, labels: [], part: null };
      }
    }
  }
}

/** In the order of the XML files. @throws LabelFileInvalid */
export async function* cvatFrames(
  files: ExportFiles,
  xmls: readonly CvatFile[],
  report: Report,
): AsyncGenerator<ReadFrame> {
  reportIgnored(files, report);
  const maker = new FrameMaker(files, xmls, report);
  for (const xml of xmls) {
    const document = new CvatDocument(xml.entry.name, report);
    const masks = new MaskTally();
    for await (const _ of streamXml(xml.entry, document)) {
      for (const image of document.ready.splice(0)) {
        masks.add(image.labels);
        const frame = maker.make(xml, image);
        if (frame !== null) yield frame;
      }
    }
    masks.report(xml.entry.name, report);
  }
  yield* maker.rest();
  const own = new Set(xmls.map(({ entry }) => entry));
  for (const entry of files.others) {
    if (!own.has(entry))
      report(
        issueOf("FileUnused", {
          file: entry.name,
          found: "a file that is no label file",
          wanted: "images and annotations.xml",
        }),
      );
  }
}

// The frames of all COCO files of an export, then the images that none of them mentions.
import type { IssueLine } from "../../../../contracts/dataset.ts";
import { issueOf } from "../../issue-codes.ts";
import type { ReadFrame, Reading } from "../../reader.ts";
import { reportIgnored, stemOf } from "../files.ts";
import { FrameMaker, plainPath, reportUnused } from "../image-shelf.ts";
import { MaskTally } from "../masks.ts";
import { type CocoCategory, type CocoIndex, labelledImages, readIndex } from "./document.ts";
import type { CocoExport, CocoFile } from "./files.ts";
import { placesOf } from "./files.ts";

type Report = (issue: IssueLine) => void;

interface IndexedFile {
  readonly file: CocoFile;
  readonly index: CocoIndex;
}

/** Roboflow puts a class above all others that names the project and has no labels of its own. */
function isRoof({ name }: CocoCategory, all: readonly CocoCategory[]): boolean {
  return all.some((other) => other.name !== name && other.supercategory === name);
}

/** Names in the order of their ids' first file; without roofs. */
function classNames(files: readonly IndexedFile[]): readonly string[] {
  const names = new Set<string>();
  for (const { file, index } of files) {
    const all = [...index.categories.values()];
    for (const category of all) if (!file.beside || !isRoof(category, all)) names.add(category.name);
  }
  return [...names];
}

function noteOthers(others: readonly CocoFile[], report: Report): void {
  for (const { entry, kind } of others) {
    const found = kind === "captions" || kind === "panoptic" ? `COCO ${kind}` : "a file that another one stands for";
    report(issueOf("FileUnused", { file: entry.name, found, wanted: "one file of boxes for each subset" }));
  }
}

async function* cocoFrames(
  coco: CocoExport,
  indexed: readonly IndexedFile[],
  report: Report,
): AsyncGenerator<ReadFrame> {
  reportIgnored(coco.files, report);
  noteOthers(coco.others, report);
  const maker = new FrameMaker(coco.files, report);
  for (const { file, index } of indexed) {
    const places = placesOf(file, coco.read);
    const masks = new MaskTally();
    let crowds = 0;
    for await (const { image, labels } of labelledImages(file.entry, index, report)) {
      masks.add(labels);
      for (const { label } of labels) if (label.attributes?.iscrowd === "1") crowds += 1;
      const frame = maker.make({
        name: places.nameOf(image.name),
        path: plainPath(image.name),
        folders: places.foldersOf(image.name),
        file: file.entry.name,
        line: image.ordinal,
        rest: { claimed: image.claimed, task: null, labels, part: file.subset },
      });
      if (frame !== null) yield frame;
    }
    if (crowds > 0) {
      const found = `${crowds} crowd regions`;
      // CVAT marks every brushed mask so in this format, and in its own none.
      const wanted = "single objects (of masks brushed in CVAT: its export CVAT for images 1.1)";
      report(issueOf("CrowdRegion", { file: file.entry.name, found, wanted }));
    }
    masks.report(file.entry.name, report);
  }
  const masks = coco.others.filter(({ kind }) => kind === "panoptic").map(({ entry }) => `${stemOf(entry.name)}/`);
  yield* maker.rest((path) => {
    if (masks.some((folder) => path.startsWith(folder))) return null;
    return path.replace(/(^|\/)images\//, "$1").replace(/^default\//, "");
  });
  const known = new Set([...coco.read, ...coco.others].map(({ entry }) => entry));
  reportUnused(coco.files, known, "images and COCO files", report);
}

/** @throws LabelFileInvalid */
export async function openCoco(coco: CocoExport): Promise<Reading> {
  const indexed: IndexedFile[] = [];
  for (const file of coco.read) indexed.push({ file, index: await readIndex(file.entry) });
  return { classNames: classNames(indexed), frames: (report) => cocoFrames(coco, indexed, report) };
}

// Pascal VOC: one XML file an image, in Annotations/ with images in JPEGImages/, or beside its image.
import type { IssueLine } from "../../../contracts/dataset.ts";
import type { ExportEntry, ExportSource } from "../../ports.ts";
import type { Format, ReadFrame } from "../reader.ts";
import { type ExportFiles, fileOf, folderOf, reportIgnored, sortFiles, stemOf } from "./files.ts";
import { commonFolder, FrameMaker, plainPath, reportUnused } from "./image-shelf.ts";
import { looksLikeVoc, readVoc } from "./voc/document.ts";

const title = "Pascal VOC";
/** XML files that are opened to see what they are. */
const mostLooked = 20;

interface VocExport {
  readonly files: ExportFiles;
  readonly xmls: readonly ExportEntry[];
}

async function look(source: ExportSource): Promise<VocExport | null> {
  const files = sortFiles(source);
  const xmls = files.others.filter(({ name }) => /\.xml$/i.test(name));
  let found = false;
  for (const entry of xmls.slice(0, mostLooked)) found ||= await looksLikeVoc(entry);
  return found ? { files, xmls } : null;
}

/** Folders that belong to the format: no part of a frame's name. */
const ownFolders = /(^|\/)(?:Annotations|JPEGImages)\//;
/** Pictures that are masks. */
const maskFolders = /(?:^|\/)Segmentation(?:Class|Object)\//;
/** Lists of names, of which the format has many: its parts are not the project's. */
const listFolders = /(?:^|\/)ImageSets\//;

function partOf(folder: string): string | null {
  return /(?:^|\/)(train|valid|val|test)\/$/i.exec(folder)?.[1] ?? null;
}

/** Programs rename images without telling their labels: then the image of the XML's own name is meant. */
function pathOf(entry: ExportEntry, fileName: string, byStem: ReadonlyMap<string, string>): string {
  const path = plainPath(fileName);
  const stem = stemOf(fileOf(entry.name));
  const own = byStem.get(stem) ?? `${stem}.jpg`;
  return fileName === "" || (byStem.has(stem) && !byStem.has(stemOf(fileOf(path)))) ? own : path;
}

async function* vocFrames({ files, xmls }: VocExport, report: (issue: IssueLine) => void): AsyncGenerator<ReadFrame> {
  reportIgnored(files, report);
  const maker = new FrameMaker(files, report);
  const common = commonFolder(
    xmls.map(({ name }) => folderOf(name).replace(/(^|\/)(?:Annotations|train|valid|val|test)\/$/i, "$1")),
  );
  const nameOf = (path: string) =>
    (path.startsWith(common) ? path.slice(common.length) : path)
      .replace(ownFolders, "$1")
      .replace(/(^|\/)images\//, "$1");
  const used = new Set<ExportEntry>(files.others.filter(({ name }) => listFolders.test(name)));
  const byStem = new Map([...files.images.keys()].map((name) => [stemOf(fileOf(name)), fileOf(name)]));
  for (const entry of xmls) {
    if (!(await looksLikeVoc(entry))) continue;
    used.add(entry);
    const { fileName, claimed, labels } = await readVoc(entry, report);
    const folder = folderOf(entry.name);
    const outer = folderOf(folder.slice(0, -1));
    const path = pathOf(entry, fileName, byStem);
    const frame = maker.make({
      name: nameOf(folder + path),
      path,
      folders: [folder, `${outer}JPEGImages/`, `${outer}images/`, outer, folder.replace(ownFolders, "$1JPEGImages/")],
      file: entry.name,
      line: 0,
      rest: { claimed, task: null, labels, part: partOf(folder) },
    });
    if (frame !== null) yield frame;
  }
  yield* maker.rest((path) => (maskFolders.test(path) ? null : nameOf(path)));
  reportUnused(files, used, "images and an XML file each", report);
}

export const pascalVoc: Format = {
  id: "pascal-voc",
  title,
  async detect(source) {
    const found = await look(source);
    if (found === null) return null;
    return { format: title, why: `${found.xmls[0]?.name} has <annotation> with <size>, <object> or <filename>` };
  },
  async open(source) {
    const found = (await look(source)) ?? { files: sortFiles(source), xmls: [] };
    // A VOC export names its classes nowhere but at its boxes.
    return { classNames: [], frames: (report) => vocFrames(found, report) };
  },
};

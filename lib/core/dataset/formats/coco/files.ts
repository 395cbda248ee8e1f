// The COCO files of an export: which are read, what subset each is for, where its images may lie.
import type { ExportEntry, ExportSource } from "../../../ports.ts";
import { type ExportFiles, fileOf, folderOf, sortFiles } from "../files.ts";
import { commonFolder, plainPath } from "../image-shelf.ts";
import { oncePerExport } from "../once.ts";
import { type CocoKind, lookIntoJson } from "./look.ts";

/** JSON files that are opened to see what they are: a folder of LabelMe has one an image. */
const mostLooked = 50;

export interface CocoFile {
  readonly entry: ExportEntry;
  readonly kind: CocoKind;
  /** Named by the file (`instances_train.json`) or, beside its images, by its folder; null where nothing names one. */
  readonly subset: string | null;
  /** The images lie in the file's own folder, as Roboflow exports them. */
  readonly beside: boolean;
}

export interface CocoExport {
  readonly files: ExportFiles;
  readonly read: readonly CocoFile[];
  /** Files of COCO that are not read, since another tells the same of the same images. */
  readonly others: readonly CocoFile[];
}

/** Best first: what tells of boxes before what tells of classes alone. Captions and panoptic segments are no labels here. */
const order: readonly CocoKind[] = ["instances", "keypoints", "labels", "images"];
const namePattern = /^(?:instances|person_keypoints|stuff|labels|image_info|captions|panoptic)_(.+)\.json$/i;
const partFolders = /^(?:train|valid|val|validation|test)$/i;

function isBeside(entry: ExportEntry, files: ExportFiles): boolean {
  const folder = folderOf(entry.name);
  for (const name of files.images.keys()) if (folderOf(name) === folder) return true;
  return false;
}

function subsetOf(entry: ExportEntry, beside: boolean): string | null {
  const named = namePattern.exec(fileOf(entry.name))?.[1];
  if (named !== undefined) return named;
  const folder = fileOf(folderOf(entry.name).slice(0, -1));
  return beside && partFolders.test(folder) ? folder : null;
}

/** Files that speak of the same subset from the same folder speak of the same images: one of them is read. */
function choose(found: readonly CocoFile[]): readonly CocoFile[] {
  const best = new Map<string, CocoFile>();
  const rank = ({ entry, kind }: CocoFile) => order.indexOf(kind) + (/^instances_/i.test(fileOf(entry.name)) ? 0 : 0.5);
  for (const file of found) {
    if (!order.includes(file.kind)) continue;
    const named = namePattern.test(fileOf(file.entry.name));
    const key = named ? `${folderOf(file.entry.name)}\0${file.subset}` : file.entry.name;
    const before = best.get(key);
    if (before === undefined || rank(file) < rank(before)) best.set(key, file);
  }
  return [...best.values()];
}

async function look(source: ExportSource): Promise<CocoExport> {
  const files = sortFiles(source);
  const found: CocoFile[] = [];
  for (const entry of files.others.filter(({ name }) => /\.json$/i.test(name)).slice(0, mostLooked)) {
    const kind = await lookIntoJson(entry);
    if (kind === null) continue;
    const beside = isBeside(entry, files);
    found.push({ entry, kind, subset: subsetOf(entry, beside), beside });
  }
  const read = choose(found);
  return { files, read, others: found.filter((file) => !read.includes(file)) };
}

export const lookForCoco = oncePerExport(look);

/** CVAT's subset of tasks that have none. */
const isNamed = (subset: string | null): subset is string => subset !== null && subset !== "" && subset !== "default";

/** What is left of a COCO file's folder once its own place in it is taken away: several exports in one folder stay apart. */
function ownFolder({ entry, subset, beside }: PlacedFile, common: string): string {
  const own = folderOf(entry.name)
    .slice(common.length)
    .replace(/(?:^|\/)annotations\/$/i, "");
  const last = fileOf(own.replace(/\/$/, ""));
  const folder = beside && last === subset ? own.slice(0, own.length - last.length - 1) : own;
  return folder === "" || folder.endsWith("/") ? folder : `${folder}/`;
}

/** What says where the images of a file are; Datumaro's lie as COCO's do. */
type PlacedFile = Pick<CocoFile, "entry" | "subset" | "beside">;

/** Where frames of a file lie and what they are called. */
export interface CocoPlaces {
  nameOf(fileName: string): string;
  foldersOf(fileName: string): readonly string[];
}

export function placesOf(file: PlacedFile, all: readonly PlacedFile[]): CocoPlaces {
  const folders = all.map(({ entry, subset, beside }) => {
    const folder = folderOf(entry.name);
    const outer = folderOf(folder.slice(0, -1));
    // Two parts in a folder each have the folder above in common, and so has one alone.
    return beside && subset !== null ? outer : folder.replace(/(^|\/)annotations\/$/i, "$1");
  });
  const own = ownFolder(file, commonFolder(folders));
  const { subset } = file;
  const folder = folderOf(file.entry.name);
  const outer = folderOf(folder.slice(0, -1));
  const bases = [folder, outer];
  const subsets = isNamed(subset) ? [`images/${subset}/`, `${subset}/`, `${subset}/images/`] : ["images/default/"];
  return {
    nameOf(fileName) {
      const path = plainPath(fileName).replace(/^images\//, "");
      return own + (isNamed(subset) && !path.startsWith(`${subset}/`) ? `${subset}/` : "") + path;
    },
    foldersOf: () => bases.flatMap((base) => [...subsets, "images/", ""].map((each) => base + each)),
  };
}

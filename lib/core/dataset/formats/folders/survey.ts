// How images lie in folders that are named after classes: which folder is around everything, which are parts, which are classes.
import type { ExportEntry } from "../../../ports.ts";
import { type ExportFiles, sortFiles } from "../files.ts";
import { oncePerExport } from "../once.ts";
import { partNames } from "./part-names.ts";

export interface ClassifiedImage {
  /** Its path below the folder around everything: the same name may stand in several classes. */
  readonly name: string;
  readonly image: ExportEntry;
  readonly part: string | null;
  readonly className: string;
}

export interface ClassFolders {
  readonly files: ExportFiles;
  /** In the order of the export. */
  readonly frames: readonly ClassifiedImage[];
  /** Images that lie in no class. */
  readonly strays: readonly { readonly name: string; readonly image: ExportEntry }[];
  readonly unused: readonly ExportEntry[];
}

/** Folders of other formats, which are never named after a class. */
const notClasses =
  /^(?:images|labels|labelTxt|annotations|masks|JPEGImages|ImageSets|Segmentation(?:Class|Object)|obj_\w+_data)$/i;

/** What people add to a data set and what says nothing of it. */
const aboutIt = /(?:^|\/)(?:readme|licen[cs]e|citation|attribution)[^/]*$|\.md$/i;

const foldersOf = (name: string): readonly string[] => name.split("/").slice(0, -1);

/** The folder around everything, with its last slash, as zips have one; "" for none. A part is no such folder. */
function wrapperOf(names: readonly string[]): string {
  let wrapper = "";
  for (const folder of foldersOf(names[0] ?? "")) {
    const next = `${wrapper}${folder}/`;
    if (partNames[folder.toLowerCase()] !== undefined || !names.every((name) => name.startsWith(next))) break;
    wrapper = next;
  }
  return wrapper;
}

/** null where the images do not lie by class, or where some file may hold labels. */
export const surveyClassFolders = oncePerExport((source) => survey(sortFiles(source)));

function survey(files: ExportFiles): ClassFolders | null {
  if (files.images.size === 0 || !files.others.every(({ name }) => aboutIt.test(name))) return null;
  const wrapper = wrapperOf([...files.images.keys()]);
  const images = [...files.images].map(([path, image]) => ({ name: path.slice(wrapper.length), image }));
  const hasParts = images.some(({ name }) => foldersOf(name).length > 1 && partOf(name) === "train");
  const frames: ClassifiedImage[] = [];
  const strays: { name: string; image: ExportEntry }[] = [];
  for (const { name, image } of images) {
    const part = hasParts ? partOf(name) : null;
    const className = hasParts && part === null ? undefined : foldersOf(name)[part === null ? 0 : 1];
    if (className === undefined) strays.push({ name, image });
    else frames.push({ name, image, part, className });
  }
  const classes = new Set(frames.map(({ className }) => className));
  const names = [...classes];
  // A class may be called `train`, but images in parts alone have no class.
  const isByClass =
    classes.size > 1 &&
    !names.some((name) => notClasses.test(name)) &&
    (hasParts || !names.every((name) => partNames[name.toLowerCase()] !== undefined));
  return isByClass ? { files, frames, strays, unused: files.others } : null;
}

function partOf(name: string): string | null {
  return partNames[foldersOf(name)[0]?.toLowerCase() ?? ""] ?? null;
}

/** In the order in which Ultralytics numbers them: as Python sorts text, by code point. */
export function classNamesOf({ frames }: ClassFolders): readonly string[] {
  return [...new Set(frames.map(({ className }) => className))].sort(byCodePoint);
}

function byCodePoint(a: string, b: string): number {
  const [first, second] = [[...a], [...b]];
  for (const [at, character] of first.entries()) {
    const other = second[at];
    if (other === undefined) return 1;
    if (character !== other) return (character.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0);
  }
  return first.length - second.length;
}

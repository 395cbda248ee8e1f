// How a YOLO export lies in its folders: which image has which label file, which part names it, what is left over.
import type { ExportEntry } from "../../../ports.ts";
import { type ExportFiles, fileOf, folderOf, stemOf } from "../files.ts";
import type { YoloPart } from "./data-yaml.ts";

export interface LaidImage {
  /** Where the image lies, or would lie. */
  readonly path: string;
  /** null where the export holds labels alone. */
  readonly entry: ExportEntry | null;
  readonly labels: ExportEntry | null;
}

export interface Layout {
  readonly images: readonly LaidImage[];
  /** Text files that stand where labels stand, or might be labels, and that no image claims. */
  readonly unclaimed: readonly ExportEntry[];
}

/** Text files that are never labels. */
const namesPattern = /(?:^|\/)(?:classes|predefined_classes|_darknet|labels)\.(?:txt|labels|names)$|\.names$/i;
const textPattern = /\.txt$/i;

export const isNamesFile = (name: string): boolean => namesPattern.test(name);
export const isTextFile = (name: string): boolean => textPattern.test(name) && !isNamesFile(name);

/** Where labels of `images` may lie; Ultralytics itself knows the first only. */
const mirrors = ["labels", "annotations"];

function swapLast(folders: readonly string[], from: string, to: string): string | null {
  const at = folders.findLastIndex((folder) => folder.toLowerCase() === from);
  return at < 0 ? null : [...folders.slice(0, at), to, ...folders.slice(at + 1)].join("/");
}

/** Folders, with their last slash, in which labels of a folder's images may lie, best first: the mirrored, then its own. */
function labelFolders(folder: string): readonly string[] {
  const folders = folder.split("/").slice(0, -1);
  const mirrored = mirrors.flatMap((mirror) => {
    const swapped = swapLast(folders, "images", mirror);
    return swapped === null ? [] : [`${swapped}/`];
  });
  return [...mirrored, folder];
}

/** Finds the label file of an image, by exact name, then without regard to case in folders (`Images` beside `labels`). */
export class LabelIndex {
  readonly #exact: ReadonlyMap<string, ExportEntry>;
  /** Made when an exact name misses: most exports never need it. */
  #folded: ReadonlyMap<string, ExportEntry> | null = null;
  readonly #foldersOf = new Map<string, readonly string[]>();

  constructor(files: ExportFiles) {
    const texts = files.others.filter(({ name }) => isTextFile(name));
    this.#exact = new Map(texts.map((entry) => [entry.name, entry]));
  }

  find(image: string): ExportEntry | null {
    const stem = `${stemOf(fileOf(image))}.txt`;
    for (const folder of this.#labelFolders(folderOf(image))) {
      const found = this.#exact.get(folder + stem) ?? this.#findFolded(folder.toLowerCase() + stem);
      if (found !== undefined) return found;
    }
    return null;
  }

  #labelFolders(folder: string): readonly string[] {
    const known = this.#foldersOf.get(folder);
    if (known !== undefined) return known;
    const folders = labelFolders(folder);
    this.#foldersOf.set(folder, folders);
    return folders;
  }

  #findFolded(name: string): ExportEntry | undefined {
    this.#folded ??= new Map([...this.#exact.values()].map((entry) => [foldFolders(entry.name), entry]));
    return this.#folded.get(name);
  }
}

/** Folders in lower case; file names keep theirs, since `A.txt` and `a.txt` are two files. */
const foldFolders = (name: string) => folderOf(name).toLowerCase() + fileOf(name);

/**
 * @param lists names of text files that list images
 * @param listed images that those name, for an export of labels alone: nothing else says what their frames are called
 */
export function layOut(
  files: ExportFiles,
  index: LabelIndex,
  lists: ReadonlySet<string>,
  listed: Iterable<string>,
): Layout {
  const claimed = new Set<ExportEntry>();
  const paths = files.images.size > 0 ? files.images.keys() : listed;
  const images = [...paths].map((path) => {
    const labels = index.find(path);
    if (labels !== null) claimed.add(labels);
    return { path, entry: files.images.get(path) ?? null, labels };
  });
  const unclaimed = files.others.filter(
    (entry) => isTextFile(entry.name) && !lists.has(entry.name) && !claimed.has(entry),
  );
  return { images, unclaimed };
}

/** Every folder that holds something, without its last slash. */
export function foldersOf(files: ExportFiles): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const name of files.images.keys()) {
    for (
      let folder = folderOf(name).slice(0, -1);
      folder !== "" && !folders.has(folder);
      folder = folderOf(folder).slice(0, -1)
    ) {
      folders.add(folder);
    }
  }
  return folders;
}

/** The part of an image by the folders above it; null where none is named. */
export function partOf(name: string, parts: ReadonlyMap<string, YoloPart>): YoloPart | null {
  const own = parts.get(name);
  if (own !== undefined) return own;
  for (let folder = folderOf(name).slice(0, -1); folder !== ""; folder = folderOf(folder).slice(0, -1)) {
    const part = parts.get(folder);
    if (part !== undefined) return part;
  }
  return parts.get("") ?? null;
}

/**
 * What the frame is called: below the data set's root, without the format's own folders.
 * `images/train/1.jpg` is `train/1.jpg`, `train/images/1.jpg` too, `obj_train_data/1.jpg` is `1.jpg`.
 */
export function frameName(image: string, root: string): string {
  return frameFolder(folderOf(image.startsWith(root) ? image.slice(root.length) : image)) + fileOf(image);
}

/** What stays of an image's folder, with its last slash. */
function frameFolder(folder: string): string {
  const folders = folder.split("/").slice(0, -1);
  const at = folders.findLastIndex((folder) => folder.toLowerCase() === "images");
  const kept = at < 0 ? folders : [...folders.slice(0, at), ...folders.slice(at + 1)];
  if (kept[0] === "obj_train_data") kept.shift();
  return kept.map((each) => `${each}/`).join("");
}

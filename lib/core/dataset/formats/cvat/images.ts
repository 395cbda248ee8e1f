// Finds the image of a frame in a CVAT export: under images/, with or without the subset's folder, or beside the XML.
import type { ExportEntry } from "../../../ports.ts";
import { folderOf, isImageName, stemOf } from "../files.ts";

/** Project exports put images of tasks without subset under this folder, task exports do not: it is no part of a name. */
const unnamedSubset = "default";

export const subsetFolder = (subset: string | null): string =>
  subset === null || subset === "" || subset === unnamedSubset ? "" : `${subset}/`;

export class ImageFinder {
  readonly #images: ReadonlyMap<string, ExportEntry>;
  readonly #byStem = new Map<string, ExportEntry | null>();

  constructor(images: ReadonlyMap<string, ExportEntry>) {
    this.#images = images;
    for (const [name, entry] of images) {
      const stem = stemOf(name);
      this.#byStem.set(stem, this.#byStem.has(stem) ? null : entry);
    }
  }

  /** @param file the XML file that names the frame */
  find(file: string, name: string, subset: string | null): ExportEntry | null {
    const folder = folderOf(file);
    const tails = subset === null || subset === "" ? [name] : [`${subset}/${name}`, name];
    for (const base of [folder, folderOf(folder.slice(0, -1))]) {
      for (const path of tails.flatMap((tail) => [`${base}images/${tail}`, base + tail])) {
        const found = this.#images.get(path) ?? (isImageName(path) ? undefined : this.#byStem.get(path));
        if (found !== undefined && found !== null) return found;
      }
    }
    return null;
  }
}

// Looks over a YOLO export before any label is read: its root, parts, names, and which image has which label file.
import type { IssueLine } from "../../../../contracts/dataset.ts";
import type { ExportSource } from "../../../ports.ts";
import { issueOf } from "../../issue-codes.ts";
import { type ExportFiles, folderOf, sortFiles } from "../files.ts";
import type { YoloPart } from "./data-yaml.ts";
import { type Descriptor, findDescriptor, readText } from "./descriptor.ts";
import { foldersOf, isNamesFile, isTextFile, LabelIndex, type Layout, layOut } from "./layout.ts";
import { type PathSpace, resolvePath } from "./paths.ts";

/** A line of a list file whose image is not in the export. */
export interface MissingImage {
  readonly file: string;
  readonly line: number;
  readonly path: string;
  readonly part: YoloPart;
}

export interface Survey {
  readonly files: ExportFiles;
  readonly descriptor: Descriptor | null;
  /** The data set's folder in the export, with its last slash; "" at the top. */
  readonly root: string;
  /** By folder or image. */
  readonly parts: ReadonlyMap<string, YoloPart>;
  /** False where some part leads nowhere: then images count wherever they lie. */
  readonly partsComplete: boolean;
  readonly missing: readonly MissingImage[];
  readonly layout: Layout;
  readonly classNames: readonly (string | undefined)[];
  readonly notes: readonly IssueLine[];
}

/** A single folder around everything is how zips are made, and no part of the data set. */
function wrapperOf(files: ExportFiles): string {
  const names = [...files.images.keys(), ...files.others.map(({ name }) => name)];
  const [first = ""] = names;
  let wrapper = "";
  for (const folder of first.split("/").slice(0, -1)) {
    const next = `${wrapper}${folder}/`;
    if (/^(?:images|labels|annotations|train|val|valid|test|obj_\w+_data)$/i.test(folder)) break;
    if (!names.every((name) => name.startsWith(next))) break;
    wrapper = next;
  }
  return wrapper;
}

class PartReader {
  readonly parts = new Map<string, YoloPart>();
  readonly lists = new Set<string>();
  readonly missing: MissingImage[] = [];
  readonly notes: IssueLine[] = [];
  readonly #files: ExportFiles;
  readonly #index: LabelIndex;
  readonly #space: PathSpace;

  constructor(files: ExportFiles, index: LabelIndex, base: string) {
    const folders = foldersOf(files);
    const texts = new Set(files.others.map(({ name }) => name).filter(isTextFile));
    this.#files = files;
    this.#index = index;
    this.#space = { base, has: (path) => folders.has(path) || files.images.has(path) || texts.has(path) };
  }

  async take({ entry, data }: Descriptor): Promise<void> {
    for (const { part, values } of data.parts) {
      for (const value of values) {
        const found = resolvePath(value, data.path, this.#space, "root") ?? this.#list(value);
        if (found === null) {
          const problem = {
            file: entry.name,
            found: `${part}: ${value}`,
            wanted: "a folder or list file of the export",
          };
          this.notes.push(issueOf("PartUnresolved", problem));
        } else if (isTextFile(found)) await this.#takeList(found, part);
        else if (!this.parts.has(found)) this.parts.set(found, part);
      }
    }
  }

  /** A list file may stand elsewhere than its author says (`data/train.txt`). */
  #list(value: string): string | null {
    return isTextFile(value) ? resolvePath(value, "", this.#space, "any") : null;
  }

  async #takeList(name: string, part: YoloPart): Promise<void> {
    const entry = this.#files.others.find((other) => other.name === name);
    if (entry === undefined) return;
    this.lists.add(name);
    const { images } = this.#files;
    // Without any image, a line leads to where its labels would lie.
    const has = (path: string) => (images.size > 0 ? images.has(path) : this.#index.find(path) !== null);
    const space: PathSpace = { base: folderOf(name), has };
    for (const [at, line] of (await readText(entry)).split(/\r?\n/).entries()) {
      const path = line.trim().normalize("NFC");
      if (path === "") continue;
      const image = resolvePath(path, "", space, "any");
      if (image === null) this.missing.push({ file: name, line: at + 1, path, part });
      else if (!this.parts.has(image)) this.parts.set(image, part);
    }
  }
}

async function namesOf(files: ExportFiles, descriptor: Descriptor | null): Promise<readonly (string | undefined)[]> {
  if (descriptor !== null && descriptor.data.names.length > 0) return descriptor.data.names;
  const entries = files.others.filter(({ name }) => isNamesFile(name));
  const has = (path: string) => entries.some(({ name }) => name === path);
  const pointed = descriptor?.namesFile ?? null;
  const base = folderOf(descriptor?.entry.name ?? "");
  const named = pointed === null ? null : resolvePath(pointed, "", { base, has }, "any");
  const byDepth = [...entries].sort((a, b) => a.name.split("/").length - b.name.split("/").length);
  const entry = entries.find(({ name }) => name === named) ?? byDepth[0];
  if (entry === undefined) return [];
  return (await readText(entry))
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.trim())
    .map((line) => (line === "" ? undefined : line));
}

/** @throws FormatAmbiguous, LabelFileInvalid */
export async function surveyYolo(source: ExportSource): Promise<Survey> {
  const files = sortFiles(source);
  const descriptor = await findDescriptor(source, files);
  const root = descriptor === null ? wrapperOf(files) : folderOf(descriptor.entry.name);
  const index = new LabelIndex(files);
  const reader = new PartReader(files, index, root);
  if (descriptor !== null) await reader.take(descriptor);
  return {
    files,
    descriptor,
    root,
    parts: reader.parts,
    partsComplete: reader.parts.size > 0 && reader.notes.length === 0,
    missing: reader.missing,
    layout: layOut(files, index, reader.lists, reader.parts.keys()),
    classNames: await namesOf(files, descriptor),
    notes: reader.notes,
  };
}

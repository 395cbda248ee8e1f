// The images of an export, found by what label files call them, for formats that say no more than a path of another machine.
import type { IssueLine } from "../../../contracts/dataset.ts";
import type { ExportEntry } from "../../ports.ts";
import { nameProblem } from "../archive/entry-name.ts";
import { issueOf } from "../issue-codes.ts";
import type { ReadFrame } from "../reader.ts";
import { type ExportFiles, fileOf, folderOf } from "./files.ts";

type Report = (issue: IssueLine) => void;

/** A path as a label file has it: `/` between folders, without what leads to it on its own machine. */
export function plainPath(path: string): string {
  const plain = path
    .normalize("NFC")
    .replaceAll("\\", "/")
    .replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*\//i, "");
  return plain.replace(/^(?:[a-z]:)?(?:\.?\/+)+/i, "");
}

/** Folder that all have in common, with its last slash. */
export function commonFolder(names: readonly string[]): string {
  let common = folderOf(names[0] ?? "");
  while (!names.every((name) => name.startsWith(common))) common = folderOf(common.slice(0, -1));
  return common;
}

export class ImageShelf {
  readonly #images: ReadonlyMap<string, ExportEntry>;
  readonly #used = new Set<ExportEntry>();
  /** By file name without its folders; made when a path misses. */
  #byFile: ReadonlyMap<string, readonly ExportEntry[]> | null = null;

  constructor(files: ExportFiles) {
    this.#images = files.images;
  }

  get isEmpty(): boolean {
    return this.#images.size === 0;
  }

  /**
   * The image at the first of the folders, then the only one whose path ends like this, its own first folders left away one by one.
   * @param folders with their last slash, best first
   */
  find(path: string, folders: readonly string[]): ExportEntry | null {
    const found = this.#at(path, folders) ?? this.#byTail(path);
    if (found !== null) this.#used.add(found);
    return found;
  }

  #at(path: string, folders: readonly string[]): ExportEntry | null {
    for (const folder of folders) {
      const found = this.#images.get(folder + path);
      if (found !== undefined) return found;
    }
    return null;
  }

  #byTail(path: string): ExportEntry | null {
    const alike = this.#files().get(fileOf(path)) ?? [];
    for (let tail = path; ; tail = tail.slice(tail.indexOf("/") + 1)) {
      const fitting = alike.filter(({ name }) => name === tail || name.endsWith(`/${tail}`));
      // Two that fit are one too many: nobody can say which is meant.
      if (fitting.length > 0) return fitting.length === 1 ? (fitting[0] ?? null) : null;
      if (!tail.includes("/")) return null;
    }
  }

  #files(): ReadonlyMap<string, readonly ExportEntry[]> {
    if (this.#byFile !== null) return this.#byFile;
    const byFile = new Map<string, ExportEntry[]>();
    for (const entry of this.#images.values()) {
      const file = fileOf(entry.name);
      const alike = byFile.get(file);
      if (alike === undefined) byFile.set(file, [entry]);
      else alike.push(entry);
    }
    this.#byFile = byFile;
    return byFile;
  }

  /** Images that nobody asked for. */
  unused(): readonly ExportEntry[] {
    return [...this.#images.values()].filter((entry) => !this.#used.has(entry));
  }
}

/** What a label file says of one frame, before its image is looked for. */
export interface ClaimedFrame {
  readonly name: string;
  /** Path of its image, and the folders where it may lie. */
  readonly path: string;
  readonly folders: readonly string[];
  readonly file: string;
  readonly line: number;
  readonly rest: Pick<ReadFrame, "claimed" | "task" | "labels" | "part">;
}

/** Makes frames, each name once, each with its image where it is here; then the images that no label file mentions. */
export class FrameMaker {
  readonly #shelf: ImageShelf;
  readonly #report: Report;
  readonly #names = new Set<string>();

  constructor(files: ExportFiles, report: Report) {
    this.#shelf = new ImageShelf(files);
    this.#report = report;
  }

  /** null where the frame is listed instead, with its labels. */
  make({ name, path, folders, file, line, rest }: ClaimedFrame): ReadFrame | null {
    const place = { file, ...(line > 0 ? { line } : {}), frame: name, labels: rest.labels.length };
    const problem = nameProblem(name);
    if (problem !== null) return this.#list("FrameNameInvalid", { ...place, ...problem });
    if (this.#names.has(name))
      return this.#list("FrameTwice", { ...place, found: `a second frame ${name}`, wanted: "each name once" });
    this.#names.add(name);
    const image = this.#shelf.find(path, folders);
    if (image === null && !this.#shelf.isEmpty) {
      this.#report(
        issueOf("ImageMissing", { ...place, labels: 0, found: "no image", wanted: `${folders[0] ?? ""}${path}` }),
      );
    }
    return { name, image, labelled: true, ...rest };
  }

  #list(code: "FrameNameInvalid" | "FrameTwice", place: Parameters<typeof issueOf>[1]): null {
    this.#report(issueOf(code, place));
    return null;
  }

  /** @param nameOf what the frame of an unmentioned image is called; null where it is none, but a mask */
  *rest(nameOf: (path: string) => string | null): Generator<ReadFrame> {
    for (const image of this.#shelf.unused()) {
      const name = nameOf(image.name);
      if (name === null) {
        this.#report(
          issueOf("FileUnused", { file: image.name, found: "a mask as a picture", wanted: "images of frames" }),
        );
        continue;
      }
      const place = {
        file: image.name,
        frame: name,
        found: "an image that no label file mentions",
        wanted: "a label file that does",
      };
      if (this.#names.has(name)) this.#report(issueOf("FrameTwice", place));
      else {
        this.#names.add(name);
        this.#report(issueOf("FrameNotListed", place));
        yield { name, image, claimed: null, task: null, labelled: false, labels: [], part: null };
      }
    }
  }
}

/** Files that the format has no place for, a line each. */
export function reportUnused(files: ExportFiles, used: ReadonlySet<ExportEntry>, wanted: string, report: Report): void {
  for (const entry of files.others) {
    if (!used.has(entry))
      report(issueOf("FileUnused", { file: entry.name, found: "a file that is no label file", wanted }));
  }
}

// One COCO file, read in passes: first what categories and images there are, then the annotations of as many images as memory
// should hold, again where they are too many. Annotations stand in any order, frames come one by one with all of theirs.
import type { IssueLine } from "../../../../contracts/dataset.ts";
import type { ExportEntry } from "../../../ports.ts";
import { issueOf } from "../../issue-codes.ts";
import type { ReadLabel } from "../../reader.ts";
import { type JsonHandler, jsonProblem, parseJson, streamJson } from "../json/items.ts";
import { isObject, type JsonObject } from "../json/object.ts";
import { outlineBytes } from "../masks.ts";
import { readAnnotation } from "./annotation.ts";

/** Bytes of annotations that are held at a time, as they stand in the file. */
const mostHeld = 112 * 1024 * 1024;
/** Images and categories in one file, far above any real one: they are held. */
const mostImages = 2_000_000;
const mostCategories = 100_000;
/** Ids that are listed one by one where they come again. */
const mostTwice = 10_000;

export interface CocoImage {
  readonly name: string;
  readonly claimed: { readonly width: number; readonly height: number } | null;
  /** 1-based place in the file's list. */
  readonly ordinal: number;
}

export interface CocoCategory {
  readonly name: string;
  readonly supercategory: string;
}

export interface CocoIndex {
  readonly images: readonly CocoImage[];
  /** Index in `images` by id. */
  readonly byId: ReadonlyMap<unknown, number>;
  readonly categories: ReadonlyMap<unknown, CocoCategory>;
  /** What the lists of images and categories had wrong; each ends a run. */
  readonly issues: readonly IssueLine[];
}

const isId = (value: unknown): value is number | string =>
  (typeof value === "number" && Number.isInteger(value)) || (typeof value === "string" && value !== "");

const sizeOf = (value: unknown): number | null =>
  typeof value === "number" && Number.isInteger(value) && value > 0 ? value : null;

class IndexReader implements JsonHandler {
  readonly images: CocoImage[] = [];
  readonly byId = new Map<unknown, number>();
  readonly categories = new Map<unknown, CocoCategory>();
  readonly issues: IssueLine[] = [];
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  item(key: string, bytes: Buffer, ordinal: number, line: number): void {
    if (ordinal > 0 && key === "images") this.#takeImage(parseJson(bytes), ordinal, line);
    else if (ordinal > 0 && key === "categories") this.#takeCategory(parseJson(bytes), line);
  }

  #takeImage(value: unknown, ordinal: number, line: number): void {
    if (!isObject(value) || !isId(value.id) || typeof value.file_name !== "string" || value.file_name === "") {
      throw jsonProblem(
        this.#file,
        line,
        `an image (number ${ordinal}) without id or file_name`,
        "an id and a file_name",
      );
    }
    if (this.images.length >= mostImages)
      throw jsonProblem(this.#file, line, `more than ${mostImages} images`, "fewer a file");
    if (this.byId.has(value.id)) {
      if (this.issues.length >= mostTwice)
        throw jsonProblem(this.#file, line, "thousands of image ids twice", "each id once");
      const found = `a second image of id ${value.id}`;
      this.issues.push(issueOf("ImageIdTwice", { file: this.#file, line: ordinal, found, wanted: "each id once" }));
      return;
    }
    const [width, height] = [sizeOf(value.width), sizeOf(value.height)];
    this.byId.set(value.id, this.images.length);
    this.images.push({
      name: value.file_name,
      claimed: width === null || height === null ? null : { width, height },
      ordinal,
    });
  }

  #takeCategory(value: unknown, line: number): void {
    if (!isObject(value) || !isId(value.id) || typeof value.name !== "string" || value.name === "") {
      throw jsonProblem(this.#file, line, "a category without id or name", "an id and a name");
    }
    const known = this.categories.get(value.id);
    if (known !== undefined && known.name !== value.name) {
      throw jsonProblem(this.#file, line, `category ${value.id} named twice`, "one name an id");
    }
    if (this.categories.size >= mostCategories) throw jsonProblem(this.#file, line, "too many categories", "fewer");
    const supercategory = typeof value.supercategory === "string" ? value.supercategory : "";
    this.categories.set(value.id, { name: value.name, supercategory });
  }
}

/** Categories and images, by one pass over the file. @throws LabelFileInvalid */
export async function readIndex(entry: ExportEntry): Promise<CocoIndex> {
  const reader = new IndexReader(entry.name);
  for await (const _ of streamJson(entry, reader));
  return reader;
}

const imageIdKey = Buffer.from('"image_id"');

/** Collects the annotations of the images [from, to); `to` comes down where they are more than should be held. */
class Window implements JsonHandler {
  readonly from: number;
  to: number;
  readonly #labels = new Map<number, ReadLabel[]>();
  readonly #bytes = new Map<number, number>();
  #held = 0;
  readonly #file: string;
  readonly #index: CocoIndex;
  readonly #report: (issue: IssueLine) => void;
  readonly #issues = new Map<number, IssueLine[]>();

  readonly #most: number;

  constructor(file: string, index: CocoIndex, from: number, most: number, report: (issue: IssueLine) => void) {
    this.#file = file;
    this.#index = index;
    this.#most = most;
    this.from = from;
    this.to = index.images.length;
    this.#report = report;
  }

  labelsOf(image: number): readonly ReadLabel[] {
    for (const issue of this.#issues.get(image) ?? []) this.#report(issue);
    const labels = this.#labels.get(image) ?? [];
    this.#labels.delete(image);
    return labels;
  }

  item(key: string, bytes: Buffer, ordinal: number, line: number): void {
    if (key !== "annotations" || ordinal === 0 || this.#isElsewhere(bytes)) return;
    const value = parseJson(bytes);
    if (!isObject(value)) {
      const found = value === undefined ? "an annotation that is no JSON" : "an annotation that is no object";
      if (this.from === 0) this.#list(ordinal, "LabelUnreadable", found, "an object (NaN and Infinity are no JSON)");
      return;
    }
    const image = this.#index.byId.get(value.image_id);
    if (image === undefined) {
      const found = `image_id ${JSON.stringify(value.image_id)?.slice(0, 80) ?? "missing"}`;
      if (this.from === 0) this.#list(ordinal, "ImageIdUnknown", found, "the id of an image of the file");
    } else if (image >= this.from && image < this.to) this.#take(value, image, ordinal, line, bytes.length);
  }

  /** True where the annotation is surely of an image that another pass takes: that saves parsing it. */
  #isElsewhere(bytes: Buffer): boolean {
    // The first pass parses all: what is no JSON at all is told there.
    if (this.from === 0) return false;
    const at = bytes.indexOf(imageIdKey);
    if (at < 0 || bytes.indexOf(imageIdKey, at + imageIdKey.length) >= 0) return false;
    const id = /^\s*:\s*(\d{1,15})\s*[,}]/.exec(bytes.toString("latin1", at + imageIdKey.length, at + 40))?.[1];
    const image = id === undefined ? undefined : this.#index.byId.get(Number(id));
    return image !== undefined && (image < this.from || image >= this.to);
  }

  #list(ordinal: number, code: "LabelUnreadable" | "ImageIdUnknown", found: string, wanted: string): void {
    this.#report(issueOf(code, { file: this.#file, line: ordinal, found, wanted, labels: 1 }));
  }

  #take(value: JsonObject, image: number, ordinal: number, line: number, bytes: number): void {
    const read = readAnnotation(value, (id) => this.#index.categories.get(id)?.name);
    const problem = "code" in read ? read : read.note;
    if (problem !== null) {
      const frame = this.#index.images[image]?.name ?? "";
      const place = { file: this.#file, line: ordinal, frame, found: problem.found, wanted: problem.wanted };
      push(this.#issues, image, issueOf(problem.code, { ...place, labels: "code" in read ? 1 : 0 }));
    }
    if (!("code" in read)) {
      const { label, mask } = read;
      const place = { relative: false, file: this.#file, line: ordinal };
      push(this.#labels, image, { label, ...place, ...(mask === undefined ? {} : { mask }) });
    }
    const size = bytes + ("code" in read ? 0 : outlineBytes(read));
    this.#bytes.set(image, (this.#bytes.get(image) ?? 0) + size);
    this.#held += size;
    while (this.#held > this.#most) this.#shrink(line);
  }

  /** Lets go of the second half of the images; a later pass collects them. */
  #shrink(line: number): void {
    if (this.to - this.from < 2) {
      throw jsonProblem(this.#file, line, `an image with more than ${this.#most} bytes of annotations`, "fewer");
    }
    this.to = this.from + Math.ceil((this.to - this.from) / 2);
    for (const [image, bytes] of this.#bytes) {
      if (image < this.to) continue;
      this.#held -= bytes;
      this.#bytes.delete(image);
      this.#labels.delete(image);
      this.#issues.delete(image);
    }
  }
}

function push<T>(lists: Map<number, T[]>, key: number, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

export interface LabelledImage {
  readonly image: CocoImage;
  readonly labels: readonly ReadLabel[];
}

/**
 * Every image with its labels, in the order of the file.
 * @param most bytes of annotations that are held at a time
 * @throws LabelFileInvalid
 */
export async function* labelledImages(
  entry: ExportEntry,
  index: CocoIndex,
  report: (issue: IssueLine) => void,
  most = mostHeld,
): AsyncGenerator<LabelledImage> {
  for (const issue of index.issues) report(issue);
  for (let from = 0; from < Math.max(1, index.images.length); ) {
    const window = new Window(entry.name, index, from, most, report);
    for await (const _ of streamJson(entry, window));
    for (; from < window.to; from++) {
      const image = index.images[from];
      if (image !== undefined) yield { image, labels: window.labelsOf(from) };
    }
    // Without images there was one pass, for what the annotations have wrong.
    if (index.images.length === 0) return;
  }
}

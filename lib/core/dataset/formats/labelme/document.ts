// One JSON file of LabelMe: an image's path and size, its shapes, and the flags that are set for the whole of it.
import type { IssueLine, Label } from "../../../../contracts/dataset.ts";
import { isBobbinError } from "../../../../contracts/errors.ts";
import type { ExportEntry } from "../../../ports.ts";
import { issueOf } from "../../issue-codes.ts";
import type { ReadLabel } from "../../reader.ts";
import { type JsonHandler, jsonProblem, parseJson, streamJson } from "../json/items.ts";
import { isObject } from "../json/object.ts";
import { shown } from "../json/shapes.ts";
import { objectOf, readShape, withPart } from "./shapes.ts";

/** Largest file of one image: it may hold the image itself. */
const largestFile = 64 * 1024 * 1024;

/** Keys of other formats: a file that has one is told at once, for it may be large. */
const foreign = new Set(["", "images", "annotations", "categories", "items"]);

/** By its first shape; without any, by its image's path and size. */
export async function looksLikeLabelMe(entry: ExportEntry): Promise<boolean> {
  let found: boolean | null = null;
  const seen = new Set<string>();
  const handler: JsonHandler = {
    item(key, bytes) {
      if (foreign.has(key)) found ??= false;
      else if (key === "shapes" && !seen.has(key) && isShape(parseJson(bytes))) found ??= true;
      seen.add(key);
    },
  };
  try {
    for await (const _ of streamJson(entry, handler)) if (found !== null) return found;
  } catch (error) {
    // A file that is broken is only then a broken one of LabelMe, where what came before says so.
    if (!isBobbinError(error, "LabelFileInvalid")) throw error;
  }
  return found ?? ["imagePath", "imageHeight", "imageWidth"].every((key) => seen.has(key));
}

const isShape = (value: unknown) => isObject(value) && "label" in value && "points" in value;

const sizeOf = (value: unknown): number | null =>
  typeof value === "number" && Number.isInteger(value) && value > 0 ? value : null;

class LabelMeDocument implements JsonHandler {
  imagePath = "";
  readonly #labels: ReadLabel[] = [];
  readonly #values = new Map<string, unknown>();
  /** Place in the list of labels by object. */
  readonly #objects = new Map<string, number>();
  readonly #file: string;
  readonly #report: (issue: IssueLine) => void;

  constructor(file: string, report: (issue: IssueLine) => void) {
    this.#file = file;
    this.#report = report;
  }

  item(key: string, bytes: Buffer, ordinal: number, line: number): void {
    if (key === "shapes" && ordinal > 0) this.#take(parseJson(bytes), ordinal);
    else if (key === "imagePath") {
      const path = parseJson(bytes);
      if (typeof path !== "string") throw jsonProblem(this.#file, line, `imagePath ${shown(path)}`, "a path");
      this.imagePath = path;
    } else if (key !== "imageData") this.#values.set(key, parseJson(bytes));
  }

  #take(shape: unknown, ordinal: number): void {
    const read = isObject(shape)
      ? readShape(shape)
      : ({ code: "LabelUnreadable", found: "a shape that is no object", wanted: "label, points" } as const);
    if ("code" in read) this.#list(read, ordinal);
    else this.#keep(read, isObject(shape) ? objectOf(shape, read) : null, ordinal);
  }

  #list({ code, found, wanted }: Exclude<ReturnType<typeof readShape>, Label>, ordinal: number): void {
    this.#report(issueOf(code, { file: this.#file, line: ordinal, found, wanted, labels: 1 }));
  }

  #keep(label: Label, object: string | null, line: number): void {
    const at = object === null ? undefined : this.#objects.get(object);
    const first = at === undefined ? undefined : this.#labels[at];
    if (at !== undefined && first !== undefined) {
      this.#labels[at] = { ...first, label: withPart(first.label, label) };
      return;
    }
    if (object !== null) this.#objects.set(object, this.#labels.length);
    this.#labels.push({ label, relative: false, file: this.#file, line });
  }

  /** Flags that are set for the whole image are its classes. */
  get labels(): readonly ReadLabel[] {
    const flags = this.#values.get("flags");
    const set = Object.entries(isObject(flags) ? flags : {}).filter(([name, value]) => value === true && name !== "");
    const tags = set.map(([name]): ReadLabel => {
      return { label: { class: name, kind: "tag" }, relative: false, file: this.#file, line: 1 };
    });
    return [...this.#labels, ...tags];
  }

  get claimed(): { readonly width: number; readonly height: number } | null {
    const [width, height] = [sizeOf(this.#values.get("imageWidth")), sizeOf(this.#values.get("imageHeight"))];
    return width === null || height === null ? null : { width, height };
  }
}

export interface LabelMeFile {
  /** As the file has it: relative to the file, often on another machine. */
  readonly imagePath: string;
  readonly claimed: { readonly width: number; readonly height: number } | null;
  readonly labels: readonly ReadLabel[];
}

/** @throws LabelFileInvalid */
export async function readLabelMe(entry: ExportEntry, report: (issue: IssueLine) => void): Promise<LabelMeFile> {
  if (entry.bytes > largestFile)
    throw jsonProblem(entry.name, 1, `${entry.bytes} bytes`, `at most ${largestFile} for one image`);
  const document = new LabelMeDocument(entry.name, report);
  for await (const _ of streamJson(entry, document));
  return document;
}

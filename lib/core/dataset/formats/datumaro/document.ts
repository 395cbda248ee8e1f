// One Datumaro file, read in two passes: first its classes, which may stand behind the items, then the items one by one.
import type { IssueLine } from "../../../../contracts/dataset.ts";
import { isBobbinError } from "../../../../contracts/errors.ts";
import type { ExportEntry } from "../../../ports.ts";
import { issueOf } from "../../issue-codes.ts";
import type { ReadLabel } from "../../reader.ts";
import { type JsonHandler, jsonProblem, parseJson, streamJson } from "../json/items.ts";
import { isObject, type JsonObject } from "../json/object.ts";
import { readAnnotation } from "./annotation.ts";

const mostClasses = 100_000;

const isItem = (value: unknown): value is JsonObject =>
  isObject(value) && (typeof value.id === "string" || typeof value.id === "number") && Array.isArray(value.annotations);

/** Keys of other formats: a file that has one is told at once, for it may be large. */
const foreign = new Set(["", "images", "annotations", "shapes"]);

/** By its first item: an id and annotations. */
export async function looksLikeDatumaro(entry: ExportEntry): Promise<boolean> {
  let found: boolean | null = null;
  const handler: JsonHandler = {
    item(key, bytes) {
      if (foreign.has(key)) found ??= false;
      else if (key === "items") found ??= isItem(parseJson(bytes));
    },
  };
  try {
    for await (const _ of streamJson(entry, handler)) if (found !== null) return found;
  } catch (error) {
    if (!isBobbinError(error, "LabelFileInvalid")) throw error;
  }
  return found ?? false;
}

/** @throws LabelFileInvalid */
function classesOf(categories: unknown, file: string, line: number): string[] {
  const label = isObject(categories) ? categories.label : undefined;
  const labels = isObject(label) && Array.isArray(label.labels) ? (label.labels as unknown[]) : [];
  if (labels.length > mostClasses) throw jsonProblem(file, line, `${labels.length} labels`, "fewer");
  return labels.map((each) => {
    if (isObject(each) && typeof each.name === "string" && each.name !== "") return each.name;
    throw jsonProblem(file, line, "a label without name", "a name");
  });
}

/** Classes by id. @throws LabelFileInvalid */
export async function readClasses(entry: ExportEntry): Promise<readonly string[]> {
  let names: readonly string[] = [];
  for await (const _ of streamJson(entry, {
    item(key, bytes, ordinal, line) {
      if (key === "categories" && ordinal === 0) names = classesOf(parseJson(bytes), entry.name, line);
    },
  }));
  return names;
}

export interface DatumaroItem {
  readonly id: string;
  /** The image's path below the folder of images; null where the item names none. */
  readonly path: string | null;
  readonly claimed: { readonly width: number; readonly height: number } | null;
  readonly labels: readonly ReadLabel[];
  /** 1-based place in the file's list. */
  readonly ordinal: number;
}

function claimOf(image: unknown): DatumaroItem["claimed"] {
  const size = isObject(image) && Array.isArray(image.size) ? (image.size as unknown[]) : [];
  const [height, width] = size;
  const isSide = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value) && value > 0;
  return size.length === 2 && isSide(height) && isSide(width) ? { width, height } : null;
}

class ItemReader implements JsonHandler {
  readonly ready: DatumaroItem[] = [];
  readonly #file: string;
  readonly #names: readonly string[];
  readonly #report: (issue: IssueLine) => void;

  constructor(file: string, names: readonly string[], report: (issue: IssueLine) => void) {
    this.#file = file;
    this.#names = names;
    this.#report = report;
  }

  item(key: string, bytes: Buffer, ordinal: number, line: number): void {
    if (key !== "items" || ordinal === 0) return;
    const item = parseJson(bytes);
    if (!isItem(item)) throw jsonProblem(this.#file, line, `item ${ordinal} that is none`, "id and annotations");
    const id = String(item.id);
    const { image } = item;
    const path = isObject(image) && typeof image.path === "string" && image.path !== "" ? image.path : null;
    const labels = (item.annotations as unknown[]).flatMap((each) => this.#labelOf(each, id, ordinal));
    this.ready.push({ id, path, claimed: claimOf(image), labels, ordinal });
  }

  #labelOf(annotation: unknown, frame: string, line: number): readonly ReadLabel[] {
    const read = isObject(annotation)
      ? readAnnotation(annotation, this.#names)
      : ({ code: "LabelUnreadable", found: "an annotation that is no object", wanted: "type and label_id" } as const);
    if (!("code" in read)) return [{ ...read, relative: false, file: this.#file, line }];
    const { code, found, wanted } = read;
    this.#report(
      issueOf(code, { file: this.#file, line, ...(frame === "" ? {} : { frame }), found, wanted, labels: 1 }),
    );
    return [];
  }
}

/** @throws LabelFileInvalid */
export async function* datumaroItems(
  entry: ExportEntry,
  names: readonly string[],
  report: (issue: IssueLine) => void,
): AsyncGenerator<DatumaroItem> {
  const reader = new ItemReader(entry.name, names, report);
  for await (const _ of streamJson(entry, reader)) yield* reader.ready.splice(0);
}

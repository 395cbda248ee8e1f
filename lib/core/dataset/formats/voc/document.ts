// One XML file of Pascal VOC: an image's name and size, and its objects. Parts of an object (a person's head) are labels of their own.
import type { Box } from "../../../../contracts/common.ts";
import type { IssueLine, Label } from "../../../../contracts/dataset.ts";
import type { ExportEntry } from "../../../ports.ts";
import { issueOf } from "../../issue-codes.ts";
import type { ReadLabel } from "../../reader.ts";
import { boundsOf } from "../bounds.ts";
import { streamXml, type XmlHandler, xmlProblem } from "../cvat/xml.ts";
import { readHead } from "../files.ts";
import { parseDecimal, parseWhole, quoted } from "../numbers.ts";

/** Largest file of one image. */
const largestVoc = 16 * 1024 * 1024;
const headBytes = 4096;

/** LabelMe's XML has the same root and other shapes. */
export async function looksLikeVoc(entry: ExportEntry): Promise<boolean> {
  const head = new TextDecoder("utf-8").decode(await readHead(entry, headBytes));
  const plain = head
    .replace(/<\?[\s\S]*?\?>|<!--[\s\S]*?-->/g, "")
    .trimStart()
    .replace(/^\ufeff/, "");
  return (
    /^<annotation[\s>]/.test(plain) &&
    /<(?:filename|size|object)[\s>]/.test(plain) &&
    !/<pt>|<imagesize[\s>]/.test(plain)
  );
}

interface OpenObject {
  readonly line: number;
  readonly isPart: boolean;
  readonly values: Map<string, string>;
  readonly box: Map<string, string>;
  readonly polygon: Map<string, string>;
  readonly attributes: Map<string, string>;
}

/** Fields of an object that are flags, kept as attributes where they say something. */
const flags = ["pose", "truncated", "difficult", "occluded"];
const silent = new Set(["", "0", "Unspecified"]);

class Unreadable extends Error {
  readonly found: string;
  readonly wanted: string;

  constructor(found: string, wanted: string) {
    super(found);
    this.found = found;
    this.wanted = wanted;
  }
}

function number(values: ReadonlyMap<string, string>, key: string): number {
  const text = values.get(key);
  const value = parseDecimal(text ?? "");
  if (value === null)
    throw new Unreadable(text === undefined ? `no ${key}` : `${key} ${quoted(text)}`, `a number ${key}`);
  return value;
}

/** Roboflow's polygons: x1, y1, x2, y2, … as elements. */
function polygonOf(values: ReadonlyMap<string, string>): number[] | null {
  const points: number[] = [];
  for (let at = 1; values.has(`x${at}`); at++) points.push(number(values, `x${at}`), number(values, `y${at}`));
  return points.length >= 6 ? points : null;
}

function labelOf({ values, box, polygon, attributes }: OpenObject): Label {
  const name = values.get("name") ?? "";
  const others = new Map(attributes);
  for (const flag of flags) {
    const value = values.get(flag) ?? "";
    if (flag !== "occluded" && !silent.has(value)) others.set(flag, value);
  }
  const rest = {
    ...(values.get("occluded") === "1" ? { occluded: true } : {}),
    ...(others.size > 0 ? { attributes: Object.fromEntries(others) } : {}),
  };
  const points = polygonOf(polygon);
  if (points !== null) return { class: name, kind: "polygon", box: boundsOf(points), points, ...rest };
  const [left, top, right, bottom] = ["xmin", "ymin", "xmax", "ymax"].map((key) => number(box, key)) as Box;
  if (right < left || bottom < top)
    throw new Unreadable(`a box from ${left},${top} to ${right},${bottom}`, "its top left corner first");
  return { class: name, kind: "box", box: [left, top, right, bottom], ...rest };
}

class VocDocument implements XmlHandler {
  fileName = "";
  readonly labels: ReadLabel[] = [];
  readonly #file: string;
  readonly #report: (issue: IssueLine) => void;
  readonly #path: string[] = [];
  readonly #size = new Map<string, string>();
  readonly #objects: OpenObject[] = [];
  #attributeName = "";
  #text = "";

  constructor(file: string, report: (issue: IssueLine) => void) {
    this.#file = file;
    this.#report = report;
  }

  get claimed(): { readonly width: number; readonly height: number } | null {
    const [width, height] = [parseWhole(this.#size.get("width") ?? ""), parseWhole(this.#size.get("height") ?? "")];
    return width === null || height === null || width < 1 || height < 1 ? null : { width, height };
  }

  open(name: string, _: unknown, line: number): void {
    this.#path.push(name);
    this.#text = "";
    if (this.#path.length === 1 && name !== "annotation")
      throw xmlProblem(this.#file, line, `<${name}>`, "<annotation>");
    if (name === "object" || name === "part") {
      const fresh = { values: new Map(), box: new Map(), polygon: new Map(), attributes: new Map() };
      this.#objects.push({ line, isPart: name === "part", ...fresh });
    }
  }

  text(text: string): void {
    if (this.#text.length < 10_000) this.#text += text;
  }

  close(name: string): void {
    const value = this.#text.trim();
    const parent = this.#path.at(-2);
    const object = this.#objects.at(-1);
    this.#path.pop();
    this.#text = "";
    if (object === undefined) {
      if (name === "filename" && parent === "annotation") this.fileName = value;
      else if (parent === "size") this.#size.set(name, value);
    } else if (name === "object" || name === "part") {
      this.#objects.pop();
      this.#end(object);
    } else if (parent === "object" || parent === "part") object.values.set(name, value);
    else if (parent === "bndbox") object.box.set(name, value);
    else if (parent === "polygon") object.polygon.set(name, value);
    else if (parent === "actions") object.attributes.set(name, value);
    else if (parent === "attribute" && name === "name") this.#attributeName = value;
    else if (parent === "attribute" && name === "value") object.attributes.set(this.#attributeName, value);
  }

  #end(object: OpenObject): void {
    const place = { file: this.#file, line: object.line, labels: 1 };
    if ((object.values.get("name") ?? "") === "") {
      const found = "an object without name";
      this.#report(issueOf("LabelWithoutClass", { ...place, found, wanted: "a class" }));
      return;
    }
    try {
      this.labels.push({ label: labelOf(object), relative: false, file: this.#file, line: object.line });
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.#report(issueOf("LabelUnreadable", { ...place, found: error.found, wanted: error.wanted }));
    }
  }
}

export interface VocFile {
  /** <filename>; "" where there is none. */
  readonly fileName: string;
  readonly claimed: { readonly width: number; readonly height: number } | null;
  readonly labels: readonly ReadLabel[];
}

/** @throws LabelFileInvalid */
export async function readVoc(entry: ExportEntry, report: (issue: IssueLine) => void): Promise<VocFile> {
  if (entry.bytes > largestVoc)
    throw xmlProblem(entry.name, 1, `${entry.bytes} bytes`, `at most ${largestVoc} for one image`);
  const document = new VocDocument(entry.name, report);
  for await (const _ of streamXml(entry, document));
  return document;
}

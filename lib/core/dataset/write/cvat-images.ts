// Writes CVAT for images 1.1, to put labels or predictions back into CVAT: annotations.xml and the images.
import type { Label } from "../../../contracts/dataset.ts";
import { shapeRuns } from "../../evaluation/raster.ts";
import { boxOfRuns, runsWithin } from "../mask.ts";
import { outlinesOf } from "../outlines.ts";
import { type Losses, type OutFile, pixels, type WriteOptions, type Writer, type WrittenFrame } from "../writer.ts";
import { radiiOf, unturnedBox } from "./unturned.ts";

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
  "\r": "&#13;",
  "\t": "&#9;",
};

/** Control characters, halves of surrogate pairs and the last two of the plane: no XML may hold them. */
const unheld = /[\p{Cc}\p{Cs}\ufffe\uffff]/gu;

/** Text as it may stand in an element or an attribute. */
function escaped(text: string): string {
  const safe = text.replace(/[&<>"\n\r\t]/g, (character) => escapes[character] ?? character);
  return safe.replace(unheld, "\ufffd");
}

type Attributes = Readonly<Record<string, string | number>>;

const cuboidCorners = ["tl1", "bl1", "tr1", "br1", "tl2", "bl2", "tr2", "br2"];

function pointText(points: readonly number[]): string {
  const pairs: string[] = [];
  for (let at = 0; at + 1 < points.length; at += 2)
    pairs.push(`${pixels(points[at] ?? 0)},${pixels(points[at + 1] ?? 0)}`);
  return pairs.join(";");
}

function boxAttributes(box: readonly number[], rotation: number | undefined): Attributes {
  const [xtl = 0, ytl = 0, xbr = 0, ybr = 0] = box.map(pixels);
  return { xtl, ytl, xbr, ybr, ...(rotation === undefined ? {} : { rotation: pixels(rotation) }) };
}

function ellipseAttributes(label: Label): Attributes | null {
  const ellipse = radiiOf(label);
  if (ellipse === null) return null;
  const [cx = 0, cy = 0, rx = 0, ry = 0] = [ellipse.cx, ellipse.cy, ellipse.rx, ellipse.ry].map(pixels);
  return { cx, cy, rx, ry, ...(label.rotation === undefined ? {} : { rotation: pixels(label.rotation) }) };
}

/** The run lengths along the rows of a mask's own rectangle; null where nothing of it lies in the picture. */
function maskAttributes(label: Label, { width, height }: WrittenFrame): Attributes | null {
  const outlines = outlinesOf(label) ?? [];
  // Rows and columns change places: so the runs go along the rows.
  const turned = outlines.map((points) => points.map((_, at) => points[at % 2 === 0 ? at + 1 : at - 1] ?? 0));
  const runs = { runs: shapeRuns(turned, height, width), width: height, height: width };
  const box = boxOfRuns(runs);
  if (box === null) return null;
  const [top, left, bottom, right] = box;
  return { rle: runsWithin(runs, box).join(", "), left, top, width: right - left, height: bottom - top };
}

/** Element and place of each shape that a label becomes; none where CVAT has no field for it. */
function shapesOf(label: Label, frame: WrittenFrame): readonly (readonly [string, Attributes])[] {
  const { kind, box, points } = label;
  if (kind === "tag") return [["tag", {}]];
  if (kind === "box" && box !== undefined) return [["box", boxAttributes(box, undefined)]];
  if (kind === "rotatedBox") {
    const upright = unturnedBox(label);
    return upright === null ? [] : [["box", boxAttributes(upright, label.rotation)]];
  }
  if (kind === "ellipse") {
    const attributes = ellipseAttributes(label);
    return attributes === null ? [] : [["ellipse", attributes]];
  }
  if (kind === "cuboid" && points?.length === 16) {
    const corners = cuboidCorners.flatMap((corner, at): [string, number][] => [
      [`x${corner}`, pixels(points[at * 2] ?? 0)],
      [`y${corner}`, pixels(points[at * 2 + 1] ?? 0)],
    ]);
    return [["cuboid", Object.fromEntries(corners)]];
  }
  if (kind === "mask") {
    const attributes = maskAttributes(label, frame);
    return attributes === null ? [] : [["mask", attributes]];
  }
  if ((kind === "polygon" || kind === "polyline" || kind === "points") && points !== undefined) {
    return [points, ...(label.parts ?? [])].map((each) => [kind, { points: pointText(each) }] as const);
  }
  return [];
}

const written = (attributes: Attributes) =>
  Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join("");

class ImageWriter {
  /** Attribute names by class, for the head of the file. */
  readonly attributes = new Map<string, Set<string>>();
  #id = 0;
  #group = 0;
  readonly #losses: Losses;

  constructor({ classes, losses }: WriteOptions) {
    for (const name of classes.names) this.attributes.set(name, new Set());
    this.#losses = losses;
  }

  image(frame: WrittenFrame): string {
    const { name, width, height, labels } = frame;
    const head = written({ id: this.#id, name, width, height });
    this.#id += 1;
    return `  <image${head}>\n${labels.map((label) => this.#label(label, frame)).join("")}  </image>\n`;
  }

  #label(label: Label, frame: WrittenFrame): string {
    const shapes = shapesOf(label, frame);
    if (shapes.length === 0) this.#losses.add(label.kind, true);
    if (shapes.length > 1) {
      this.#losses.add("a polygon of several parts as one label (its parts are a group)", false);
      this.#group += 1;
    }
    const group: Attributes = shapes.length > 1 ? { group_id: this.#group } : {};
    const names = this.attributes.get(label.class) ?? new Set();
    this.attributes.set(label.class, names);
    const values = Object.entries(label.attributes ?? {});
    for (const [name] of values) names.add(name);
    const inside = values.map(
      ([name, value]) => `      <attribute name="${escaped(name)}">${escaped(value)}</attribute>\n`,
    );
    return shapes
      .map(([element, place]) => {
        const common: Attributes = { label: label.class, source: "file" };
        const seen: Attributes = element === "tag" ? {} : { occluded: label.occluded === true ? 1 : 0, z_order: 0 };
        return `    <${element}${written({ ...common, ...seen, ...place, ...group })}>\n${inside.join("")}    </${element}>\n`;
      })
      .join("");
  }
}

function headOf(attributes: ReadonlyMap<string, ReadonlySet<string>>, size: number): string {
  const labels = [...attributes].map(([name, names]) => {
    const fields = [...names].map(
      (attribute) =>
        `            <attribute><name>${escaped(attribute)}</name><mutable>False</mutable>` +
        "<input_type>text</input_type><default_value></default_value><values></values></attribute>\n",
    );
    return `        <label>\n          <name>${escaped(name)}</name>\n          <attributes>\n${fields.join("")}          </attributes>\n        </label>\n`;
  });
  return (
    `<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n  <meta>\n    <task>\n` +
    `      <size>${size}</size>\n      <mode>annotation</mode>\n      <labels>\n${labels.join("")}      </labels>\n` +
    "    </task>\n  </meta>\n"
  );
}

async function* document(images: readonly string[], writer: ImageWriter): AsyncGenerator<Uint8Array> {
  yield Buffer.from(headOf(writer.attributes, images.length));
  for (let at = 0; at < images.length; at += 100) yield Buffer.from(images.slice(at, at + 100).join(""));
  yield Buffer.from("</annotations>\n");
}

export const cvatImagesWriter: Writer = {
  id: "cvat",
  title: "CVAT for images 1.1",
  async *write(frames, options): AsyncGenerator<OutFile> {
    const writer = new ImageWriter(options);
    const images: string[] = [];
    for await (const frame of frames) {
      // An image that the file does not list is one that nobody looked at.
      if (frame.labelled) images.push(writer.image(frame));
      if (frame.image !== null) yield { path: `images/${frame.name}`, bytes: await frame.image() };
    }
    yield { path: "annotations.xml", bytes: document(images, writer) };
  },
};

// CVAT's shapes as labels: from the attributes of one XML element to a kind, a bounding box and vertices, in pixels.
import type { Box } from "../../../../contracts/common.ts";
import type { Label } from "../../../../contracts/dataset.ts";
import { fromRows } from "../../mask.ts";
import type { MaskNote, ReadLabel } from "../../reader.ts";
import { boundsOf } from "../bounds.ts";
import { outlinedMask } from "../masks.ts";
import { parseDecimal, parseWhole, quoted } from "../numbers.ts";
import { turned } from "../turned.ts";

export type Attributes = Readonly<Record<string, string>>;

/** One shape element with all that stood in it. */
export interface ShapeElement {
  readonly kind: string;
  readonly line: number;
  readonly attributes: Attributes;
  /** `<attribute name="…">text</attribute>` children. */
  readonly values: Readonly<Record<string, string>>;
  /** Points of a skeleton. */
  readonly children: readonly Attributes[];
}

/** Why a shape could not be read. */
export class ShapeProblem extends Error {
  readonly found: string;
  readonly wanted: string;

  constructor(found: string, wanted: string) {
    super(`found ${found}, wanted ${wanted}`);
    this.found = found;
    this.wanted = wanted;
  }
}

type Geometry = Pick<Label, "kind" | "box" | "points" | "parts" | "rotation"> & { readonly mask?: MaskNote };

function number(attributes: Attributes, name: string): number {
  const text = attributes[name];
  if (text === undefined) throw new ShapeProblem(`no ${name}`, `a number ${name}`);
  const value = parseDecimal(text);
  if (value === null) throw new ShapeProblem(`${name}=${quoted(text)}`, "a finite decimal number");
  return value;
}

function numberOr(attributes: Attributes, name: string, fallback: number): number {
  return attributes[name] === undefined || attributes[name] === "" ? fallback : number(attributes, name);
}

/** `x,y;x,y;…` as a flat list. */
function pointList(text: string, fewest: number): number[] {
  const pairs = text === "" ? [] : text.split(";");
  const points = pairs.flatMap((pair) => {
    const values = pair.split(",").map((value) => parseDecimal(value.trim()));
    const [x, y] = values;
    if (values.length !== 2 || x === null || y === null || x === undefined || y === undefined) {
      throw new ShapeProblem(`the point ${quoted(pair)}`, "x,y");
    }
    return [x, y];
  });
  if (pairs.length < fewest) throw new ShapeProblem(`${pairs.length} points`, `at least ${fewest}`);
  return points;
}

function boxGeometry(attributes: Attributes): Geometry {
  const [left, top, right, bottom] = ["xtl", "ytl", "xbr", "ybr"].map((name) => number(attributes, name)) as Box;
  if (right < left || bottom < top)
    throw new ShapeProblem(`a box from ${left},${top} to ${right},${bottom}`, "its top left corner first");
  const rotation = numberOr(attributes, "rotation", 0) % 360;
  if (rotation === 0) return { kind: "box", box: [left, top, right, bottom] };
  const corners = [left, top, right, top, right, bottom, left, bottom];
  const points = turned(corners, (left + right) / 2, (top + bottom) / 2, rotation);
  return { kind: "rotatedBox", box: boundsOf(points), points, rotation };
}

/** The box of a turned ellipse reaches √(rx²cos² + ry²sin²) to the side. */
function ellipseGeometry(attributes: Attributes): Geometry {
  const [cx, cy, rx, ry] = ["cx", "cy", "rx", "ry"].map((name) => number(attributes, name)) as Box;
  if (rx < 0 || ry < 0) throw new ShapeProblem(`radii ${rx} and ${ry}`, "no negative radius");
  const rotation = numberOr(attributes, "rotation", 0) % 360;
  const angle = (rotation * Math.PI) / 180;
  const halfWidth = Math.hypot(rx * Math.cos(angle), ry * Math.sin(angle));
  const halfHeight = Math.hypot(rx * Math.sin(angle), ry * Math.cos(angle));
  const box: Box = [cx - halfWidth, cy - halfHeight, cx + halfWidth, cy + halfHeight];
  return rotation === 0 ? { kind: "ellipse", box } : { kind: "ellipse", box, rotation };
}

const cuboidCorners = ["tl1", "bl1", "tr1", "br1", "tl2", "bl2", "tr2", "br2"];

function cuboidGeometry(attributes: Attributes): Geometry {
  const points = cuboidCorners.flatMap((corner) => [
    number(attributes, `x${corner}`),
    number(attributes, `y${corner}`),
  ]);
  return { kind: "cuboid", box: boundsOf(points), points };
}

/** A mask of a track is in every frame until it leaves: it is drawn once. */
const drawn = new WeakMap<Attributes, Geometry>();

function maskGeometry(attributes: Attributes): Geometry {
  const known = drawn.get(attributes) ?? drawMask(attributes);
  drawn.set(attributes, known);
  return known;
}

/** Run lengths along the rows of the mask's own rectangle, which they must fill. */
function drawMask(attributes: Attributes): Geometry {
  const [left, top, width, height] = ["left", "top", "width", "height"].map((name) => number(attributes, name)) as Box;
  if (!Number.isInteger(width) || !Number.isInteger(height))
    throw new ShapeProblem(`a mask of ${width} × ${height} pixels`, "whole pixels");
  const runs: number[] = [];
  let pixels = 0;
  for (const run of (attributes.rle ?? "").split(",")) {
    const length = parseWhole(run.trim());
    if (length === null) throw new ShapeProblem(`the run length ${quoted(run)}`, "whole numbers");
    runs.push(length);
    pixels += length;
  }
  if (pixels !== width * height)
    throw new ShapeProblem(`run lengths of ${pixels} pixels`, `${width} × ${height} pixels`);
  const { geometry, mask } = outlinedMask(fromRows(runs, width, height), (x, y) => [left + x, top + y]);
  return { kind: "mask", box: [left, top, left + width, top + height], ...geometry, mask };
}

/** Points marked `outside` are not in the picture: kept as vertices no more than as part of the box. */
function skeletonGeometry({ children }: ShapeElement): Geometry {
  const points = children
    .filter((child) => child.outside !== "1")
    .flatMap((child) => pointList(child.points ?? "", 1).slice(0, 2));
  return points.length === 0 ? { kind: "skeleton" } : { kind: "skeleton", box: boundsOf(points), points };
}

function pointsGeometry(kind: "polygon" | "polyline" | "points", attributes: Attributes, fewest: number): Geometry {
  const points = pointList(attributes.points ?? "", fewest);
  return { kind, box: boundsOf(points), points };
}

const geometries: ReadonlyMap<string, (shape: ShapeElement) => Geometry> = new Map<
  string,
  (shape: ShapeElement) => Geometry
>([
  ["box", ({ attributes }) => boxGeometry(attributes)],
  ["polygon", ({ attributes }) => pointsGeometry("polygon", attributes, 3)],
  ["polyline", ({ attributes }) => pointsGeometry("polyline", attributes, 2)],
  ["points", ({ attributes }) => pointsGeometry("points", attributes, 1)],
  ["ellipse", ({ attributes }) => ellipseGeometry(attributes)],
  ["cuboid", ({ attributes }) => cuboidGeometry(attributes)],
  ["mask", ({ attributes }) => maskGeometry(attributes)],
  ["skeleton", skeletonGeometry],
  ["tag", () => ({ kind: "tag" })],
]);

export const isShape = (kind: string): boolean => geometries.has(kind);

/** @throws ShapeProblem */
export function readShape(shape: ShapeElement): Pick<ReadLabel, "label" | "mask"> {
  const geometry = geometries.get(shape.kind);
  if (geometry === undefined) throw new ShapeProblem(`a <${shape.kind}>`, "a shape of CVAT");
  const occluded = shape.attributes.occluded;
  const { mask, ...place } = geometry(shape);
  const label: Label = {
    class: shape.attributes.label ?? "",
    ...place,
    ...(occluded === "1" ? { occluded: true } : {}),
    ...(Object.keys(shape.values).length > 0 ? { attributes: shape.values } : {}),
  };
  return mask === undefined ? { label } : { label, mask };
}

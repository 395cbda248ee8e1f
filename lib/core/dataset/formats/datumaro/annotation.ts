// One annotation of Datumaro JSON as a label, in pixels: its type says what it is.
import type { Box } from "../../../../contracts/common.ts";
import type { Label } from "../../../../contracts/dataset.ts";
import { boxOfRuns } from "../../mask.ts";
import type { MaskNote } from "../../reader.ts";
import { boundsOf } from "../bounds.ts";
import { parseRle } from "../coco/rle.ts";
import { textAttributes } from "../json/attributes.ts";
import { isObject, type JsonObject } from "../json/object.ts";
import { boxGeometry, boxOfSize, isNumbers, rotationOf, type ShapeFault, shown, Unreadable } from "../json/shapes.ts";
import { outlinedMask } from "../masks.ts";

type Geometry = Pick<Label, "kind" | "box" | "points" | "parts" | "rotation"> & { readonly mask?: MaskNote };

function pointsOf(value: unknown, fewest: number, dimensions = 2): number[] {
  if (!isNumbers(value) || value.length % dimensions !== 0)
    throw new Unreadable(`points ${shown(value)}`, dimensions === 2 ? "x1, y1, x2, y2, …" : "x1, y1, visibility, …");
  const count = value.length / dimensions;
  if (count < fewest) throw new Unreadable(`${count} points`, `at least ${fewest}`);
  return value;
}

function drawn(kind: "polygon" | "polyline", value: unknown, fewest: number): Geometry {
  const points = pointsOf(value, fewest);
  return { kind, box: boundsOf(points), points };
}

/** 0: not in the picture; 1: hidden; 2: seen. */
function points({ points: value, visibility }: JsonObject): Geometry {
  const all = pointsOf(value, 1);
  const there = isNumbers(visibility) ? all.filter((_, at) => visibility[Math.floor(at / 2)] !== 0) : all;
  return there.length === 0 ? { kind: "points" } : { kind: "points", box: boundsOf(there), points: there };
}

/** Its points as elements of their own, or each with its visibility behind it. */
function skeleton({ points: value, elements }: JsonObject): Geometry {
  const there = Array.isArray(elements)
    ? elements.filter(isObject).flatMap((each) => points(each).points ?? [])
    : pointsOf(value, 1, 3).filter((_, at, all) => at % 3 < 2 && all[at - (at % 3) + 2] !== 0);
  return there.length === 0 ? { kind: "skeleton" } : { kind: "skeleton", box: boundsOf(there), points: there };
}

function mask({ rle }: JsonObject): Geometry {
  const runs = isObject(rle) ? parseRle(rle) : null;
  if (runs === null)
    throw new Unreadable("a mask whose run lengths do not fill it", "rle: counts and size [height, width]");
  const box = boxOfRuns(runs);
  const { geometry, mask: note } = outlinedMask(runs);
  return { kind: "mask", ...(box === null ? {} : { box }), ...geometry, mask: note };
}

/** The corners of its upright box. */
function ellipse({ points: value }: JsonObject, rotation: number): Geometry {
  const corners = pointsOf(value, 2);
  if (corners.length !== 4) throw new Unreadable(`an ellipse of ${corners.length / 2} points`, "2 corners of its box");
  const [left, top, right, bottom] = boundsOf(corners);
  if (rotation === 0) return { kind: "ellipse", box: [left, top, right, bottom] };
  const [rx, ry, angle] = [(right - left) / 2, (bottom - top) / 2, (rotation * Math.PI) / 180];
  const [cx, cy] = [(left + right) / 2, (top + bottom) / 2];
  const halfWidth = Math.hypot(rx * Math.cos(angle), ry * Math.sin(angle));
  const halfHeight = Math.hypot(rx * Math.sin(angle), ry * Math.cos(angle));
  const box: Box = [cx - halfWidth, cy - halfHeight, cx + halfWidth, cy + halfHeight];
  return { kind: "ellipse", box, rotation };
}

/** Eight corners, as pairs or in a row. */
function cuboid({ points: value }: JsonObject): Geometry {
  const corners = pointsOf(Array.isArray(value) ? value.flat() : value, 8);
  if (corners.length !== 16) throw new Unreadable(`a cuboid of ${corners.length / 2} points`, "8");
  return { kind: "cuboid", box: boundsOf(corners), points: corners };
}

const geometries: Readonly<Record<string, (annotation: JsonObject, rotation: number) => Geometry>> = {
  label: () => ({ kind: "tag" }),
  bbox: ({ bbox }, rotation) => boxGeometry(boxOfSize(bbox), rotation),
  polygon: ({ points: value }) => drawn("polygon", value, 3),
  polyline: ({ points: value }) => drawn("polyline", value, 2),
  points,
  skeleton,
  mask,
  ellipse,
  cuboid_2d: cuboid,
};

export interface DatumaroLabel {
  readonly label: Label;
  readonly mask?: MaskNote;
}

/** @param names classes by id */
export function readAnnotation(annotation: JsonObject, names: readonly string[]): DatumaroLabel | ShapeFault {
  const { type, label_id: id } = annotation;
  if (typeof type !== "string" || !Object.hasOwn(geometries, type))
    return { code: "LabelKindUnknown", found: `type ${shown(type)}`, wanted: Object.keys(geometries).join(", ") };
  if (id === null || id === undefined)
    return { code: "LabelWithoutClass", found: `a ${type} without label_id`, wanted: "a class" };
  const name = typeof id === "number" ? names[id] : undefined;
  if (name === undefined)
    return { code: "ClassIdUnknown", found: `label_id ${shown(id)}`, wanted: `one of ${names.length} labels, from 0` };
  const { occluded, rotation, ...others } = isObject(annotation.attributes) ? annotation.attributes : {};
  try {
    const { mask: note, ...place } = geometries[type]?.(annotation, rotationOf(rotation)) ?? { kind: "tag" };
    const attributes = textAttributes(others);
    const label: Label = {
      class: name,
      ...place,
      ...(occluded === true ? { occluded: true } : {}),
      ...(attributes === null ? {} : { attributes }),
    };
    return note === undefined ? { label } : { label, mask: note };
  } catch (error) {
    if (error instanceof Unreadable) return error.fault;
    throw error;
  }
}

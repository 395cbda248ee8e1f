// One annotation of COCO as a label, in pixels. What it is, its fields say: key points, a mask, a polygon, a box, or a class alone.
import type { Box } from "../../../../contracts/common.ts";
import type { Label } from "../../../../contracts/dataset.ts";
import { boxOfRuns } from "../../mask.ts";
import type { MaskNote } from "../../reader.ts";
import { pixels } from "../../writer.ts";
import { boundsOf } from "../bounds.ts";
import { textAttributes } from "../json/attributes.ts";
import { isObject, type JsonObject } from "../json/object.ts";
import { boxGeometry, boxOfSize, isNumbers, rotationOf, type ShapeFault, shown, Unreadable } from "../json/shapes.ts";
import { outlinedMask } from "../masks.ts";
import { parseRle } from "./rle.ts";

export interface ReadAnnotation {
  readonly label: Label;
  /** Worth a line although the label is kept. */
  readonly note: ShapeFault | null;
  readonly mask?: MaskNote;
}

/** Farther apart than rounding explains: a pixel, or 1 % of the larger side. */
const slackPixels = 1;
const slackShare = 0.01;

function boxOf(bbox: unknown): Box | null {
  if (bbox === undefined || bbox === null || (Array.isArray(bbox) && bbox.length === 0)) return null;
  return boxOfSize(bbox);
}

/** The polygons of a segmentation; lists without any point are how some programs write none. */
function polygonsOf(parts: readonly unknown[]): number[][] {
  const polygons: number[][] = [];
  for (const part of parts) {
    if (!isNumbers(part) || part.length % 2 !== 0)
      throw new Unreadable(`a polygon ${shown(part)}`, "x1, y1, x2, y2, …");
    if (part.length === 0) continue;
    if (part.length < 6) throw new Unreadable(`a polygon of ${part.length / 2} points`, "at least 3");
    polygons.push(part);
  }
  return polygons;
}

type Geometry = Pick<Label, "kind" | "box" | "points" | "parts" | "rotation"> & { readonly mask?: MaskNote };

/** Key points that are in the picture, marked or hidden; a triple with visibility 0 is one that nobody set. */
function keypointsOf(value: unknown): number[] {
  if (value === undefined || value === null) return [];
  if (!isNumbers(value) || value.length % 3 !== 0)
    throw new Unreadable(`keypoints ${shown(value)}`, "x, y, visibility, …");
  return value.filter((_, at) => at % 3 < 2 && (value[at - (at % 3) + 2] ?? 0) > 0);
}

function maskOf(segmentation: JsonObject, box: Box | null): Geometry {
  const runs = parseRle(segmentation);
  if (runs === null) throw new Unreadable("a mask whose run lengths do not fill it", "counts and size [height, width]");
  const bounds = box ?? boxOfRuns(runs);
  const { geometry, mask } = outlinedMask(runs);
  return { kind: "mask", ...(bounds === null ? {} : { box: bounds }), ...geometry, mask };
}

/** Its box is what was drawn; the file's `bbox` is a copy that programs have been seen to get wrong. */
function polygonGeometry(polygons: readonly number[][]): Geometry {
  const [points = [], ...parts] = polygons;
  return { kind: "polygon", box: boundsOf(polygons.flat()), points, ...(parts.length > 0 ? { parts } : {}) };
}

function geometryOf(annotation: JsonObject, rotation: number): Geometry {
  const box = boxOf(annotation.bbox);
  const { segmentation, iscrowd } = annotation;
  const isMask = isObject(segmentation);
  if (segmentation !== undefined && segmentation !== null && !isMask && !Array.isArray(segmentation)) {
    throw new Unreadable(`segmentation ${shown(segmentation)}`, "polygons or run lengths");
  }
  const polygons = Array.isArray(segmentation) ? polygonsOf(segmentation) : [];
  if (iscrowd === 1 || iscrowd === true) {
    if (isMask) return maskOf(segmentation, box);
    return { ...(polygons.length > 0 ? polygonGeometry(polygons) : box === null ? {} : { box }), kind: "mask" };
  }
  const points = keypointsOf(annotation.keypoints);
  if (points.length > 0) return { kind: "skeleton", box: box ?? boundsOf(points), points };
  if (isMask) return maskOf(segmentation, box);
  if (polygons.length > 0) return polygonGeometry(polygons);
  if (box === null) return { kind: "tag" };
  return boxGeometry(box, rotation);
}

/** Two numbers for one thing: where they contradict each other, somebody should look. */
function contradiction(bbox: unknown, { kind, box }: Geometry): ShapeFault | null {
  const claimed = boxOf(bbox);
  if (kind !== "polygon" || box === undefined || claimed === null) return null;
  const slack = Math.max(slackPixels, slackShare * Math.max(box[2] - box[0], box[3] - box[1]));
  if (box.every((value, at) => Math.abs(value - (claimed[at] ?? 0)) <= slack)) return null;
  return {
    code: "BoxNotBounds",
    found: `bbox ${shown(bbox)}`,
    wanted: `the polygon's, from ${pixels(box[0])},${pixels(box[1])} to ${pixels(box[2])},${pixels(box[3])}`,
  };
}

/** @param nameOf class name of a category id */
export function readAnnotation(
  annotation: JsonObject,
  nameOf: (id: unknown) => string | undefined,
): ReadAnnotation | ShapeFault {
  const name = nameOf(annotation.category_id);
  if (name === undefined) {
    const found = `category ${shown(annotation.category_id)}`;
    return { code: "ClassIdUnknown", found, wanted: "an id of the file's categories" };
  }
  if (annotation.score !== undefined) {
    return { code: "LabelHasConfidence", found: "a score", wanted: "labels, not predictions" };
  }
  const { occluded, rotation, ...others } = isObject(annotation.attributes) ? annotation.attributes : {};
  try {
    const { mask, ...geometry } = geometryOf(annotation, rotationOf(rotation));
    const isCrowd = annotation.iscrowd === 1 || annotation.iscrowd === true;
    const attributes = textAttributes(isCrowd ? { ...others, iscrowd: 1 } : others);
    const isHidden = occluded === true || occluded === 1;
    const label: Label = {
      class: name,
      ...geometry,
      ...(isHidden ? { occluded: true } : {}),
      ...(attributes === null ? {} : { attributes }),
    };
    return { label, note: contradiction(annotation.bbox, geometry), ...(mask === undefined ? {} : { mask }) };
  } catch (error) {
    if (error instanceof Unreadable) return error.fault;
    throw error;
  }
}

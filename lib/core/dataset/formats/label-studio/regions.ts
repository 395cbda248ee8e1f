// The results of one Label Studio annotation as labels, in pixels. A region is what shares an id: its place, its class, its
// choices and texts come as results of their own. Places are percents of the image; turns are about a rectangle's first corner.
import type { Box } from "../../../../contracts/common.ts";
import type { Label } from "../../../../contracts/dataset.ts";
import type { IssueCode } from "../../issue-codes.ts";
import { boundsOf } from "../bounds.ts";
import { isObject, type JsonObject } from "../json/object.ts";
import { turned } from "../turned.ts";

export interface RegionProblem {
  readonly code: IssueCode;
  readonly found: string;
  readonly wanted: string;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

class Refused extends Error {
  readonly problem: RegionProblem;

  constructor(found: string, wanted: string, code: IssueCode = "LabelUnreadable") {
    super(found);
    this.problem = { code, found, wanted };
  }
}

type Geometry = Pick<Label, "kind" | "box" | "points" | "rotation">;

function percent(value: JsonObject, key: string): number {
  const found = value[key];
  if (typeof found === "number" && Number.isFinite(found)) return found / 100;
  throw new Refused(`${key} ${JSON.stringify(found) ?? "missing"}`, `a number ${key}, in percent`);
}

const rotationOf = ({ rotation }: JsonObject) =>
  typeof rotation === "number" && Number.isFinite(rotation) ? ((rotation % 360) + 360) % 360 : 0;

function rectangle(value: JsonObject, { width, height }: Size): Geometry {
  const [left, top] = [percent(value, "x") * width, percent(value, "y") * height];
  const [right, bottom] = [left + percent(value, "width") * width, top + percent(value, "height") * height];
  if (right < left || bottom < top) throw new Refused("a negative size", "no negative size");
  const rotation = rotationOf(value);
  if (rotation === 0) return { kind: "box", box: [left, top, right, bottom] };
  const points = turned([left, top, right, top, right, bottom, left, bottom], left, top, rotation);
  return { kind: "rotatedBox", box: boundsOf(points), points, rotation };
}

function ellipse(value: JsonObject, { width, height }: Size): Geometry {
  const [cx, cy] = [percent(value, "x") * width, percent(value, "y") * height];
  const [rx, ry] = [percent(value, "radiusX") * width, percent(value, "radiusY") * height];
  const rotation = rotationOf(value);
  const angle = (rotation * Math.PI) / 180;
  const halfWidth = Math.hypot(rx * Math.cos(angle), ry * Math.sin(angle));
  const halfHeight = Math.hypot(rx * Math.sin(angle), ry * Math.cos(angle));
  const box: Box = [cx - halfWidth, cy - halfHeight, cx + halfWidth, cy + halfHeight];
  return rotation === 0 ? { kind: "ellipse", box } : { kind: "ellipse", box, rotation };
}

function polygon({ points }: JsonObject, { width, height }: Size): Geometry {
  if (!Array.isArray(points) || points.length < 3) throw new Refused("a polygon of too few points", "at least 3");
  const flat = points.flatMap((point: unknown) => {
    const [x, y] = Array.isArray(point) ? (point as unknown[]) : [];
    if (typeof x !== "number" || typeof y !== "number")
      throw new Refused(`the point ${JSON.stringify(point)}`, "[x, y]");
    return [(x / 100) * width, (y / 100) * height];
  });
  return { kind: "polygon", box: boundsOf(flat), points: flat };
}

function geometryOf(value: JsonObject, size: Size): Geometry | null {
  if ("rle" in value)
    throw new Refused("a brush mask", "rectangles, polygons, ellipses or key points", "LabelKindUnknown");
  if ("points" in value) return polygon(value, size);
  if ("radiusX" in value) return ellipse(value, size);
  if (!("x" in value && "y" in value)) return null;
  if ("height" in value) return rectangle(value, size);
  const [x, y] = [percent(value, "x") * size.width, percent(value, "y") * size.height];
  return { kind: "points", box: [x, y, x, y], points: [x, y] };
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === "string");

interface Region {
  readonly results: JsonObject[];
}

/** Regions in the order of their first result. What relates two regions, or is none of an image, is no region. */
export function regionsOf(results: readonly unknown[]): readonly Region[] {
  const regions = new Map<string, Region>();
  for (const [at, result] of results.entries()) {
    const isRelation = isObject(result) && result.type === "relation";
    if (isRelation) continue;
    const id = isObject(result) && typeof result.id === "string" ? result.id : `#${at}`;
    const region = regions.get(id);
    const read = isObject(result) ? result : {};
    if (region === undefined) regions.set(id, { results: [read] });
    else region.results.push(read);
  }
  return [...regions.values()];
}

/** Classes that a result names: `rectanglelabels` of a rectangle, `labels` of anything. */
function classesOf({ type, value }: JsonObject): readonly string[] {
  if (typeof type !== "string" || !isObject(value)) return [];
  const named = /labels$/.test(type) ? value[type] : undefined;
  return isTexts(named) ? named : [];
}

/** What else was said of a region, by the name of the question. */
function answersOf(results: readonly JsonObject[]): Record<string, string> {
  const answers: Record<string, string> = {};
  for (const { type, from_name: name, value } of results) {
    if (typeof name !== "string" || typeof type !== "string" || !isObject(value) || /labels$/.test(type)) continue;
    const answer = value[type];
    if (answer === undefined || type === "rectangle" || type === "polygon" || type === "ellipse") continue;
    answers[name] = isTexts(answer) ? answer.join(", ") : typeof answer === "string" ? answer : JSON.stringify(answer);
  }
  return answers;
}

function sizeOf(results: readonly JsonObject[]): Size | null {
  for (const { original_width: width, original_height: height } of results) {
    if (typeof width === "number" && typeof height === "number" && width > 0 && height > 0) return { width, height };
  }
  return null;
}

/** The image's size as the annotator saw it; null where no result says one. */
export function sizeOfRegions(regions: readonly Region[]): Size | null {
  for (const { results } of regions) {
    const size = sizeOf(results);
    if (size !== null && Number.isInteger(size.width) && Number.isInteger(size.height)) return size;
  }
  return null;
}

function read({ results }: Region): Label {
  const turn = results.find(({ image_rotation: rotation }) => typeof rotation === "number" && rotation !== 0);
  if (turn !== undefined) throw new Refused(`image_rotation ${turn.image_rotation}`, "labels on the image as it is");
  const classes = [...new Set(results.flatMap(classesOf))];
  const answers = answersOf(results);
  const size = sizeOf(results);
  const placed = results.find(({ value }) => isObject(value) && ("x" in value || "points" in value || "rle" in value));
  if (placed === undefined) return tagOf(results);
  if (classes.every((name) => name === "")) throw new Refused("a region without class", "a class", "LabelWithoutClass");
  if (classes.length > 1)
    throw new Refused(`${classes.length} classes: ${classes.join(", ").slice(0, 80)}`, "one class");
  if (size === null) throw new Refused("no original_width and original_height", "the size of the image");
  const geometry = isObject(placed.value) ? geometryOf(placed.value, size) : null;
  if (geometry === null) throw new Refused("a region without place", "x and y");
  return {
    class: classes[0] ?? "",
    ...geometry,
    ...(Object.keys(answers).length > 0 ? { attributes: answers } : {}),
  };
}

/** A choice about the whole image is its class. */
function tagOf(results: readonly JsonObject[]): Label {
  const choice = results.find(({ type }) => type === "choices");
  const choices = isObject(choice?.value) ? choice.value.choices : undefined;
  const [only, ...more] = isTexts(choices) ? choices : [];
  if (only === "" && more.length === 0) throw new Refused("a choice of no name", "a class", "LabelWithoutClass");
  if (only !== undefined && more.length === 0) return { class: only, kind: "tag" };
  const type = JSON.stringify(results[0]?.type) ?? "nothing";
  throw new Refused(
    `a result of type ${type.slice(0, 80)} about the image`,
    "regions, or one choice",
    "LabelKindUnknown",
  );
}

export function readRegion(region: Region): Label | RegionProblem {
  try {
    return read(region);
  } catch (error) {
    if (error instanceof Refused) return error.problem;
    throw error;
  }
}

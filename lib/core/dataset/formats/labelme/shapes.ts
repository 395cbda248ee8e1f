// The shapes of one LabelMe file as labels. Polygons of one class and group are one object in several parts, as LabelMe's own
// converters take them.
import type { Label } from "../../../../contracts/dataset.ts";
import { boundsOf } from "../bounds.ts";
import { textAttributes } from "../json/attributes.ts";
import { isObject, type JsonObject } from "../json/object.ts";
import { isNumbers, type ShapeFault, shown, Unreadable } from "../json/shapes.ts";

type Geometry = Pick<Label, "kind" | "box" | "points">;

/** x1, y1, x2, y2, … */
function pointsOf(value: unknown, fewest: number): number[] {
  if (!Array.isArray(value) || !value.every((point) => isNumbers(point) && point.length === 2))
    throw new Unreadable(`points ${shown(value)}`, "a list of [x, y]");
  if (value.length < fewest) throw new Unreadable(`${value.length} points`, `at least ${fewest}`);
  return value.flat();
}

function drawn(kind: "polygon" | "polyline" | "points", value: unknown, fewest: number): Geometry {
  const points = pointsOf(value, fewest);
  return { kind, box: boundsOf(points), points };
}

/** Two opposite corners in any order; some programs write all four. */
function rectangle(value: unknown): Geometry {
  const points = pointsOf(value, 2);
  if (points.length !== 4 && points.length !== 8)
    throw new Unreadable(`a rectangle of ${points.length / 2} points`, "2 or 4");
  const box = boundsOf(points);
  const isUpright = points.every((each, at) => each === box[at % 2] || each === box[(at % 2) + 2]);
  // Four corners of a turned one are an outline as good as any.
  return isUpright ? { kind: "box", box } : { kind: "polygon", box, points };
}

/** Its middle and a point of its border. */
function circle(value: unknown): Geometry {
  const [x = 0, y = 0, u = 0, v = 0, ...more] = pointsOf(value, 2);
  if (more.length > 0) throw new Unreadable(`a circle of ${2 + more.length / 2} points`, "2");
  const radius = Math.hypot(u - x, v - y);
  return { kind: "ellipse", box: [x - radius, y - radius, x + radius, y + radius] };
}

/** The corners of its rectangle, both of them within; the pixels are a picture of their own, which is not read. */
function mask(value: unknown): Geometry {
  const points = pointsOf(value, 2);
  const [left, top, right, bottom] = boundsOf(points);
  return { kind: "mask", box: [left, top, right + 1, bottom + 1] };
}

const geometries: Readonly<Record<string, (points: unknown) => Geometry>> = {
  polygon: (points) => drawn("polygon", points, 3),
  rectangle,
  circle,
  line: (points) => drawn("polyline", points, 2),
  linestrip: (points) => drawn("polyline", points, 2),
  point: (points) => drawn("points", points, 1),
  points: (points) => drawn("points", points, 1),
  mask,
};

/** What is said of a shape beside its place: the flags that are set, and what programs that write this format add. */
function attributesOf({ flags, description, attributes, difficult }: JsonObject): Record<string, string> | null {
  const set = Object.entries(isObject(flags) ? flags : {}).filter(([, value]) => value === true);
  return textAttributes({
    ...Object.fromEntries(set),
    ...(typeof description === "string" && description !== "" ? { description } : {}),
    ...(difficult === true ? { difficult } : {}),
    ...(isObject(attributes) ? attributes : {}),
  });
}

/** A shape without a type is a polygon: so it was before there were others. */
export function readShape(shape: JsonObject): Label | ShapeFault {
  const { label, shape_type: type = "polygon", points } = shape;
  const name = typeof label === "number" ? String(label) : label;
  if (typeof name !== "string" || name === "")
    return { code: "LabelWithoutClass", found: `a shape with label ${shown(label)}`, wanted: "a class" };
  if (typeof type !== "string" || !Object.hasOwn(geometries, type))
    return { code: "LabelKindUnknown", found: `shape_type ${shown(type)}`, wanted: Object.keys(geometries).join(", ") };
  try {
    const attributes = attributesOf(shape);
    const geometry = geometries[type]?.(points) ?? { kind: "tag" };
    return { class: name, ...geometry, ...(attributes === null ? {} : { attributes }) };
  } catch (error) {
    if (error instanceof Unreadable) return error.fault;
    throw error;
  }
}

/** Parts of one object, by what its shapes have in common; null for a shape that is an object alone. */
export function objectOf({ group_id: group, label }: JsonObject, { kind }: Label): string | null {
  if (kind !== "polygon" || (typeof group !== "number" && typeof group !== "string")) return null;
  return JSON.stringify([label, group]);
}

/** The first polygon with another as a further part. */
export function withPart(first: Label, { points = [] }: Label): Label {
  const parts = [...(first.parts ?? []), points];
  return { ...first, box: boundsOf([...(first.points ?? []), ...parts.flat()]), parts };
}

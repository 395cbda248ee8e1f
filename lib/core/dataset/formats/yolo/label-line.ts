// One line of an Ultralytics label file: class, then a box, a polygon, or a box with key points; fractions of the image.
// Nine columns are a polygon of four vertices: an oriented box looks the same, and only its reader's task tells them apart.
import type { Label } from "../../../../contracts/dataset.ts";
import type { IssueCode } from "../../issue-codes.ts";
import { boundsOf } from "../bounds.ts";
import { parseDecimal, parseWhole, quoted } from "../numbers.ts";

export interface LineProblem {
  readonly code: IssueCode;
  readonly found: string;
  readonly wanted: string;
}

export interface LineRules {
  /** Class name of an id; undefined where no name belongs to it. */
  readonly nameOf: (id: number) => string | undefined;
  /** How many ids have names, for the message. */
  readonly names: number;
  /** Columns of key points: number of points, values per point (2 or 3); null where the data set has none. */
  readonly keypoints: readonly [number, number] | null;
}

/** Beyond this a fraction is no fraction that slipped over the border. */
const largestFraction = 2;

/** No outline has so many corners: what has is no label file, and reading its numbers would take seconds. */
const mostColumns = 100_000;

type Shape = Pick<Label, "kind" | "box" | "points">;

function boxOf(cx: number, cy: number, width: number, height: number): [number, number, number, number] {
  return [cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2];
}

function boxShape(values: readonly number[]): Shape | LineProblem {
  const [cx = 0, cy = 0, width = 0, height = 0] = values;
  if (width < 0 || height < 0) return unreadable(`width ${width}, height ${height}`, "no negative size");
  return { kind: "box", box: boxOf(cx, cy, width, height) };
}

function poseShape(values: readonly number[], stride: number): Shape | LineProblem {
  const shape = boxShape(values);
  if ("code" in shape) return shape;
  const points = values.slice(4).filter((_, at) => at % stride < 2);
  return { kind: "skeleton", box: shape.box, points };
}

const unreadable = (found: string, wanted: string): LineProblem => ({ code: "LabelUnreadable", found, wanted });

function shapeOf(values: readonly number[], keypoints: LineRules["keypoints"]): Shape | LineProblem {
  const wantedPose = keypoints === null ? -1 : 4 + keypoints[0] * keypoints[1];
  if (keypoints !== null && values.length === wantedPose) return poseShape(values, keypoints[1]);
  if (values.length === 4) return boxShape(values);
  if (values.length === 5) {
    return { code: "LabelHasConfidence", found: "6 columns", wanted: "5 (class and box): labels, not predictions" };
  }
  if (keypoints === null && values.length >= 6 && values.length % 2 === 0) {
    return { kind: "polygon", box: boundsOf(values), points: [...values] };
  }
  const also = keypoints === null ? "an odd number from 7 (polygon)" : `${wantedPose + 1} (pose)`;
  return unreadable(`${values.length + 1} columns`, `5 (box) or ${also}`);
}

/** Key points of three values carry a visibility, which is no coordinate. */
function isCoordinate(at: number, rules: LineRules): boolean {
  return at < 4 || rules.keypoints === null || rules.keypoints[1] === 2 || (at - 4) % 3 < 2;
}

function readValues(tokens: readonly string[], rules: LineRules): readonly number[] | LineProblem {
  const values: number[] = [];
  for (let at = 1; at < tokens.length; at++) {
    const text = tokens[at] ?? "";
    const value = parseDecimal(text);
    if (value === null) return unreadable(`${quoted(text)} in column ${at + 1}`, "a finite decimal number");
    if (Math.abs(value) > largestFraction && isCoordinate(at - 1, rules)) {
      return {
        code: "LabelNotRelative",
        found: `${text} in column ${at + 1}`,
        wanted: "fractions of width and height, 0 to 1",
      };
    }
    values.push(value);
  }
  return values;
}

/** Single spaces, as programs write them, are split several times faster than by a pattern. */
function tokensOf(line: string): readonly string[] {
  return line.includes("\t") || line.includes("  ") ? line.split(/[ \t]+/) : line.split(" ");
}

/** Reads a line that is not blank. Its box and points are fractions. */
export function parseLabelLine(line: string, rules: LineRules): Label | LineProblem {
  const tokens = tokensOf(line.trim());
  const [first = ""] = tokens;
  const id = parseWhole(first);
  if (id === null) return unreadable(`class ${quoted(first)}`, "a whole number");
  if (tokens.length > mostColumns) return unreadable(`${tokens.length} columns`, `${mostColumns} at most`);
  const values = readValues(tokens, rules);
  if ("code" in values) return values;
  const shape = shapeOf(values, rules.keypoints);
  if ("code" in shape) return shape;
  const name = rules.nameOf(id);
  if (name === undefined)
    return { code: "ClassIdUnknown", found: `class ${id}`, wanted: `one of the ${rules.names} named classes` };
  return { class: name, ...shape };
}

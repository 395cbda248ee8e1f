// What the JSON formats have in common: numbers that are some, boxes that may be turned, and why a shape could not be read.
import type { Box } from "../../../../contracts/common.ts";
import type { Label } from "../../../../contracts/dataset.ts";
import type { IssueCode } from "../../issue-codes.ts";
import { boundsOf } from "../bounds.ts";
import { turned } from "../turned.ts";

export interface ShapeFault {
  readonly code: IssueCode;
  readonly found: string;
  readonly wanted: string;
}

export class Unreadable extends Error {
  readonly fault: ShapeFault;

  constructor(found: string, wanted: string, code: IssueCode = "LabelUnreadable") {
    super(found);
    this.fault = { code, found, wanted };
  }
}

/** A value as it may stand in an issue. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

export const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((each) => typeof each === "number" && Number.isFinite(each));

/** @throws Unreadable */
export function boxOfSize(bbox: unknown): Box {
  if (!isNumbers(bbox) || bbox.length !== 4) throw new Unreadable(`bbox ${shown(bbox)}`, "x, y, width, height");
  const [x = 0, y = 0, width = 0, height = 0] = bbox;
  if (width < 0 || height < 0) throw new Unreadable(`bbox ${shown(bbox)}`, "no negative size");
  return [x, y, x + width, y + height];
}

/** A box, turned about its middle by degrees clockwise. */
export function boxGeometry(box: Box, rotation: number): Pick<Label, "kind" | "box" | "points" | "rotation"> {
  if (rotation === 0) return { kind: "box", box };
  const [left, top, right, bottom] = box;
  const corners = [left, top, right, top, right, bottom, left, bottom];
  const points = turned(corners, (left + right) / 2, (top + bottom) / 2, rotation);
  return { kind: "rotatedBox", box: boundsOf(points), points, rotation };
}

/** Degrees below a full turn; 0 where it says none. */
export const rotationOf = (value: unknown): number =>
  typeof value === "number" && Number.isFinite(value) ? value % 360 : 0;

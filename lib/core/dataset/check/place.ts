// Where a label may lie: inside its image, with a little slack for how tools round.
import type { Box } from "../../../contracts/common.ts";
import type { Label } from "../../../contracts/dataset.ts";
import type { IssueCode } from "../issue-codes.ts";

export interface PlaceFinding {
  readonly code: IssueCode;
  readonly found: string;
  readonly wanted: string;
}

export interface Placed {
  /** null: the label is left out, as the finding says. */
  readonly label: Label | null;
  readonly finding: PlaceFinding | null;
}

/** A box may reach over the border by this much and is clipped: the larger of a pixel and 1 % of that side. */
const slackPixels = 1;
const slackShare = 0.01;
/** Below what label files resolve (CVAT 0.01 px, six decimals of 8,000 px 0.008): clipped without a line. */
const roundingPixels = 0.05;

type Size = { readonly width: number; readonly height: number };

const px = (value: number) => String(Math.round(value * 100) / 100);
const said = (box: Box) => `a box from ${px(box[0])},${px(box[1])} to ${px(box[2])},${px(box[3])}`;
const image = ({ width, height }: Size) => `inside ${width} × ${height} pixels`;

function clip(box: Box, { width, height }: Size): Box {
  return [Math.max(0, box[0]), Math.max(0, box[1]), Math.min(width, box[2]), Math.min(height, box[3])];
}

/** How far the box reaches over the border, sideways and up or down. */
function overhang(box: Box, { width, height }: Size): readonly [number, number] {
  return [Math.max(-box[0], box[2] - width), Math.max(-box[1], box[3] - height)];
}

const hasArea = (box: Box) => box[2] > box[0] && box[3] > box[1];
const out = (code: IssueCode, found: string, wanted: string): Placed => ({
  label: null,
  finding: { code, found, wanted },
});

function placeBox(label: Label, box: Box, size: Size): Placed {
  if (!hasArea(box)) return out("BoxEmpty", said(box), "a box with an area");
  const [over, above] = overhang(box, size);
  if (
    over > Math.max(slackPixels, size.width * slackShare) ||
    above > Math.max(slackPixels, size.height * slackShare)
  ) {
    return out("BoxOutsideImage", said(box), image(size));
  }
  const clipped = clip(box, size);
  if (!hasArea(clipped)) return out("BoxEmpty", said(box), `a box ${image(size)}`);
  const kept = { ...label, box: clipped };
  if (Math.max(over, above) > roundingPixels) {
    return { label: kept, finding: { code: "BoxClipped", found: said(box), wanted: image(size) } };
  }
  const tiny = clipped[2] - clipped[0] < 1 || clipped[3] - clipped[1] < 1;
  return { label: kept, finding: tiny ? { code: "BoxTiny", found: said(box), wanted: "at least a pixel" } : null };
}

/** Kinds that are nothing without an area. */
const areas: ReadonlySet<Label["kind"]> = new Set(["polygon", "ellipse", "mask", "rotatedBox"]);

/** Corners of turned boxes and cuboids stick out of the picture in honest work: only their bounding box is clipped. */
function placeShape(label: Label, box: Box, size: Size): Placed {
  if (areas.has(label.kind) && !hasArea(box)) return out("BoxEmpty", said(box), "a shape with an area");
  const clipped = clip(box, size);
  const gone = clipped[2] < clipped[0] || clipped[3] < clipped[1] || (hasArea(box) && !hasArea(clipped));
  if (gone) return out("ShapeOutsideImage", said(box), image(size));
  const over = Math.max(...overhang(box, size)) > roundingPixels;
  const finding = over ? ({ code: "ShapeClipped", found: said(box), wanted: image(size) } as const) : null;
  return { label: { ...label, box: clipped }, finding };
}

/** Judges one label, in pixels, against its image. */
export function placeLabel(label: Label, size: Size): Placed {
  if (label.kind === "tag") return { label, finding: null };
  const { box } = label;
  if (box === undefined) return out("ShapeOutsideImage", "a shape with no point in the picture", image(size));
  if (![...box, ...(label.points ?? []), ...(label.parts?.flat() ?? []), label.rotation ?? 0].every(Number.isFinite)) {
    return out("LabelNotFinite", "a coordinate that is not finite", "finite numbers");
  }
  return label.kind === "box" ? placeBox(label, box, size) : placeShape(label, box, size);
}

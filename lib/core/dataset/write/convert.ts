// Shapes made boxes of by named rules, on their way into a file; each is counted.
import type { Conversion } from "../../../contracts/config.ts";
import type { Label } from "../../../contracts/dataset.ts";
import { conversionOf, isCrowd } from "../manifest-classes.ts";
import type { WrittenFrame } from "../writer.ts";

/** Converted labels by rule. */
export type ConversionCounts = Map<Conversion, number>;

function converted(label: Label, rules: ReadonlySet<Conversion>, counts: ConversionCounts): Label {
  const rule = conversionOf[label.kind];
  if (rule === undefined || !rules.has(rule) || label.box === undefined || isCrowd(label)) return label;
  counts.set(rule, (counts.get(rule) ?? 0) + 1);
  const { points: _points, parts: _parts, rotation: _rotation, ...rest } = label;
  return { ...rest, kind: "box" };
}

export async function* convertFrames(
  frames: AsyncIterable<WrittenFrame>,
  conversions: readonly Conversion[],
  counts: ConversionCounts,
): AsyncGenerator<WrittenFrame> {
  const rules = new Set(conversions);
  for await (const frame of frames) {
    yield { ...frame, labels: frame.labels.map((label) => converted(label, rules, counts)) };
  }
}

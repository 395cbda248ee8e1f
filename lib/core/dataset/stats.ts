// stats.json: what a dataset version holds, counted once when it is made; the report and check read it.
import { type Part, parts } from "../../contracts/common.ts";
import type { DatasetStats, ManifestLine } from "../../contracts/dataset.ts";
import { boxCounts, type ClassTable } from "./manifest-classes.ts";

/** COCO's bounds between small, medium and large boxes, in square pixels. */
const smallBelow = 32 * 32;
const mediumBelow = 96 * 96;

export function datasetStats(
  lines: readonly ManifestLine[],
  partOf: ReadonlyMap<string, Part>,
  table: ClassTable,
  alike: DatasetStats["alike"],
): DatasetStats {
  const perPart = () => ({ train: 0, val: 0, test: 0, deployment: 0 });
  const frames = Object.fromEntries(
    parts.map((part) => [part, { withBoxes: 0, background: 0, unlabelled: 0 }]),
  ) as DatasetStats["frames"];
  const boxes = table.names.map(perPart);
  const framesWith = table.names.map(perPart);
  const groups = new Map<string, { group: string; part: Part; frames: number; boxes: number }>();
  for (const line of lines) {
    const part = partOf.get(line.group) ?? "train";
    const counts = boxCounts(line, table);
    const total = counts.reduce((sum, count) => sum + count, 0);
    frames[part][!table.says(line) ? "unlabelled" : total > 0 ? "withBoxes" : "background"] += 1;
    for (const [index, count] of counts.entries()) {
      const [ofClass, withClass] = [boxes[index], framesWith[index]];
      if (ofClass !== undefined) ofClass[part] += count;
      if (withClass !== undefined && count > 0) withClass[part] += 1;
    }
    const group = groups.get(line.group);
    if (group === undefined) groups.set(line.group, { group: line.group, part, frames: 1, boxes: total });
    else {
      group.frames += 1;
      group.boxes += total;
    }
  }
  return {
    schema: "bobbin/dataset-stats/1",
    frames,
    boxes: named(table, boxes),
    framesWith: named(table, framesWith),
    areas: areasOf(lines, table),
    sizes: sizesOf(lines),
    groups: [...groups.values()].sort((a, b) => (a.group < b.group ? -1 : 1)),
    alike,
  };
}

function named<T>({ names }: ClassTable, values: readonly T[]): Record<string, T> {
  return Object.fromEntries(values.map((value, index) => [names[index] ?? "", value]));
}

function areasOf(lines: readonly ManifestLine[], table: ClassTable): DatasetStats["areas"] {
  const found = table.names.map(() => ({ pixels: [] as number[], shares: [] as number[] }));
  for (const { labels, width, height } of lines) {
    for (const label of labels) {
      const box = table.boxOf(label);
      const ofClass = found[table.indexOf(label.class) ?? -1];
      if (box === null || ofClass === undefined) continue;
      const area = (box[2] - box[0]) * (box[3] - box[1]);
      ofClass.pixels.push(area);
      ofClass.shares.push(area / (width * height));
    }
  }
  const summed = found.map(({ pixels, shares }) => {
    const small = pixels.filter((area) => area < smallBelow).length;
    const large = pixels.filter((area) => area >= mediumBelow).length;
    return { small, medium: pixels.length - small - large, large, shares: quartiles(shares) };
  });
  return named(table, summed);
}

/** Least, first quartile, median, third quartile, most: each a value that occurs, rounded to six digits; zeroes for none. */
function quartiles(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const value = sorted[Math.round(share * (sorted.length - 1))] ?? 0;
    return Number(value.toFixed(6));
  });
}

function sizesOf(lines: readonly ManifestLine[]): DatasetStats["sizes"] {
  const sizes = new Map<string, { width: number; height: number; frames: number }>();
  for (const { width, height } of lines) {
    const key = `${width}x${height}`;
    sizes.set(key, { width, height, frames: (sizes.get(key)?.frames ?? 0) + 1 });
  }
  return [...sizes.values()].sort((a, b) => b.frames - a.frames || a.width - b.width || a.height - b.height);
}

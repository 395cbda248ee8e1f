// The sample by class: square crops of its real frames, of a plate or of the ground beside it, in a folder a class as Ultralytics
// reads them.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { openExport } from "../../lib/local/export-source/open.ts";
import { readExport } from "./read-export.ts";

const sample = join(import.meta.dirname, "../../samples/thaal/thaal-cvat.zip");
const [width, height] = [960, 540];

type Box = readonly [number, number, number, number];

/** The square around a box, inside the frame. */
function around([x1, y1, x2, y2]: Box): { left: number; top: number; width: number; height: number } {
  const side = Math.min(height, Math.ceil(Math.max(x2 - x1, y2 - y1)) + 8);
  const left = Math.round(Math.min(Math.max(0, (x1 + x2 - side) / 2), width - side));
  const top = Math.round(Math.min(Math.max(0, (y1 + y2 - side) / 2), height - side));
  return { left, top, width: side, height: side };
}

/** A square of the same size that no box reaches into, in the first corner that has one; null where none has. */
function beside(boxes: readonly Box[], side: number) {
  const corners = [
    [0, 0],
    [width - side, 0],
    [0, height - side],
    [width - side, height - side],
  ] as const;
  const free = corners.find(([x, y]) =>
    boxes.every(([x1, y1, x2, y2]) => x2 <= x || y2 <= y || x1 >= x + side || y1 >= y + side),
  );
  return free === undefined ? null : { left: free[0], top: free[1], width: side, height: side };
}

/**
 * @param most crops of each class of each of the three days, the largest day first
 * @param pathOf where a crop lies
 * @returns how many of each class were written
 */
export async function writeClassedSample(
  folder: string,
  most: readonly number[],
  pathOf: (name: string, className: string, day: number) => string = (name, className) => `${className}/${name}`,
): Promise<Record<string, number>> {
  const source = await openExport(sample);
  const { frames } = await readExport(source);
  const days = Map.groupBy(frames, ({ name }) => name.slice(0, "thaal_2025-09-11".length));
  const bySize = [...days.values()].sort((a, b) => b.length - a.length);
  const counts: Record<string, number> = { ground: 0, thaal: 0 };
  for (const [day, ofDay] of bySize.entries()) {
    let written = 0;
    for (const { name, image, labels } of ofDay) {
      const boxes = labels.flatMap(({ label }) => (label.box === undefined ? [] : [label.box as Box]));
      const [box] = boxes;
      const plate = box === undefined ? null : around(box);
      const ground = plate === null ? null : beside(boxes, plate.width);
      const bytes = await image?.read();
      if (plate === null || ground === null || bytes === undefined || written === (most[day] ?? 0)) continue;
      written += 1;
      for (const [className, region] of [
        ["thaal", plate],
        ["ground", ground],
      ] as const) {
        const file = join(folder, pathOf(name, className, day));
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, await sharp(bytes).extract(region).jpeg({ quality: 90 }).toBuffer());
        counts[className] = (counts[className] ?? 0) + 1;
      }
    }
  }
  await source.close();
  return counts;
}

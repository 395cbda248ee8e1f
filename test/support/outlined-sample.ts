// The sample with outlines: its plates are round, so each is the ellipse in its box. A COCO export of some of its real frames.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openExport } from "../../lib/local/export-source/open.ts";
import { readExport } from "./read-export.ts";

const sample = join(import.meta.dirname, "../../samples/thaal/thaal-cvat.zip");
const corners = 16;
const [width, height] = [960, 540];

type Box = readonly [number, number, number, number];

/** The ellipse in a box, from one angle to another. */
function ellipse([x1, y1, x2, y2]: Box, from = 0, to = 2 * Math.PI): number[] {
  return Array.from({ length: corners }, (_, i) => {
    const angle = from + ((to - from) * i) / (to - from < 2 * Math.PI ? corners - 1 : corners);
    return [(x1 + x2) / 2 + ((x2 - x1) / 2) * Math.cos(angle), (y1 + y2) / 2 + ((y2 - y1) / 2) * Math.sin(angle)];
  }).flat();
}

/** Every fourth plate in two parts, as if something lay across it. */
function outlinesOf(box: Box, index: number): number[][] {
  if (index % 4 !== 3) return [ellipse(box)];
  return [ellipse(box, 0.2, Math.PI - 0.2), ellipse(box, Math.PI + 0.2, 2 * Math.PI - 0.2)];
}

/** @param most frames of each of the three days, the largest day first */
export async function writeOutlinedSample(folder: string, most: readonly number[]): Promise<void> {
  const source = await openExport(sample);
  const { frames } = await readExport(source);
  const days = Map.groupBy(frames, ({ name }) => name.slice(0, "thaal_2025-09-11".length));
  const bySize = [...days.values()].sort((a, b) => b.length - a.length);
  const images: object[] = [];
  const annotations: object[] = [];
  mkdirSync(join(folder, "images"), { recursive: true });
  mkdirSync(join(folder, "annotations"));
  for (const frame of bySize.flatMap((day, i) => day.slice(0, most[i]))) {
    const bytes = await frame.image?.read();
    if (bytes === undefined) throw new Error(`no image of ${frame.name}`);
    writeFileSync(join(folder, "images", frame.name), bytes);
    images.push({ id: images.length + 1, file_name: frame.name, width, height });
    for (const { label } of frame.labels) {
      if (label.box === undefined) continue;
      const [x1, y1, x2, y2] = label.box;
      annotations.push({
        id: annotations.length + 1,
        image_id: images.length,
        category_id: 1,
        iscrowd: 0,
        bbox: [x1, y1, x2 - x1, y2 - y1],
        area: (x2 - x1) * (y2 - y1),
        segmentation: outlinesOf(label.box, annotations.length),
      });
    }
  }
  await source.close();
  const document = { images, annotations, categories: [{ id: 1, name: "thaal" }] };
  writeFileSync(join(folder, "annotations/instances_default.json"), JSON.stringify(document));
}

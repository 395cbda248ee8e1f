// Masks of pixels, read and drawn again, against pycocotools: on every mask of the real exports, and on real outlines written as
// masks in each of the three forms in which programs write them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { Label } from "../../lib/contracts/dataset.ts";
import { outlinesOf } from "../../lib/core/dataset/outlines.ts";
import { openExport } from "../../lib/local/export-source/open.ts";
import { askOracle } from "../support/evaluation-cases.ts";
import { memorySource } from "../support/memory-source.ts";
import { readExport } from "../support/read-export.ts";
import { sharedData } from "../support/shared.ts";

interface Encoded {
  readonly packed: string;
  readonly listed: readonly number[];
  readonly cvat: { readonly rle: readonly number[]; readonly [place: string]: unknown };
}
interface Overlap {
  readonly iou: number;
  readonly pixels: number;
}
type Size = readonly [height: number, width: number];

interface Drawn {
  readonly size: Size;
  readonly outlines: readonly (readonly number[])[];
}

const labelsIn = async (files: Record<string, string>) => {
  const found = await readExport(memorySource(files));
  return { labels: found.frames.flatMap(({ labels }) => labels.map(({ label }) => label)), issues: found.issues };
};

/** Each shape on an image of its own size. */
function cocoOf(drawn: readonly Drawn[], counts: readonly unknown[]): string {
  return JSON.stringify({
    images: drawn.map(({ size: [height, width] }, id) => ({ id, file_name: `${id}.png`, width, height })),
    categories: [{ id: 1, name: "thing" }],
    annotations: drawn.map(({ size }, id) => ({
      id,
      image_id: id,
      category_id: 1,
      iscrowd: 0,
      segmentation: { counts: counts[id], size },
    })),
  });
}

function cvatOf(drawn: readonly Drawn[], encoded: readonly Encoded[]): string {
  const images = drawn.map(({ size: [height, width] }, id) => {
    const { rle, ...place } = encoded[id]!.cvat;
    const where = Object.entries(place).map(([key, value]) => ` ${key}="${value}"`);
    return `<image id="${id}" name="${id}.png" width="${width}" height="${height}"><mask label="thing" rle="${rle.join(", ")}"${where.join("")}/></image>`;
  });
  return `<annotations><meta/>${images.join("")}</annotations>`;
}

function compare(labels: readonly Label[], drawn: readonly Drawn[], against: readonly unknown[]): readonly Overlap[] {
  return askOracle<Overlap>(
    labels.map((label, id) => ({
      outlines: outlinesOf(label),
      against: { counts: against[id], size: drawn[id]!.size },
      size: drawn[id]!.size,
    })),
  );
}

/** A ring with two holes and a part beside it, by hand. */
const holed: Drawn = {
  size: [40, 60],
  outlines: [
    [2, 2, 30, 2, 30, 30, 2, 30, 2, 2, 6, 6, 6, 12, 12, 12, 12, 6, 6, 6, 2, 2],
    [40, 5, 55, 5, 50, 33],
  ],
};

/** The polygons of exports that people made; none where they are not here. */
async function realOutlines(): Promise<readonly Drawn[]> {
  const drawn: Drawn[] = [];
  for (const name of ["exports/cvat-coco-1.0-seg", "exports/datumaro-assets/coco_dataset/coco_instances"]) {
    const folder = sharedData(name);
    if (folder === null) return [];
    const { frames } = await readExport(await openExport(folder));
    for (const { claimed, labels } of frames) {
      const polygons = labels.filter(({ label }) => label.kind === "polygon");
      for (const { label } of claimed === null ? [] : polygons)
        drawn.push({ size: [claimed!.height, claimed!.width], outlines: outlinesOf(label) ?? [] });
    }
  }
  return drawn;
}

describe("masks read as outlines, drawn by pycocotools", () => {
  it("are the same pixels, in all three forms, on the polygons of real exports", async () => {
    const drawn = [holed, ...(await realOutlines())];
    if (drawn.length === 1) return;
    const encoded = askOracle<Encoded>(drawn.map(({ outlines, size }) => ({ encode: outlines, size })));
    const packed = encoded.map((each) => each.packed);
    const forms: readonly Record<string, string>[] = [
      { "annotations/instances_default.json": cocoOf(drawn, packed) },
      {
        "annotations/instances_default.json": cocoOf(
          drawn,
          encoded.map(({ listed }) => listed),
        ),
      },
      { "annotations.xml": cvatOf(drawn, encoded) },
    ];
    for (const files of forms) {
      const { labels, issues } = await labelsIn(files);
      expect(labels.map(({ kind }) => kind)).toEqual(drawn.map(() => "mask"));
      const overlaps = compare(labels, drawn, packed);
      expect(overlaps.map(({ iou }) => iou)).toEqual(drawn.map(() => 1));
      expect(Math.max(...overlaps.map(({ pixels }) => pixels))).toBeGreaterThan(50_000);
      expect(issues.find(({ code }) => code === "MaskOutlined")?.found).toMatch(
        new RegExp(`^${drawn.length} masks of pixels, 1 with 1 hole, [1-9]\\d* of several parts$`),
      );
    }
  });

  it("are the same pixels, for every mask that the real exports hold", async () => {
    const root = join(import.meta.dirname, "../fixtures/exports/datumaro");
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) =>
      /(?:instances|person_keypoints|stuff)_[a-z]+\.json$/.test(name),
    );
    let seen = 0;
    for (const name of files) {
      const text = readFileSync(join(root, name), "utf8");
      const masks = (JSON.parse(text) as { annotations: { segmentation?: unknown }[] }).annotations
        .map(({ segmentation }) => segmentation)
        .filter((each): each is { counts: unknown; size: Size } => typeof each === "object" && !Array.isArray(each));
      if (masks.length === 0) continue;
      const { labels } = await labelsIn({ [name]: text });
      const read = labels.filter(({ kind }) => kind === "mask");
      expect(read).toHaveLength(masks.length);
      const drawn = masks.map(({ size }): Drawn => ({ size, outlines: [] }));
      const overlaps = compare(
        read,
        drawn,
        masks.map(({ counts }) => counts),
      );
      expect(overlaps.map(({ iou }) => iou)).toEqual(masks.map(() => 1));
      seen += masks.length;
    }
    expect(seen).toBeGreaterThan(3);
  });
});

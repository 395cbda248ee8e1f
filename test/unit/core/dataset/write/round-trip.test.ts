// Every pair of a format that is read and one that is written, on real exports: what comes back is what went in, to 0.01 px, but
// for what the writer said it cannot hold.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import sharp from "sharp";
import type { Label } from "../../../../../lib/contracts/dataset.ts";
import { detectFormat } from "../../../../../lib/core/dataset/formats/table.ts";
import { outlinesOf } from "../../../../../lib/core/dataset/outlines.ts";
import { framesToWrite, type Ledger } from "../../../../../lib/core/dataset/write/frames.ts";
import { writers } from "../../../../../lib/core/dataset/write/table.ts";
import { ClassIds, Losses, type Writer, type WrittenFrame } from "../../../../../lib/core/dataset/writer.ts";
import type { ExportSource } from "../../../../../lib/core/ports.ts";
import { openExport } from "../../../../../lib/local/export-source/open.ts";
import { parsers } from "../../../../support/fuzz/parsers.ts";
import { memorySource } from "../../../../support/memory-source.ts";
import { sharedData } from "../../../../support/shared.ts";

const fixtures = join(import.meta.dirname, "../../../../fixtures/exports");
const names80 = Array.from({ length: 80 }, (_, id) => `class ${id}`);

interface Taken {
  readonly frames: readonly WrittenFrame[];
  readonly classNames: readonly string[];
  readonly read: number;
  readonly listed: number;
}

/** One picture of each size. */
const blanks = new Map<string, Promise<Uint8Array>>();

function blank({ width, height }: Pick<WrittenFrame, "width" | "height">): Promise<Uint8Array> {
  const size = `${width} x ${height}`;
  const made =
    blanks.get(size) ??
    sharp({ create: { width, height, channels: 3, background: "black" } })
      .png()
      .toBuffer();
  blanks.set(size, made);
  return made;
}

/** Some exports hold labels alone; formats of fractions want an image to be read again, and a name that is one's. */
function withImage(frame: WrittenFrame): WrittenFrame {
  if (frame.image !== null) return frame;
  const name = /\.(?:jpg|png)$/i.test(frame.name) ? frame.name : `${frame.name}.png`;
  return { ...frame, name, image: () => blank(frame) };
}

async function take(source: ExportSource): Promise<Taken> {
  const { format } = await detectFormat(source);
  const reading = await format.open(source, { names: names80 });
  const ledger: Ledger = { read: 0, issues: [] };
  const frames: WrittenFrame[] = [];
  for await (const frame of framesToWrite(reading, ledger)) frames.push(withImage(frame));
  const listed = ledger.issues
    .filter(({ action }) => action === "refused" || action === "dropped")
    .reduce((sum, { labels }) => sum + labels, 0);
  return { frames, classNames: reading.classNames, read: ledger.read, listed };
}

/** Each export is read once, for all writers. */
const takings = new Map<string, Promise<Taken>>();

function takeFolder(folder: string): Promise<Taken> {
  const known = takings.get(folder) ?? openExport(folder).then(take);
  takings.set(folder, known);
  return known;
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function write(writer: Writer, { frames, classNames }: Pick<Taken, "frames" | "classNames">) {
  const losses = new Losses();
  const files: Record<string, Uint8Array> = {};
  for await (const { path, bytes } of writer.write(each(frames), { classes: new ClassIds(classNames), losses })) {
    const parts: Uint8Array[] = [];
    if (bytes instanceof Uint8Array) parts.push(bytes);
    else for await (const part of bytes) parts.push(part);
    files[path] = Buffer.concat(parts);
  }
  return { files, losses };
}

/** What is compared of a label: words as they are, places to 0.01 px. */
function compared(
  { class: name, kind, box, rotation, occluded, attributes, points, parts }: Label,
  withAttributes: boolean,
) {
  const shape = kind === "box" ? [] : [points ?? [], ...(parts ?? [])];
  const words = [name, kind, shape.map(({ length }) => length), ...(withAttributes ? [occluded, attributes] : [])];
  return { words: JSON.stringify(words), places: [...(box ?? []), rotation ?? 0, ...shape.flat()] };
}

const alike = (a: ReturnType<typeof compared>, b: ReturnType<typeof compared>) =>
  a.words === b.words && a.places.every((place, at) => Math.abs(place - (b.places[at] ?? Number.NaN)) <= 0.01);

/** Labels that are in one list and in the other not. */
function missing(wanted: readonly Label[], found: readonly Label[], withAttributes: boolean): readonly Label[] {
  const free = found.map((label) => compared(label, withAttributes));
  return wanted.filter((label) => {
    const at = free.findIndex((other) => alike(compared(label, withAttributes), other));
    if (at >= 0) free.splice(at, 1);
    return at < 0;
  });
}

/** Kinds that come back whole from each writer. */
const whole: Readonly<Record<string, readonly Label["kind"][]>> = {
  coco: ["box", "polygon", "mask", "rotatedBox"],
  cvat: ["box", "polygon", "polyline", "points", "mask", "rotatedBox", "ellipse", "cuboid", "tag"],
  ultralytics: ["box"],
  "ultralytics-segment": ["polygon"],
};

/** Lines of outlines do not tell a mask from a polygon. */
const asWritten = (writer: Writer, label: Label): Label =>
  writer.id === "ultralytics-segment" && outlinesOf(label) !== null ? { ...label, kind: "polygon" } : label;

const isWhole = (writer: Writer, label: Label) => {
  const { kind, parts, attributes } = label;
  return (
    whole[writer.id]?.includes(kind) === true &&
    (kind !== "mask" || outlinesOf(label) !== null) &&
    (parts === undefined || writer.id === "coco") &&
    attributes?.iscrowd !== "1"
  );
};

async function expectRoundTrip(writer: Writer, before: Taken): Promise<void> {
  const { files, losses } = await write(writer, before);
  expect(before.read).toBe(before.listed + before.frames.reduce((sum, { labels }) => sum + labels.length, 0));
  if (before.frames.length === 0) return;
  const after = await take(memorySource(files));
  const labelled = (frames: readonly WrittenFrame[]) => frames.filter((frame) => frame.labelled);
  const byName = new Map(after.frames.map((frame) => [frame.name, frame]));
  expect(
    labelled(after.frames)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(
    labelled(before.frames)
      .map(({ name }) => name)
      .sort(),
  );
  const withAttributes = !writer.id.startsWith("ultralytics");
  let kept = 0;
  for (const frame of labelled(before.frames)) {
    const back = byName.get(frame.name);
    expect([back?.width, back?.height]).toEqual([frame.width, frame.height]);
    const [wanted, found] = [frame.labels.map((label) => asWritten(writer, label)), back?.labels ?? []].map((labels) =>
      labels.filter((label) => isWhole(writer, label)),
    ) as [Label[], Label[]];
    expect(missing(wanted, found, withAttributes)).toEqual([]);
    // Parts of a polygon come back as polygons, as the writer said.
    if (frame.labels.every(({ parts }) => parts === undefined))
      expect(missing(found, wanted, withAttributes)).toEqual([]);
    kept += back?.labels.length ?? 0;
  }
  const all = labelled(before.frames).flatMap(({ labels }) => labels);
  const parts = all.reduce((sum, label) => sum + (writer.id === "cvat" ? (label.parts?.length ?? 0) : 0), 0);
  // No label is gone that the writer did not name.
  expect(kept).toBe(all.length - losses.labels + parts);
}

const datumaro = readdirSync(join(fixtures, "datumaro")).filter(
  (name) => !["LICENSE", "roboflow-yolo_obb", "roboflow-multiclass", "yolov8_classification"].includes(name),
);
const studio = ["boxes", "rotated", "keypoints", "polygons", "mixed"];
const cases = [...datumaro.map((name) => `datumaro/${name}`), ...studio.map((name) => `label-studio/${name}`)];

/** Folders of classes hold no shape: what they hold is tested by itself, in ultralytics-classify.test.ts. */
const ofShapes = writers.filter(({ id }) => id !== "ultralytics-classify");

describe.each(ofShapes.map((writer) => [writer.id, writer] as const))("written as %s", (_, writer) => {
  it.each(cases)("%s comes back", async (name) => {
    await expectRoundTrip(writer, await takeFolder(join(fixtures, name)));
  });

  it("LabelMe comes back", async () => {
    for (const seed of parsers.LabelMe?.seeds ?? []) await expectRoundTrip(writer, await take(memorySource(seed)));
  });

  it.each(["exports/cvat-coco-1.0-seg", "coco-cc24", "thaal-days"])("shared %s comes back", async (name) => {
    const folder = sharedData(name);
    if (folder !== null) await expectRoundTrip(writer, await takeFolder(folder));
  });

  it("brings back any box, polygon, class and attribute", async () => {
    const text = fc
      .string({ minLength: 1, maxLength: 10, unit: "grapheme" })
      .filter((each) => !/\p{C}/u.test(each) && each.trim() === each);
    const side = fc
      .tuple(fc.integer({ min: 0, max: 500_000 }), fc.integer({ min: 10_000, max: 500_000 }))
      .map(([at, length]) => [at / 1000, (at + length) / 1000] as const);
    const rectangle = fc.tuple(side, side);
    const labels = fc.array(
      fc.record({
        name: text,
        place: rectangle,
        isPolygon: fc.boolean(),
        occluded: fc.boolean(),
        attributes: fc.dictionary(
          text.filter((each) => each !== "__proto__"),
          text,
          { maxKeys: 3 },
        ),
      }),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(labels, { minLength: 1, maxLength: 4 }), async (all) => {
        const frames = all.map(
          (drawn, at): WrittenFrame => ({
            name: `day/${at}.jpg`,
            width: 1000,
            height: 1000,
            labelled: true,
            part: null,
            image: null,
            labels: drawn.map(
              ({ name, place: [[left, right], [top, bottom]], isPolygon, occluded, attributes }): Label => ({
                class: name,
                kind: isPolygon ? "polygon" : "box",
                box: [left, top, right, bottom],
                ...(isPolygon ? { points: [left, top, right, top, right, bottom] } : {}),
                ...(occluded ? { occluded } : {}),
                ...(Object.keys(attributes).length > 0 ? { attributes } : {}),
              }),
            ),
          }),
        );
        const { files } = await write(writer, { frames, classNames: [] });
        // Fractions want an image to be scaled by, so only formats in pixels come back without.
        if (writer.id.startsWith("ultralytics")) return;
        const back = await take(memorySource(files));
        for (const [at, frame] of frames.entries()) {
          const [found, wanted] = [back.frames[at]?.labels ?? [], frame.labels];
          // The check of a frame leaves one of two that are alike.
          expect(missing(found, wanted, true)).toEqual([]);
          expect(missing(wanted, [...found, ...found], true).length).toBeLessThanOrEqual(wanted.length - found.length);
        }
      }),
    );
  });
});

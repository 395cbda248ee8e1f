// Frames can be kept: their pictures are read again when they are asked for, however many were read since and however large.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import sharp from "sharp";
import { detectFormat } from "../../../../../lib/core/dataset/formats/table.ts";
import { framesToWrite } from "../../../../../lib/core/dataset/write/frames.ts";
import { openExport } from "../../../../../lib/local/export-source/open.ts";
import { yoloFolder } from "../../../../support/yolo-folder.ts";

/** Of noise, so that its file grows with its side. */
async function noise(side: number): Promise<Buffer> {
  const pixels = { width: side, height: side, channels: 3 as const };
  return sharp({ create: { ...pixels, background: "#000", noise: { type: "gaussian", mean: 128, sigma: 60 } } })
    .jpeg({ quality: 95 })
    .toBuffer();
}

it("each picture is its own file's, asked for in its turn or after the last", async () => {
  const images = await Promise.all([40, 900, 60, 700, 50].map(noise));
  const sizes = images.map(({ length }) => length);
  // Some do not fit into the memory that there is at first.
  expect([Math.min(...sizes) < 256 * 1024, Math.max(...sizes) > 256 * 1024]).toEqual([true, true]);
  const root = yoloFolder(images.map((image, at) => ({ name: `f${at}`, image, labels: "0 0.5 0.5 0.2 0.2\n" })));
  const source = await openExport(root);
  const { format } = await detectFormat(source);
  const kept: { readonly name: string; readonly again: () => Promise<Uint8Array>; readonly first: Buffer }[] = [];
  for await (const { name, image } of framesToWrite(await format.open(source, {}), { read: 0, issues: [] })) {
    if (image === null) throw new Error(`no image of ${name}`);
    kept.push({ name, again: image, first: Buffer.from(await image()) });
  }
  expect(kept).toHaveLength(5);
  for (const { name, again, first } of kept) {
    const file = readFileSync(join(root, "images", name));
    expect([name, first.equals(file), Buffer.from(await again()).equals(file)]).toEqual([name, true, true]);
  }
  await source.close();
});

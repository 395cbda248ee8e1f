// The pages and the pictures as the ports that Publish takes.
import sharp, { type Sharp } from "sharp";
import { bmpPixels, isBmp } from "../core/dataset/image/bmp-pixels.ts";
import type { Pages, Pictures } from "../core/registry/report-input.ts";
import { renderGallery } from "./gallery.ts";
import { renderReport } from "./report.ts";

export const pages: Pages = { report: renderReport, gallery: renderGallery };

const mostPixels = 268_435_456;

/** Whole pictures were checked when they were taken in: a warning that a camera's firmware causes must not cost a page. */
function opened(image: Uint8Array): Sharp {
  if (!isBmp(image)) return sharp(image, { failOn: "error" });
  const { width, height, data } = bmpPixels(image, mostPixels);
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** sharp leaves out EXIF and every other metadata unless asked to keep it; `rotate()` turns as EXIF says first. */
export const pictures: Pictures = {
  shrink: (image, maxSide) =>
    opened(image)
      .rotate()
      .resize({ width: maxSide, height: maxSide, fit: "inside", withoutEnlargement: true })
      .jpeg({ quality: 82 })
      .toBuffer(),
};

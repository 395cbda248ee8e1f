// The pages and the pictures as the ports that Publish takes.
import sharp from "sharp";
import type { Pages, Pictures } from "../core/registry/report-input.ts";
import { renderGallery } from "./gallery.ts";
import { renderReport } from "./report.ts";

export const pages: Pages = { report: renderReport, gallery: renderGallery };

/** sharp leaves out EXIF and every other metadata unless asked to keep it; `rotate()` turns as EXIF says first. */
export const pictures: Pictures = {
  shrink: (image, maxSide) =>
    sharp(image)
      .rotate()
      .resize({ width: maxSide, height: maxSide, fit: "inside", withoutEnlargement: true })
      .jpeg({ quality: 82 })
      .toBuffer(),
};

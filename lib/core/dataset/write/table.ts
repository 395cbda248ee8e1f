// Every format that is written. A new one is a file beside this one and a line here.
import type { Writer } from "../writer.ts";
import { cocoWriter } from "./coco.ts";
import { cvatImagesWriter } from "./cvat-images.ts";
import { ultralyticsSegmentWriter, ultralyticsWriter } from "./ultralytics.ts";
import { ultralyticsClassifyWriter } from "./ultralytics-classify.ts";

export const writers: readonly Writer[] = [
  cocoWriter,
  cvatImagesWriter,
  ultralyticsWriter,
  ultralyticsSegmentWriter,
  ultralyticsClassifyWriter,
];

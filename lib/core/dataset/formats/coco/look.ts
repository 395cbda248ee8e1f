// What a JSON file is, from its first annotation: COCO with boxes, key points, classes, captions, segments; or no COCO at all.
import { isBobbinError } from "../../../../contracts/errors.ts";
import type { ExportEntry } from "../../../ports.ts";
import { parseJson, streamJson } from "../json/items.ts";
import { isObject } from "../json/object.ts";

/** What the annotations hold; `images` where there are none. */
export type CocoKind = "instances" | "keypoints" | "labels" | "images" | "captions" | "panoptic";

const keys = ["images", "annotations", "categories"];

function kindOf(annotation: unknown): CocoKind | null {
  if (!isObject(annotation) || annotation.image_id === undefined) return null;
  if ("segments_info" in annotation) return "panoptic";
  if ("caption" in annotation) return "captions";
  if ("keypoints" in annotation) return "keypoints";
  return "bbox" in annotation || "segmentation" in annotation ? "instances" : "labels";
}

/** null: no COCO. Reads as far as the first annotation. */
export async function lookIntoJson(entry: ExportEntry): Promise<CocoKind | null> {
  const seen = new Set<string>();
  let first: unknown;
  let hasFirst = false;
  let images = 0;
  const handler = {
    item(key: string, bytes: Buffer) {
      seen.add(key);
      if (key === "annotations" && !hasFirst) {
        first = parseJson(bytes);
        hasFirst = true;
      } else if (key === "images" && images === 0) {
        const image = parseJson(bytes);
        images = isObject(image) && "file_name" in image ? 1 : -1;
      }
    },
  };
  try {
    for await (const _ of streamJson(entry, handler)) if (hasFirst || seen.has("")) break;
  } catch (error) {
    // A file that is broken is only then a broken COCO file, where what came before says so; its reader tells where it breaks.
    if (!isBobbinError(error, "LabelFileInvalid")) throw error;
  }
  // An annotation that is no JSON (NaN) is one all the same.
  if (hasFirst && (first === undefined || isObject(first))) {
    const kind = first === undefined ? "instances" : kindOf(first);
    if (kind !== null) return kind;
  }
  const known = keys.filter((key) => seen.has(key)).length;
  return images === 1 && (known > 1 || !hasFirst) ? "images" : null;
}

// Writes COCO 1.0 as CVAT reads it: annotations/instances_default.json and the images. Annotations are streamed behind the images.
import type { Label } from "../../../contracts/dataset.ts";
import { shapeRuns } from "../../evaluation/raster.ts";
import { isCrowd } from "../manifest-classes.ts";
import { outlinesOf } from "../outlines.ts";
import { type Losses, type OutFile, pixels, type WriteOptions, type Writer, type WrittenFrame } from "../writer.ts";
import { unturnedBox } from "./unturned.ts";

/** Kinds that COCO has no field for. */
const missing: ReadonlySet<Label["kind"]> = new Set(["ellipse", "polyline", "points", "cuboid", "tag", "skeleton"]);

function attributesOf({ attributes, occluded, rotation, kind }: Label): object {
  const { iscrowd: _, ...others } = attributes ?? {};
  return {
    occluded: occluded === true,
    ...(kind === "rotatedBox" ? { rotation: pixels(rotation ?? 0) } : {}),
    ...others,
  };
}

const area = (points: readonly number[]) => {
  let sum = 0;
  for (let at = 0; at < points.length; at += 2) {
    const next = (at + 2) % points.length;
    sum += (points[at] ?? 0) * (points[next + 1] ?? 0) - (points[next] ?? 0) * (points[at + 1] ?? 0);
  }
  return Math.abs(sum) / 2;
};

/** Polygons, or the run lengths of a mask. */
function segmentationOf(label: Label, { width, height }: WrittenFrame): object {
  const outlines = outlinesOf(label);
  if (label.kind === "mask" && outlines !== null)
    return { counts: shapeRuns(outlines, width, height), size: [height, width] };
  return (outlines ?? []).map((points) => points.map(pixels));
}

/** null where the format cannot hold it; then the loss is counted. */
function annotationOf(label: Label, frame: WrittenFrame, losses: Losses): object | null {
  const box = label.kind === "rotatedBox" ? unturnedBox(label) : label.box;
  if (missing.has(label.kind) || box === undefined || box === null) {
    losses.add(label.kind, true);
    return null;
  }
  const outlines = outlinesOf(label);
  if (label.kind === "mask" && outlines === null) losses.add("mask without outline (its box stays)", false);
  const [left, top, right, bottom] = box;
  return {
    segmentation: segmentationOf(label, frame),
    area: pixels(
      outlines === null ? (right - left) * (bottom - top) : outlines.reduce((sum, each) => sum + area(each), 0),
    ),
    bbox: [left, top, right - left, bottom - top].map(pixels),
    iscrowd: isCrowd(label) ? 1 : 0,
    attributes: attributesOf(label),
  };
}

class Lists {
  readonly images: string[] = [];
  readonly annotations: string[] = [];
  readonly #options: WriteOptions;

  constructor(options: WriteOptions) {
    this.#options = options;
  }

  add(frame: WrittenFrame): void {
    const { name, width, height, labels, labelled } = frame;
    // An image that the file does not list is one that nobody looked at; one without annotations shows nothing.
    if (!labelled) return;
    const image = this.images.length + 1;
    this.images.push(JSON.stringify({ id: image, width, height, file_name: name }));
    for (const label of labels) {
      const annotation = annotationOf(label, frame, this.#options.losses);
      if (annotation === null) continue;
      const category = this.#options.classes.idOf(label.class) + 1;
      const head = { id: this.annotations.length + 1, image_id: image, category_id: category };
      this.annotations.push(JSON.stringify({ ...head, ...annotation }));
    }
  }
}

async function* document({ images, annotations }: Lists, classNames: readonly string[]): AsyncGenerator<Uint8Array> {
  const categories = classNames.map((name, at) => JSON.stringify({ id: at + 1, name, supercategory: "" }));
  yield Buffer.from(`{"licenses": [], "info": {}`);
  for (const [key, items] of Object.entries({ categories, images, annotations })) {
    yield Buffer.from(`,\n"${key}": [`);
    for (let at = 0; at < items.length; at += 1000) {
      yield Buffer.from(`${at === 0 ? "\n" : ",\n"}${items.slice(at, at + 1000).join(",\n")}`);
    }
    yield Buffer.from("]");
  }
  yield Buffer.from("}\n");
}

export const cocoWriter: Writer = {
  id: "coco",
  title: "COCO 1.0",
  async *write(frames, options): AsyncGenerator<OutFile> {
    const lists = new Lists(options);
    for await (const frame of frames) {
      lists.add(frame);
      if (frame.image !== null) yield { path: `images/${frame.name}`, bytes: await frame.image() };
    }
    yield { path: "annotations/instances_default.json", bytes: document(lists, options.classes.names) };
  },
};

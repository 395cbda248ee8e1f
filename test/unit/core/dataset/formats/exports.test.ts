// Every export of other tools that is here: each is read to its last label, or ends in a name. The wanted counts are found by
// other means than the readers': lines of text files, occurrences of tags.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { openExport } from "../../../../../lib/local/export-source/open.ts";
import { type ReadExport, readExport } from "../../../../support/read-export.ts";
import { sharedData } from "../../../../support/shared.ts";

const fixtures = join(import.meta.dirname, "../../../../fixtures/exports/datumaro");
const names80 = Array.from({ length: 80 }, (_, id) => `class ${id}`);

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** Lines of a number and at least four more, in text files. */
function countLabelLines(folder: string): number {
  const texts = filesBelow(folder).filter((path) => path.endsWith(".txt"));
  return texts
    .flatMap((path) => readFileSync(path, "utf8").split("\n"))
    .filter((line) => /^\d+( \S+){4,}\s*$/.test(line)).length;
}

/** Tags of shapes directly in images: those of a skeleton's points are taken away. */
function countShapes(folder: string): number {
  const xml = filesBelow(folder)
    .filter((path) => path.endsWith(".xml"))
    .map((path) => readFileSync(path, "utf8"))
    .join("");
  const outer = xml.replace(/<svg>[\s\S]*?<\/svg>/g, "").replace(/(<skeleton[^>]*>)[\s\S]*?(<\/skeleton>)/g, "$1$2");
  return outer.match(/<(box|polygon|polyline|points|ellipse|cuboid|mask|skeleton|tag)[ >]/g)?.length ?? 0;
}

/** Annotations as `"image_id"` keys, in the files whose names match. */
function countAnnotations(folder: string, files: RegExp, without: readonly string[] = []): number {
  const jsons = filesBelow(folder).filter((path) => files.test(path) && !without.includes(path));
  return jsons.reduce((sum, path) => sum + (readFileSync(path, "utf8").match(/"image_id"/g)?.length ?? 0), 0);
}

function countTags(folder: string, tag: RegExp): number {
  const xmls = filesBelow(folder).filter((path) => path.endsWith(".xml"));
  return xmls.reduce((sum, path) => sum + (readFileSync(path, "utf8").match(tag)?.length ?? 0), 0);
}

const countImages = (folder: string) => filesBelow(folder).filter((path) => /\.(jpg|png)$/.test(path)).length;

const read = async (path: string, names?: readonly string[]) => readExport(await openExport(path), names);

describe("exports of Datumaro's tests", () => {
  it.each([
    "yolov8_detection",
    "yolov8_detection_with_list_of_imgs",
    "yolov8_detection_with_list_of_names",
    "yolov8_detection_with_subset_txt",
    "yolov8_oriented_boxes",
    "yolov8_pose",
    "yolov8_pose_two_values_per_point",
    "yolov8_segmentation",
    "yolo-loose",
    "roboflow-yolo",
  ])("reads %s as YOLO, every line", async (name) => {
    const folder = join(fixtures, name);
    const found = await read(folder);
    expect([found.format, found.frames.length, found.yielded, found.listed]).toEqual([
      "ultralytics-yolo",
      countImages(folder),
      countLabelLines(folder),
      0,
    ]);
    expect(found.frames.every(({ image, labelled }) => image !== null && labelled)).toBe(true);
  });

  it("knows the layout of darknet", async () => {
    const folder = join(fixtures, "yolo");
    const found = await read(folder);
    expect([found.format, found.frames.length, found.yielded, found.listed]).toEqual([
      "darknet-yolo",
      countImages(folder),
      countLabelLines(folder),
      0,
    ]);
  });

  it.each([
    // In `coco` other files stand for the same images: one a subset counts.
    ["coco", "coco", /instances_.*\.json$/, 2],
    ["coco_person_keypoints", "coco", /\.json$/, 2],
    ["roboflow-coco", "roboflow-coco", /\.json$/, 3],
  ])("reads %s as %s, every annotation", async (name, format, files, frames) => {
    const folder = join(fixtures, name);
    const found = await read(folder);
    expect([found.format, found.yielded + found.listed]).toEqual([format, countAnnotations(folder, files)]);
    expect(found.frames.filter(({ labelled }) => labelled).length).toBe(frames);
    expect(found.frames.filter(({ labelled }) => labelled).every(({ image }) => image !== null)).toBe(true);
  });

  it.each([
    ["voc", 2, 1],
    ["roboflow-voc", 3, 3],
  ])("reads %s as Pascal VOC, every object and part", async (name, frames, labelled) => {
    const folder = join(fixtures, name);
    const found = await read(folder);
    expect([found.format, found.frames.length, found.yielded, found.listed]).toEqual([
      "pascal-voc",
      frames,
      countTags(folder, /<(?:object|part)>/g),
      0,
    ]);
    expect(found.frames.filter((frame) => frame.labelled && frame.image !== null).length).toBe(labelled);
  });

  it("shows the tracks of cvat-video in every frame of the task", async () => {
    const found = await read(join(fixtures, "cvat-video"));
    expect(found.format).toBe("cvat-video");
    // From the file: frames 10 to 19 by 3. Box and points end at 13, the polyline at 16; the skeleton goes on to the end,
    // without its third point from 13 on.
    expect(
      found.frames.map(({ name, image, labels }) => [name, image !== null, labels.map(({ label }) => label.kind)]),
    ).toEqual([
      ["frame_000010.png", true, ["box", "points", "skeleton"]],
      ["frame_000013.png", true, ["polyline", "skeleton"]],
      ["frame_000016.PNG", false, ["skeleton"]],
      ["frame_000019.PNG", false, ["skeleton"]],
    ]);
    expect(found.frames.map(({ labels }) => labels.at(-1)?.label.points?.length)).toEqual([8, 6, 6, 6]);
    expect(found.frames[0]?.claimed).toEqual({ width: 25, height: 20 });
  });

  it.each(["cvat-images", "cvat-project"])("reads %s as CVAT, every shape", async (name) => {
    const folder = join(fixtures, name);
    const found = await read(folder);
    expect([found.format, found.frames.length, found.yielded + found.listed]).toEqual([
      "cvat-images",
      countImages(folder),
      countShapes(folder),
    ]);
    expect(found.frames.every(({ image }) => image !== null)).toBe(true);
  });

  it.each([
    ["roboflow-yolo_obb", "Roboflow YOLO OBB"],
    ["roboflow-multiclass", "a table"],
  ])("says what %s seems to be", async (name, found) => {
    await expect(read(join(fixtures, name))).rejects.toMatchObject({
      name: "FormatUnknown",
      data: { found: expect.stringContaining(found) },
    });
  });

  it("reads yolov8_classification by its folders, a class a frame", async () => {
    const found = await read(join(fixtures, "yolov8_classification"));
    expect(found.format).toBe("ultralytics-classify");
    expect(
      found.frames.map(({ name, part, labels }) => [name, part, labels.map(({ label }) => [label.kind, label.class])]),
    ).toEqual(
      found.frames.map(({ name }) => {
        const [part, className] = name.split("/");
        return [name, part, [["tag", className]]];
      }),
    );
    expect(found.listed).toBe(0);
    expect(found.yielded).toBe(countImages(join(fixtures, "yolov8_classification")));
  });

  it("takes a folder of several data sets for none", async () => {
    await expect(read(fixtures)).rejects.toMatchObject({ name: "FormatAmbiguous" });
  });
});

describe("exports of Label Studio's tests", () => {
  const studio = join(import.meta.dirname, "../../../../fixtures/exports/label-studio");

  it.each(["boxes", "rotated", "keypoints", "polygons", "mixed"])("reads %s, every region", async (name) => {
    const folder = join(studio, name);
    const tasks = JSON.parse(readFileSync(join(folder, "data.json"), "utf8")) as readonly {
      readonly annotations: readonly { readonly result: readonly object[] }[];
    }[];
    // Results without a value relate two others.
    const results = tasks
      .flatMap(({ annotations }) => annotations.flatMap(({ result }) => result))
      .filter((each) => "value" in each);
    const found = await read(folder);
    expect([found.format, found.yielded + found.listed]).toEqual(["label-studio", results.length]);
  });

  it("refuses a task that two people labelled differently", async () => {
    const found = await read(join(studio, "boxes"));
    expect(found.issues.map(({ code, action }) => [code, action])).toContainEqual(["OpinionsDiffer", "refused"]);
  });
});

describe("the shared exports", () => {
  it("reads the frames of thaal-days and coco-cc24, whose files name no class", async () => {
    for (const [name, names, frames] of [
      ["thaal-days", ["thaal"], 108],
      ["coco-cc24", names80, 24],
      ["coco8", names80, 8],
    ] as const) {
      const folder = sharedData(name);
      if (folder === null) return;
      const found = await read(folder, names);
      expect([name, found.frames.length, found.yielded, found.listed]).toEqual([
        name,
        frames,
        countLabelLines(folder),
        0,
      ]);
      await expect(read(folder)).rejects.toMatchObject({ name: "ClassNamesMissing" });
    }
  });

  it("ends in a read export or a named error, everywhere", async () => {
    const folder = sharedData("exports");
    if (folder === null) return;
    const wanted = (path: string, { format, issues }: ReadExport) => {
      if (format === "cvat-images") return countShapes(path);
      const unused = issues.filter(({ code }) => code === "FileUnused").map(({ file }) => join(path, file));
      if (/coco$/.test(format)) return countAnnotations(path, /\.json$/, unused);
      if (format === "pascal-voc") return countTags(path, /<(?:object|part)>/g);
      return /yolo$/.test(format) ? countLabelLines(path) : null;
    };
    const unknown: Record<string, string> = {};
    const taken: Record<string, readonly (number | null)[]> = {};
    const deepest = filesBelow(folder).map((path) => join(path, ".."));
    // Every folder on the way: what is no export by itself must say so too.
    const folders = new Set(
      deepest
        .flatMap((path) => [path, join(path, ".."), join(path, "../..")])
        .filter((path) => path.startsWith(folder)),
    );
    for (const path of folders) {
      const name = path.slice(folder.length + 1);
      try {
        const found = await read(path, names80);
        taken[name] = [found.yielded + found.listed, wanted(path, found)];
      } catch (error) {
        unknown[name] = (error as Error).name;
      }
    }
    const known = ["FormatUnknown", "FormatAmbiguous", "ClassNamesMissing"];
    expect(Object.entries(unknown).filter(([, error]) => !known.includes(error))).toEqual([]);
    expect(Object.entries(taken).filter(([, [read, count]]) => count !== null && read !== count)).toEqual([]);
    expect(taken["label-studio/tests/custom/converter/data/test_import_yolo_data_unif_dims"]).toBeDefined();
    expect(taken["datumaro-oep/cvat_dataset/for_images/export_task"]).toBeDefined();
    expect(taken["cvat-coco-1.0-seg"]).toEqual([29, 29]);
  });
});

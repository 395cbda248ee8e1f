// Every export of other tools that is here: each is read to its last label, or ends in a name. The wanted counts are found by
// other means than the readers': lines of text files, occurrences of tags.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { openExport } from "../../../../../lib/local/export-source/open.ts";
import { readExport } from "../../../../support/read-export.ts";
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

const countImages = (folder: string) => filesBelow(folder).filter((path) => /\.(jpg|png)$/.test(path)).length;

const read = async (path: string, names?: readonly string[]) => readExport(await openExport(path), names);

describe("exports of Datumaro's tests", () => {
  it.each([
    "yolo",
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
    ["cvat-video", "CVAT for video 1.1"],
    ["yolov8_classification", "classification"],
    ["roboflow-yolo_obb", "Roboflow YOLO OBB"],
    ["roboflow-voc", "Pascal VOC XML"],
    ["roboflow-coco", "COCO JSON"],
    ["roboflow-multiclass", "a table"],
  ])("says what %s seems to be", async (name, found) => {
    await expect(read(join(fixtures, name))).rejects.toMatchObject({
      name: "FormatUnknown",
      data: { found: expect.stringContaining(found) },
    });
  });

  it("takes a folder of several data sets for none", async () => {
    await expect(read(fixtures)).rejects.toMatchObject({ name: "FormatAmbiguous" });
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
    const unknown: Record<string, string> = {};
    const taken: Record<string, readonly number[]> = {};
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
        taken[name] = [
          found.yielded + found.listed,
          found.format === "cvat-images" ? countShapes(path) : countLabelLines(path),
        ];
      } catch (error) {
        unknown[name] = (error as Error).name;
      }
    }
    const known = ["FormatUnknown", "FormatAmbiguous", "ClassNamesMissing"];
    expect(Object.entries(unknown).filter(([, error]) => !known.includes(error))).toEqual([]);
    expect(Object.entries(taken).filter(([, [read, wanted]]) => read !== wanted)).toEqual([]);
    expect(taken["label-studio/tests/custom/converter/data/test_import_yolo_data_unif_dims"]).toBeDefined();
    expect(taken["datumaro-oep/cvat_dataset/for_images/export_task"]).toBeDefined();
    expect(unknown["cvat-coco-1.0-seg"]).toBe("FormatUnknown");
  });
});

// The commands that look at data and write none of it into the store.
import type { Command } from "commander";
import { keepMemorySmall } from "../local/small-memory.ts";
import { annotatorOption, type Define, modeOption, namesOption } from "./define.ts";

export function addDataCommands(program: Command, define: Define): void {
  define(program, {
    name: "init",
    summary: "Look into an export and propose bobbin.json and a signing key",
    example: "bobbin init frames.zip --group-rule 'pattern:^(?<day>\\d{4}-\\d{2}-\\d{2})'",
    load: async () => (await import("./commands/init.ts")).init,
    endsAtOnce: true,
  })
    .argument(
      "<export>",
      "zip or folder: CVAT, COCO, YOLO, Pascal VOC, Label Studio, LabelMe, Datumaro or a folder a class",
    )
    .option("--group-rule <rule>", "which frames belong together: pattern:REGEX, folder:DEPTH, task, csv:FILE or frame")
    .option("--convert <rules>", "train on the bounding boxes of other shapes, e.g. polygon-to-box,ellipse-to-box")
    .option("--task <task>", "detect (boxes), segment (outlines and masks) or classify (whole frames)")
    .option("--project <name>", "name of the project, its model and data set (default: the export's name)")
    .option("--recipe <recipe>", "plan, demo or a recipe file", "plan")
    .option("--ratios <train,val,test>", "shares of the frames, e.g. 0.7,0.15,0.15")
    .option("--architecture <name>", "Ultralytics architecture", "yolov8n")
    .addOption(namesOption());
  define(program, {
    name: "check",
    summary: "Read, check, group and split an export without writing to the store",
    example: "bobbin check frames.zip",
    load: async () => (await import("./commands/check.ts")).check,
    endsAtOnce: true,
  })
    .argument("<export>", "zip or folder")
    .addOption(modeOption())
    .addOption(annotatorOption())
    .addOption(namesOption())
    .option("--no-decode", "do not decode the images; headers, structure and digests are still checked")
    .option("--pairs <file>", "write a page that shows frames of different parts that look alike");
  addExportCommand(program, define);
  addFramesCommand(program, define);
  addAgreementCommand(program, define);
}

function addExportCommand(program: Command, define: Define): void {
  define(program, {
    name: "export",
    summary: "Write a dataset version, or an export of another tool, as COCO, CVAT or Ultralytics YOLO",
    example: "bobbin export d1 --as coco --to frames-coco",
    load: async () => {
      // Before anything is loaded, which would make room for itself.
      keepMemorySmall();
      return (await import("./commands/export.ts")).exportData;
    },
  })
    .argument("<source>", "dataset version, e.g. d1; or a zip or folder in any format that is read")
    .requiredOption("--as <format>", "coco, cvat, ultralytics or ultralytics-segment")
    .requiredOption("--to <folder>", "where it is written; must not exist")
    .option("--convert <rules>", "write the bounding boxes of other shapes, e.g. polygon-to-box")
    .addOption(namesOption());
}

function addFramesCommand(program: Command, define: Define): void {
  define(program, {
    name: "frames",
    summary: "Take frames out of videos: a folder for each video, with the time of each frame",
    example: "bobbin frames gate.mp4 hall.mp4 --every 2s --out frames",
    load: async () => (await import("./commands/frames.ts")).frames,
  })
    .argument("<videos...>", "video files; each is a group")
    .requiredOption("--every <time>", "time between two frames, e.g. 2s, 500ms, 1m")
    .option("--from <time>", "where to begin in each video, e.g. 90s or 00:01:30", "0s")
    .option("--to <time>", "where to end (default: the video's end)")
    .option("--out <folder>", "where they are written; must not exist", "frames")
    .option("--quality <number>", "of the JPEGs, 1 to 100", "95");
}

function addAgreementCommand(program: Command, define: Define): void {
  define(program, {
    name: "agreement",
    summary: "How far two people's labels of the same frames agree; exit 1 below the threshold",
    example: "bobbin agreement ann.zip bo.zip --page agreement.html",
    load: async () => (await import("./commands/agreement.ts")).agreement,
    endsAtOnce: true,
  })
    .argument(
      "<export>",
      "zip or folder of one person's labels; with --annotators a dataset version, or a Label Studio export",
    )
    .argument("[other]", "the other person's")
    .option("--annotators <a,b>", "two people of one dataset version or Label Studio export, as it names them")
    .option("--group-rule <rule>", "groups over which intervals are taken (default: bobbin.json's)")
    .option(
      "--gate <figure>",
      "what is held against the threshold: f1SameClass, f1, kappaClasses, kappaPresence, alphaBoxes or alphaArea",
      "f1SameClass",
    )
    .option("--threshold <value>", "least agreement", "0.85")
    .option("--page <file>", "write a page with the figures and the frames to talk about")
    .option("--task <task>", "classify compares what frames are tagged as (default: bobbin.json's, else boxes)")
    .option("--convert <rules>", "compare the bounding boxes of other shapes, e.g. polygon-to-box")
    .addOption(namesOption());
}

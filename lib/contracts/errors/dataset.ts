// Errors of reading, checking and splitting a data set: the upload is refused, and stays where it was.
import * as z from "zod";
import { defineErrors } from "./define.ts";

const text = z.string();
export const datasetErrors = defineErrors({
  ExportMissing: {
    exit: 2,
    data: z.strictObject({ path: text }),
    say: "There is no export at {path}.",
    todo: "Give the path of a zip file or a folder.",
  },
  ArchiveInvalid: {
    exit: 1,
    data: z.strictObject({ file: text, entry: text, found: text, wanted: text }),
    say: "The archive {file} is refused at {entry}: {found}, wanted {wanted}.",
    todo: "Export it again; Bobbin never guesses at a broken archive.",
  },
  UploadIncomplete: {
    exit: 1,
    data: z.strictObject({ path: text, file: text, found: text, wanted: text }),
    say: "The upload {path} is not what its _COMMIT.json says at {file}: found {found}, wanted {wanted}.",
    todo: "Copy it again, and write _COMMIT.json last.",
  },
  UploadExists: {
    exit: 1,
    data: z.strictObject({ key: text }),
    say: "An upload of that name lies there already: {key}.",
    todo: "Choose another name with --name.",
  },
  UploadLost: {
    exit: 3,
    data: z.strictObject({ key: text, problem: text }),
    say: "The upload {key} did not come together: {problem}.",
    todo: "Type the same command again: it is sent from its beginning.",
  },
  UploadKeyInvalid: {
    exit: 1,
    data: z.strictObject({ key: text }),
    say: "{key} lies where no upload starts a run.",
    todo: "Upload to incoming/<dataset>/<name>.zip, or to a folder incoming/<dataset>/<name>/ that _COMMIT.json closes; `bobbin upload` does either.",
  },
  UploadTermsInvalid: {
    exit: 1,
    data: z.strictObject({ key: text, field: text, found: text, wanted: text }),
    say: "The metadata {field} of {key} is {found}, wanted {wanted}.",
    todo: "Upload it again with metadata that says so, or without; `bobbin upload` writes them.",
  },
  NoConfigForDataset: {
    exit: 1,
    data: z.strictObject({ dataset: text, key: text }),
    say: "Nothing says how the data set {dataset} is trained: there is no {key}.",
    todo: "Push its config with `bobbin config push`, then upload again.",
  },
  FormatUnknown: {
    exit: 1,
    data: z.strictObject({ path: text, found: text, wanted: text }),
    say: "No known format in {path}: found {found}, wanted {wanted}.",
    todo: "Export as CVAT for images 1.1, COCO 1.0 or Ultralytics YOLO.",
  },
  FormatAmbiguous: {
    exit: 1,
    data: z.strictObject({ path: text, found: text }),
    say: "{path} reads as more than one format: {found}.",
    todo: "Hand in one export at a time.",
  },
  LabelFileInvalid: {
    exit: 1,
    data: z.strictObject({ file: text, line: z.int(), found: text, wanted: text }),
    say: "{file}, line {line}: found {found}, wanted {wanted}.",
    todo: "Mend that file and hand the export in again.",
  },
  DataRefused: {
    exit: 1,
    data: z.strictObject({ refused: z.int(), first: text, issues: text }),
    say: "{refused} things in the export are refused; the first: {first}.",
    todo: "Read {issues}, mend the export, hand it in again.",
  },
  ClassUnknown: {
    exit: 1,
    data: z.strictObject({ class: text, file: text, labels: z.int(), wanted: text }),
    say: "The labels name a class {class} ({labels} labels, first in {file}) that the config does not know; it knows {wanted}.",
    todo: "Add it to `classes`, to a class's `from`, or to `ignore`.",
  },
  ClassNamesMissing: {
    exit: 1,
    data: z.strictObject({ path: text, ids: text }),
    say: "The labels in {path} use class ids {ids} and no file names them.",
    todo: "Add a data.yaml, or name them: `bobbin init --names coco80` or `--names a,b,c`.",
  },
  NoFrames: {
    exit: 1,
    data: z.strictObject({ path: text, found: text }),
    say: "{path} holds no labelled frame: {found}.",
    todo: "Export with labels, and with images for the first upload.",
  },
  FrameUnknown: {
    exit: 1,
    data: z.strictObject({ frame: text, frames: z.int(), file: text }),
    say: "{frames} labelled frames have no image here or in the store; the first is {frame} in {file}.",
    todo: "Export with images once; later exports may hold labels alone.",
  },
  GroupRuleMisses: {
    exit: 1,
    data: z.strictObject({ frame: text, rule: text, frames: z.int() }),
    say: "The group rule {rule} finds no group for {frames} frames; the first is {frame}.",
    todo: "Widen the rule in bobbin.json, or list the frames in groups.csv.",
  },
  TooFewGroups: {
    exit: 1,
    data: z.strictObject({ found: z.int(), wanted: z.int(), rule: text }),
    say: "The group rule {rule} gives {found} groups, wanted at least {wanted}: train, val and test need a group each.",
    todo: "Add frames of another recording, or choose a finer group rule with `bobbin init`; frames of one recording are never split at random.",
  },
  FrameInTwoGroups: {
    exit: 1,
    data: z.strictObject({ first: text, firstGroup: text, second: text, secondGroup: text, sha256: text }),
    say: "The same image stands in two groups: {first} in {firstGroup} and {second} in {secondGroup}.",
    todo: "Remove one of them, or mend the group rule so that both fall into one group.",
  },
  FrameReencoded: {
    exit: 1,
    data: z.strictObject({ frames: z.int(), frame: text, part: text, other: text, otherPart: text }),
    say: "{frames} frames are pictures of another part saved again; the first: {frame} in {part} is {other} in {otherPart}.",
    todo: "Remove one of each, or mend the group rule so that both fall into one group; `bobbin check EXPORT --pairs FILE` shows them.",
  },
  GroupRuleLeaks: {
    exit: 1,
    data: z.strictObject({ rule: text, what: text, frame: text, other: text, mend: text }),
    say: "The group rule {rule} divides what belongs together: {what}, as {frame} resembles {other}.",
    todo: "Change `groupRule`: {mend}. `bobbin check EXPORT --pairs FILE` shows the pairs.",
  },
  GroupUnknown: {
    exit: 1,
    data: z.strictObject({ group: text, wanted: text }),
    say: "The config reserves a group {group} that no frame is in; there are {wanted}.",
    todo: "Mend `split.reserved` in bobbin.json.",
  },
  GroupNotReservable: {
    exit: 1,
    data: z.strictObject({ group: text, part: text, since: text }),
    say: "The group {group} stands in {part} since {since} and cannot become a deployment test.",
    todo: "Reserve groups before their first use; a group keeps its part for ever.",
  },
  GroupCrossesParts: {
    exit: 1,
    data: z.strictObject({ group: text, first: text, firstPart: text, second: text, secondPart: text }),
    say: "The group {group} would hold frames of two parts: {first} stands in {firstPart} and {second} in {secondPart} since an earlier version.",
    todo: "Put the group rule back as it was, or start a new data set under another name: a frame keeps its part for ever.",
  },
  TableInvalid: {
    exit: 1,
    data: z.strictObject({ file: text, line: z.int(), found: text, wanted: text }),
    say: "{file}, line {line}: found {found}, wanted {wanted}.",
    todo: "Mend the CSV file.",
  },
  TwoOpinions: {
    exit: 1,
    data: z.strictObject({ frames: z.int(), frame: text, found: text }),
    say: "{frames} images have more than one opinion; the first is {frame}: {found}.",
    todo: "Say whose counts (`annotator` in bobbin.json), mark one as ground truth, or keep one of the two; `bobbin agreement` tells how far they differ.",
  },
  NoSharedFrames: {
    exit: 1,
    data: z.strictObject({ a: text, b: text, framesA: z.int(), framesB: z.int() }),
    say: "No frame was labelled in both: {a} has {framesA} labelled frames of its own, {b} {framesB}.",
    todo: "Give two exports of the same frames: they are found by name, or by a base name that each has once.",
  },
  OpinionsUnlike: {
    exit: 1,
    data: z.strictObject({ frame: text, found: text }),
    say: "The two exports do not mean the same picture by {frame}: {found}.",
    todo: "Export both from pictures of one size.",
  },
  OutputExists: {
    exit: 2,
    data: z.strictObject({ path: text }),
    say: "{path} exists already; nothing is written over.",
    todo: "Give another --to, or move it away first.",
  },
  LabelsLost: {
    exit: 3,
    data: z.strictObject({ read: z.int(), kept: z.int(), listed: z.int() }),
    say: "{read} labels were read, but {kept} kept and {listed} listed do not add up.",
    todo: "This is a fault in Bobbin: please report it with the export.",
  },
  TaskNotServed: {
    exit: 1,
    data: z.strictObject({ task: text, found: text, nearest: text }),
    say: "The labels cannot serve the task {task}: found {found}.",
    todo: "Nearest: {nearest}.",
  },
});

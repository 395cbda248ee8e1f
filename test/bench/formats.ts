// Every real export, read by Bobbin and by Datumaro: frames, labels by kind, and whether the boxes are the same to 0.01 px.
// `npm run bench:formats` prints the table of docs/formats.md; wants ../shared/data.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { stemOf } from "../../lib/core/dataset/formats/files.ts";
import { detectFormat } from "../../lib/core/dataset/formats/table.ts";
import { framesToWrite, type Ledger } from "../../lib/core/dataset/write/frames.ts";
import type { WrittenFrame } from "../../lib/core/dataset/writer.ts";
import { openExport } from "../../lib/local/export-source/open.ts";
import { peerPython } from "./peers.ts";

const shared = join(import.meta.dirname, "../../../shared/data/exports");

/** Folder, and what Datumaro calls the format; null: it has none. */
const assets: readonly (readonly [string, string | null])[] = [
  ["cvat-coco-1.0-seg", "coco"],
  ["datumaro-assets/coco_dataset/coco", "coco"],
  ["datumaro-assets/coco_dataset/coco_instances", "coco_instances"],
  ["datumaro-assets/coco_dataset/coco_person_keypoints", "coco_person_keypoints"],
  ["datumaro-assets/cvat_dataset/for_images", "cvat"],
  ["datumaro-assets/cvat_dataset/for_video", "cvat"],
  ["datumaro-assets/datumaro_dataset/diverse", "datumaro"],
  ["datumaro-assets/datumaro_dataset/with_skeleton", "datumaro"],
  ["datumaro-assets/voc_dataset/voc_dataset1", "voc"],
  ["datumaro-assets/yolo_dataset/yolo", "yolo"],
  ["datumaro-assets/yolo_dataset/yolov8_classification", "imagenet_with_subset_dirs"],
  ["datumaro-assets/yolo_dataset/yolov8_detection", "yolo"],
  ["datumaro-assets/yolo_dataset/yolov8_detection_with_list_of_imgs", "yolo"],
  ["datumaro-assets/yolo_dataset/yolov8_detection_with_list_of_names", "yolo"],
  ["datumaro-assets/yolo_dataset/yolov8_detection_with_subset_txt", "yolo"],
  ["datumaro-assets/yolo_dataset/yolov8_oriented_boxes", "yolo"],
  ["datumaro-assets/yolo_dataset/yolov8_pose", "yolo"],
  ["datumaro-assets/yolo_dataset/yolov8_pose_two_values_per_point", "yolo"],
  ["datumaro-assets/yolo_dataset/yolov8_segmentation", "yolo"],
  ["datumaro-oep/cvat_dataset/for_images/export_project", "cvat"],
  ["datumaro-oep/cvat_dataset/for_images/export_task", "cvat"],
  ["datumaro-oep/cvat_dataset/for_video", "cvat"],
  ["datumaro-oep/labelme_dataset", "label_me"],
  ["datumaro-oep/roboflow_dataset/coco", "roboflow_coco"],
  ["datumaro-oep/roboflow_dataset/multiclass", "roboflow_multiclass"],
  ["datumaro-oep/roboflow_dataset/voc", "roboflow_voc"],
  ["datumaro-oep/roboflow_dataset/yolo", "roboflow_yolo"],
  ["datumaro-oep/roboflow_dataset/yolo_obb", "roboflow_yolo_obb"],
  ["datumaro-oep/yolo_dataset/annotations", "yolo"],
  ["datumaro-oep/yolo_dataset/labels", "yolo"],
  ["datumaro-oep/yolo_dataset/strict", "yolo"],
  ["label-studio/tests/custom/converter/data/test_export_coco", null],
  ["label-studio/tests/custom/converter/data/test_export_yolo", null],
  ["label-studio/tests/custom/converter/data/test_import_coco", "coco"],
  ["label-studio/tests/custom/converter/data/test_import_yolo_data_unif_dims", "yolo"],
];

type PeerBox = readonly [string, string | null, number, number, number, number];
type Peer =
  | { readonly error: string }
  | { readonly items: number; readonly kinds: Readonly<Record<string, number>>; readonly boxes: readonly PeerBox[] };

const counted = (kinds: Readonly<Record<string, number>>) =>
  Object.entries(kinds)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, count]) => `${count} ${kind}`)
    .join(", ") || "–";

async function ours(folder: string) {
  const source = await openExport(folder);
  const { format } = await detectFormat(source);
  const reading = await format.open(source, {});
  const ledger: Ledger = { read: 0, issues: [] };
  const frames: WrittenFrame[] = [];
  for await (const frame of framesToWrite(reading, ledger)) frames.push(frame);
  const kinds: Record<string, number> = {};
  for (const { kind } of frames.flatMap(({ labels }) => labels)) kinds[kind] = (kinds[kind] ?? 0) + 1;
  const boxes = frames.flatMap(({ name, labels }) =>
    labels.flatMap(({ class: klass, kind, box }) =>
      kind === "box" && box !== undefined ? [[basename(stemOf(name)), klass, ...box] as PeerBox] : [],
    ),
  );
  const listed = ledger.issues.filter(({ action }) => action === "refused" || action === "dropped");
  const codes: Record<string, number> = {};
  for (const { code, labels } of listed) codes[code] = (codes[code] ?? 0) + labels;
  return { format: format.id, frames: frames.length, kinds, boxes, listed: codes };
}

/** How many of our boxes Datumaro has too, of the same class, each once. */
function sameBoxes(own: readonly PeerBox[], peer: readonly PeerBox[]): number {
  const free = [...peer];
  return own.filter((box) => {
    const at = free.findIndex((other) =>
      box.every((value, index) =>
        typeof value === "number" ? Math.abs(value - Number(other[index])) <= 0.01 : value === other[index],
      ),
    );
    if (at >= 0) free.splice(at, 1);
    return at >= 0;
  }).length;
}

const input = assets.map(([folder, kind]) => JSON.stringify([join(shared, folder), kind ?? "-"])).join("\n");
if (!existsSync(shared)) throw new Error(`no exports at ${shared}`);
const answers = execFileSync(peerPython(), [join(import.meta.dirname, "formats_peers.py")], {
  encoding: "utf8",
  input,
  stdio: ["pipe", "pipe", "ignore"],
})
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Peer);

console.log("| export | format | frames | labels | listed | Datumaro: items | annotations | same boxes |");
console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
for (const [at, [folder, kind]] of assets.entries()) {
  const peer = answers[at] ?? { error: "no answer" };
  const name = folder.replace("tests/custom/converter/data/", "");
  const theirs =
    kind === null ? ["no reader", "", ""] : "error" in peer ? [peer.error.split(":")[0] ?? "", "", ""] : null;
  try {
    const own = await ours(join(shared, folder));
    const cells = theirs ?? [
      "error" in peer ? "" : String(peer.items),
      "error" in peer ? "" : counted(peer.kinds),
      "error" in peer ? "" : `${sameBoxes(own.boxes, peer.boxes)} of ${own.boxes.length} / ${peer.boxes.length}`,
    ];
    console.log(`| ${[name, own.format, own.frames, counted(own.kinds), counted(own.listed), ...cells].join(" | ")} |`);
  } catch (error) {
    const cells = theirs ?? ["error" in peer ? "" : String(peer.items), "error" in peer ? "" : counted(peer.kinds), ""];
    console.log(`| ${[name, (error as Error).name, "", "", "", ...cells].join(" | ")} |`);
  }
}

// Writes YOLO folders for tests: real JPEGs of the sample, under names and with labels that a test chooses.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openExport } from "../../lib/local/export-source/open.ts";
import { lastingFolder } from "./folder.ts";

/** JPEGs of the sample, in the order of the archive. */
export async function samplePictures(count: number): Promise<readonly Uint8Array[]> {
  const source = await openExport(join(import.meta.dirname, "../../samples/thaal/thaal-cvat.zip"));
  try {
    const entries = source.entries().filter(({ name }) => name.endsWith(".jpg"));
    const pictures: Uint8Array[] = [];
    for (const entry of entries.slice(0, count)) pictures.push(await entry.read());
    return pictures;
  } finally {
    await source.close();
  }
}

export interface YoloFrame {
  /** Below images/ and labels/, without extension. */
  readonly name: string;
  /** Absent: no image file. */
  readonly image?: Uint8Array;
  /** Absent: no label file. */
  readonly labels?: string;
}

/** A folder that is removed after the tests of the file. */
export function yoloFolder(frames: readonly YoloFrame[], names: readonly string[] = ["tray", "person"]): string {
  const folder = lastingFolder();
  const write = (name: string, content: Uint8Array | string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  };
  write("data.yaml", `train: images\nval: images\nnames: [${names.join(", ")}]\n`);
  for (const { name, image, labels } of frames) {
    if (image !== undefined) write(`images/${name}.jpg`, image);
    if (labels !== undefined) write(`labels/${name}.txt`, labels);
  }
  return folder;
}

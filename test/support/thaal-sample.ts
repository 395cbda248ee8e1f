// Rebuilds samples/thaal/thaal-cvat.zip from the frames and YOLO labels it came from: `node test/support/thaal-sample.ts`.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CvatBox, type CvatFrame, cvatZip } from "./cvat-zip.ts";
import { sharedData } from "./shared.ts";

/** Every frame of the sample has this size. */
const width = 960;
const height = 540;

function toBox(line: string): CvatBox {
  const [, cx = 0, cy = 0, w = 0, h = 0] = line.split(" ").map(Number);
  const box = [(cx - w / 2) * width, (cy - h / 2) * height, (cx + w / 2) * width, (cy + h / 2) * height] as const;
  return { label: "thaal", box };
}

function readFrame(folder: string, file: string): CvatFrame {
  const text = readFileSync(join(folder, "labels", file.replace(/\.jpg$/, ".txt")), "utf8");
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return { name: file, width, height, bytes: readFileSync(join(folder, "images", file)), boxes: lines.map(toBox) };
}

/** The sample's zip, made from a folder with images/ and labels/. */
export function thaalZip(folder: string): Promise<Buffer> {
  const files = readdirSync(join(folder, "images")).sort();
  return cvatZip(
    { name: "thaal", labels: ["thaal"] },
    files.map((file) => readFrame(folder, file)),
  );
}

if (import.meta.main) {
  const folder = sharedData("thaal-days");
  if (folder !== null) {
    writeFileSync(join(import.meta.dirname, "../../samples/thaal/thaal-cvat.zip"), await thaalZip(folder));
  }
}

// Folders for the benches: YOLO exports of any size out of real-looking JPEGs (640 x 360, about 21 KB), every file different.
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";

const width = 640;
const height = 360;
const bytesWanted = 21_500;
const distinct = 8;

/** In memory where the machine offers it, so that the disk is not what is measured. */
export function benchFolder(): string {
  return mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "bobbin-bench-"));
}

/** Smooth shapes with some grain; the grain decides how many bytes the JPEG has. */
async function picture(seed: number, grain: number): Promise<Buffer> {
  const pixels = Buffer.alloc(width * height * 3);
  let state = seed + 1;
  for (let index = 0; index < pixels.length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const [x, y] = [Math.floor(index / 3) % width, Math.floor(index / 3 / width)];
    const shape = 60 * Math.sin((x * (1 + (seed % 7))) / 60) + 50 * Math.cos((y * (1 + (seed % 5))) / 40);
    pixels[index] = 128 + shape + ((state >>> 24) / 255 - 0.5) * grain;
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 80 })
    .toBuffer();
}

async function pictureOfSize(seed: number): Promise<Buffer> {
  let [low, high] = [0, 120];
  for (let round = 0; round < 6; round++) {
    const middle = (low + high) / 2;
    if ((await picture(seed, middle)).length < bytesWanted) low = middle;
    else high = middle;
  }
  return picture(seed, low);
}

/** JPEGs that differ by a comment with their number. */
export async function distinctJpegs(): Promise<(index: number) => Buffer> {
  const bases: Buffer[] = [];
  for (let seed = 0; seed < distinct; seed++) bases.push(await pictureOfSize(seed));
  return (index) => {
    const base = bases[index % distinct] ?? Buffer.alloc(0);
    const text = Buffer.from(`frame ${index}`);
    const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, text.length + 2]), text]);
    return Buffer.concat([base.subarray(0, 2), comment, base.subarray(2)]);
  };
}

const groupCount = 41;

/** `frames` images in one folder, three boxes each; the names say which of 41 groups they are of. */
export function writeYoloFolder(folder: string, frames: number, jpeg: (index: number) => Buffer): void {
  mkdirSync(join(folder, "images/train"), { recursive: true });
  mkdirSync(join(folder, "labels/train"), { recursive: true });
  const yaml = "path: .\ntrain: images/train\nnames:\n  0: tray\n  1: person\n";
  writeFileSync(join(folder, "data.yaml"), yaml);
  for (let index = 0; index < frames; index++) {
    const name = `train/g${index % groupCount}_${String(index).padStart(6, "0")}`;
    const left = (0.2 + (index % 50) / 100).toFixed(6);
    const boxes = [0, 1, 0].map((id, each) => `${id} ${left} ${(0.2 + each / 4).toFixed(6)} 0.120000 0.210000\n`);
    writeFileSync(join(folder, `images/${name}.jpg`), jpeg(index));
    writeFileSync(join(folder, `labels/${name}.txt`), boxes.join(""));
  }
}

// Peak memory of Ingest over a small and a ten times larger zip with as many times the frames: it must not follow the zip's size.
// `npm run bench:memory`, or smaller: `npm run bench:memory -- 30 300` (megabytes).
import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { benchFolder, distinctJpegs } from "./frames.ts";

const [small = 300, large = 3000] = process.argv.slice(2).map(Number);
const wanted = 1.2;
/** One image: a picture and a comment that fills it up, so that size and number of frames can be chosen. */
const imageBytes = 1_000_000;
const groups = 41;

/** A JPEG of about a megabyte: comments of at most 65,533 bytes between its first marker and the rest. */
function filled(jpeg: Buffer): Buffer {
  const filler = Buffer.alloc(65_535, 7);
  filler.set([0xff, 0xfe, 0xff, 0xfd]);
  const times = Math.floor((imageBytes - jpeg.length) / filler.length);
  return Buffer.concat([jpeg.subarray(0, 2), ...Array.from({ length: times }, () => filler), jpeg.subarray(2)]);
}

/** Entries as they are, without compression; written piece by piece, for the large one is larger than memory should be. */
function writeZip(file: string, megabytes: number, jpeg: (index: number) => Buffer): number {
  const descriptor = openSync(file, "w");
  const directory: Buffer[] = [];
  let [at, entries] = [0, 0];
  const add = (name: string, bytes: Buffer) => {
    const path = Buffer.from(name);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt32LE(0x00210000, 6);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(bytes.length, 14);
    fields.writeUInt32LE(bytes.length, 18);
    fields.writeUInt16LE(path.length, 22);
    const central = Buffer.alloc(46 - 4 - 2 - 26);
    central.writeUInt32LE(at, central.length - 4);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00", "latin1"), fields, central, path]));
    for (const piece of [Buffer.from("PK\x03\x04", "latin1"), fields, path, bytes]) at += writeSync(descriptor, piece);
    entries += 1;
  };
  add("data.yaml", Buffer.from("path: .\ntrain: images/train\nnames: [tray, person]\n"));
  const frames = Math.round((megabytes * 1e6) / imageBytes);
  for (let index = 0; index < frames; index++) {
    const name = `train/g${index % groups}_${String(index).padStart(6, "0")}`;
    add(`images/${name}.jpg`, filled(jpeg(index)));
    add(`labels/${name}.txt`, Buffer.from("0 0.5 0.5 0.2 0.3\n"));
  }
  const whole = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(entries, 8);
  end.writeUInt16LE(entries, 10);
  end.writeUInt32LE(whole.length, 12);
  end.writeUInt32LE(at, 16);
  writeSync(descriptor, whole);
  writeSync(descriptor, end);
  closeSync(descriptor);
  return frames;
}

const jpeg = await distinctJpegs();
const peaks: number[] = [];
for (const megabytes of [small, large]) {
  const folder = benchFolder();
  try {
    const zip = join(folder, "export.zip");
    const frames = writeZip(zip, megabytes, jpeg);
    const command = [join(import.meta.dirname, "ingest-work.ts"), "ingest", zip, join(folder, "out")];
    const text = execFileSync(process.execPath, command, {
      encoding: "utf8",
      env: { ...process.env, NODE_NO_WARNINGS: "1" },
    });
    const found = JSON.parse(text) as { cpu: number; megabytes: number };
    peaks.push(found.megabytes);
    console.log(
      `${megabytes} MB, ${frames} frames: peak ${found.megabytes.toFixed(0)} MB, ${found.cpu.toFixed(1)} s of CPU`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const ratio = (peaks[1] ?? Number.NaN) / (peaks[0] ?? Number.NaN);
console.log(`the larger takes ${ratio.toFixed(2)} of the smaller (wanted at most ${wanted})`);
if (!(ratio <= wanted)) process.exitCode = 1;

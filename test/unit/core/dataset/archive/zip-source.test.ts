import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { BobbinError } from "../../../../../lib/contracts/errors.ts";
import { openZipSource } from "../../../../../lib/core/dataset/archive/zip-source.ts";
import type { ExportEntry } from "../../../../../lib/core/ports.ts";
import { memoryRanges } from "../../../../support/memory-source.ts";
import { zipOf } from "../../../../support/zip.ts";

const text = (size: number) =>
  Buffer.from(
    Array.from({ length: Math.ceil(size / 6) }, (_, at) => `${at * at} label `)
      .join("")
      .slice(0, size),
  );
const open = (bytes: Uint8Array) => openZipSource(memoryRanges(bytes));

async function streamed(entry: ExportEntry): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry.stream()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function readAll(zip: Uint8Array): Promise<readonly (readonly [string, Buffer])[]> {
  const source = await open(zip);
  const found: [string, Buffer][] = [];
  for (const entry of source.entries()) {
    const whole = Buffer.from(await entry.read());
    expect(whole.equals(await streamed(entry))).toBe(true);
    found.push([entry.name, whole]);
  }
  return found;
}

/** The data of ArchiveInvalid that reading the zip ends with. */
async function refusal(zip: Uint8Array): Promise<{ readonly entry: string; readonly found: string }> {
  try {
    await readAll(zip);
  } catch (error) {
    if (error instanceof BobbinError && error.name === "ArchiveInvalid")
      return error.data as { entry: string; found: string };
    throw error;
  }
  throw new Error("the archive was taken");
}

/** Replaces a name in local header and central directory by one of the same length: yazl writes no bad ones. */
function renamed(zip: Buffer, from: string, to: string): Buffer {
  expect(Buffer.byteLength(to)).toBe(Buffer.byteLength(from));
  const copy = Buffer.from(zip);
  for (let at = copy.indexOf(from); at >= 0; at = copy.indexOf(from, at + 1)) copy.write(to, at);
  return copy;
}

/** Changes fields of the first central directory entry. */
function patched(zip: Buffer, change: (central: Buffer) => void): Buffer {
  const copy = Buffer.from(zip);
  change(copy.subarray(copy.indexOf("PK\u0001\u0002")));
  return copy;
}

const one = (compress = false) => zipOf([{ name: "images/a.jpg", bytes: text(5000), compress }]);

describe("a zip as an export", () => {
  it("gives every entry, whole and streamed, stored and deflated", async () => {
    const files = [
      { name: "annotations.xml", bytes: text(3_000_000), compress: true },
      { name: "images/a.jpg", bytes: text(12_345), compress: false },
      { name: "images/empty.txt", bytes: text(0), compress: true },
    ];
    const found = await readAll(await zipOf(files));
    expect(found.map(([name]) => name)).toEqual(files.map(({ name }) => name));
    for (const [at, [, bytes]] of found.entries()) expect(bytes.equals(files[at]!.bytes)).toBe(true);
  });

  it("normalises names to NFC, so that a Mac's zip names the same frames", async () => {
    const [[name]] = (await readAll(await zipOf([{ name: "images/Mu\u0308ller.jpg", bytes: text(3) }]))) as [
      [string, Buffer],
    ];
    expect(name).toBe("images/M\u00fcller.jpg");
  });

  it.each([
    ["../a/b/c.jpg", "a path that leads out of the export"],
    ["/mages/a.jpg", "an absolute path"],
    ["C:ages/a.jpg", "an absolute path"],
    ["images\\a.jpg", "a backslash in the name"],
    ["images//.jpg", "an empty or `.` segment"],
    ["images/\u0001.jpg", "a control character in the name"],
  ])("refuses the name %j", async (name, found) => {
    expect(await refusal(renamed(await one(), "images/a.jpg", name))).toEqual(expect.objectContaining({ found }));
  });

  it("refuses a name twice, also where only its composition differs", async () => {
    const twice = await zipOf([
      { name: "a.jpg", bytes: text(1) },
      { name: "b.jpg", bytes: text(1) },
    ]);
    expect((await refusal(renamed(twice, "b.jpg", "a.jpg"))).found).toBe("the name twice");
    const composed = await zipOf([
      { name: "\u00fc.jpg", bytes: text(1) },
      { name: "u\u0308.jpg", bytes: text(1) },
    ]);
    expect((await refusal(composed)).found).toBe("the name twice");
  });

  it("refuses links, encrypted entries and unknown compression", async () => {
    const zip = await one();
    expect((await refusal(patched(zip, (entry) => entry.writeUInt32LE(0o120777 * 65536, 38)))).found).toBe(
      "a symbolic link",
    );
    expect((await refusal(patched(zip, (entry) => entry.writeUInt16LE(0x801, 8)))).found).toMatch(/encrypted|mismatch/);
    expect((await refusal(patched(zip, (entry) => entry.writeUInt16LE(99, 10)))).found).toBe("compression method 99");
  });

  it("refuses what inflates to more than it declares, in one go and streamed", async () => {
    const bomb = patched(await one(true), (entry) => entry.writeUInt32LE(100, 24));
    expect((await refusal(bomb)).found).toMatch(/larger than|more than/i);
    const [entry] = (await open(bomb)).entries();
    await expect(streamed(entry!)).rejects.toMatchObject({
      name: "ArchiveInvalid",
      data: { found: "more bytes than declared", wanted: "100 bytes" },
    });
  });

  it("refuses a ratio that no label file has", async () => {
    const zeros = await zipOf([{ name: "a.xml", bytes: Buffer.alloc(4 * 1024 * 1024), compress: true }]);
    expect(deflateRawSync(Buffer.alloc(4 * 1024 * 1024)).length * 500).toBeLessThan(4 * 1024 * 1024);
    expect((await refusal(zeros)).found).toMatch(/^4194304 bytes packed into \d+$/);
  });

  it("refuses entries that share their bytes", async () => {
    const two = await zipOf([
      { name: "a.jpg", bytes: text(100) },
      { name: "b.jpg", bytes: text(100) },
    ]);
    const copy = Buffer.from(two);
    const second = copy.indexOf("PK\u0001\u0002", copy.indexOf("PK\u0001\u0002") + 1);
    copy.writeUInt32LE(0, second + 42);
    expect((await refusal(copy)).found).toBe("an entry that overlaps another");
  });

  it("checks the CRC of stored and deflated data", async () => {
    for (const compress of [false, true]) {
      const zip = patched(await one(compress), (entry) => entry.writeUInt32LE(0, 16));
      expect((await refusal(zip)).found).toMatch(/^CRC-32 /);
    }
  });

  it("refuses what is no zip, and one that was cut off", async () => {
    expect((await refusal(text(100))).entry).toBe("its central directory");
    const zip = await one();
    expect((await refusal(zip.subarray(0, zip.length - 10))).entry).toBe("its central directory");
  });

  it("never answers with wrong bytes when a byte of the file was changed", async () => {
    const files = [
      { name: "annotations.xml", bytes: text(600), compress: true },
      { name: "images/a.jpg", bytes: text(300), compress: false },
    ];
    const zip = await zipOf(files);
    const wanted = new Map(files.map(({ name, bytes }) => [name, bytes]));
    await fc.assert(
      fc.asyncProperty(fc.nat(zip.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const copy = Buffer.from(zip);
        copy[at] = copy[at]! ^ mask;
        try {
          const source = await open(copy);
          for (const entry of source.entries()) {
            const known = wanted.get(entry.name);
            if (known !== undefined) expect(known.equals(await entry.read())).toBe(true);
          }
        } catch (error) {
          if (!(error instanceof BobbinError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });

  it("ends in a named error on any bytes", async () => {
    const signed = fc
      .uint8Array({ maxLength: 400 })
      .map((bytes) =>
        Buffer.concat([Buffer.from("PK\u0003\u0004"), bytes, Buffer.from("PK\u0005\u0006"), bytes.subarray(0, 18)]),
      );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 400 }), signed), async (bytes) => {
        await expect(open(bytes)).rejects.toBeInstanceOf(BobbinError);
      }),
      { numRuns: 500 },
    );
  });
});

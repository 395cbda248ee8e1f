// Decoding for real: sharp in threads, over pictures made here and over odd ones where the shared data is.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import sharp from "sharp";
import { imageProbe } from "../../../../lib/local/decode/image-probe.ts";
import { sharedData } from "../../../support/shared.ts";

const folder = mkdtempSync(join(tmpdir(), "bobbin-decode-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Twenty soft blobs, bright and dark, whose places and sizes the seed decides. */
async function picture(seed: number, width = 160, height = 120): Promise<Buffer> {
  const part = (index: number, salt: number) => (Math.sin(index * 12.9898 + seed * 78.233 + salt) * 43758.5453) % 1;
  const blobs = Array.from({ length: 20 }, (_, index) => ({
    x: Math.abs(part(index, 1)),
    y: Math.abs(part(index, 2)),
    size: 0.05 + 0.2 * Math.abs(part(index, 3)),
    light: 100 * part(index, 4),
  }));
  const pixels = Buffer.alloc(width * height);
  for (let index = 0; index < pixels.length; index++) {
    const [x, y] = [(index % width) / width, Math.floor(index / width) / height];
    const light = blobs.map((blob) => blob.light * Math.exp(-((x - blob.x) ** 2 + (y - blob.y) ** 2) / blob.size ** 2));
    pixels[index] = Math.min(255, Math.max(0, 128 + light.reduce((sum, value) => sum + value, 0)));
  }
  return sharp(pixels, { raw: { width, height, channels: 1 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}

async function decodeAll(images: ReadonlyMap<string, Uint8Array | string>, threads = 2) {
  const probe = imageProbe({ locate: (key) => images.get(key) ?? "", threads });
  async function* keys() {
    for (const key of images.keys()) yield { key };
  }
  const answers: { key: string; phash: string | null; problem: string | null }[] = [];
  for await (const answer of probe.decode(keys())) answers.push(answer);
  return answers;
}

const apart = (a: string, b: string) => (BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(2).replaceAll("0", "").length;

describe("imageProbe", () => {
  let first: Buffer;
  beforeAll(async () => {
    first = await picture(1);
  });

  it("answers in the order of the images, over more batches than threads", async () => {
    const images = new Map<string, Uint8Array>();
    for (let index = 0; index < 75; index++) images.set(`image ${index}`, await picture(index % 7, 64, 48));
    const answers = await decodeAll(images);
    expect(answers.map(({ key }) => key)).toEqual([...images.keys()]);
    for (const [index, { phash }] of answers.entries()) {
      expect(phash).toMatch(/^[0-9a-f]{16}$/);
      expect(phash).toBe(answers[index % 7]!.phash);
    }
    expect(new Set(answers.map(({ phash }) => phash)).size).toBe(7);
  });

  it("reads files by their path", async () => {
    const file = join(folder, "first.jpg");
    writeFileSync(file, first);
    const [byPath, byBytes] = await decodeAll(
      new Map<string, Uint8Array | string>([
        ["path", file],
        ["bytes", first],
      ]),
    );
    expect(byPath).toEqual({ ...byBytes, key: "path" });
  });

  it("gives alike pictures hashes of few bits apart, and others many", async () => {
    const smaller = await sharp(first).resize(100).jpeg({ quality: 60 }).toBuffer();
    const brighter = await sharp(first).linear(0.9, 15).png().toBuffer();
    const images = new Map([
      ["first", first],
      ["smaller", smaller],
      ["brighter", brighter],
      ["other", await picture(5)],
    ]);
    const [a, b, c, d] = (await decodeAll(images)).map(({ phash }) => phash ?? "");
    expect(apart(a!, b!)).toBeLessThanOrEqual(6);
    expect(apart(a!, c!)).toBeLessThanOrEqual(6);
    expect(apart(a!, d!)).toBeGreaterThan(12);
  });

  it("hashes the picture as people see it, turned by its EXIF", async () => {
    const lying = await sharp(first).rotate(90).withMetadata({ orientation: 8 }).jpeg({ quality: 95 }).toBuffer();
    const [a, b] = (
      await decodeAll(
        new Map([
          ["first", first],
          ["lying", lying],
        ]),
      )
    ).map(({ phash }) => phash ?? "");
    expect(apart(a!, b!)).toBeLessThanOrEqual(4);
  });

  it("hashes a picture of many colours, with a colour profile or without, grey, or 16 bits deep, alike", async () => {
    const tinted = sharp(first).toColourspace("srgb").tint({ r: 240, g: 200, b: 160 });
    const plain = await tinted.clone().png().toBuffer();
    const images = new Map([
      ["plain", plain],
      ["profile", await sharp(plain).withIccProfile("p3").jpeg({ quality: 95 }).toBuffer()],
      ["grey", await sharp(plain).greyscale().png().toBuffer()],
      ["deep", await sharp(plain).toColourspace("rgb16").png().toBuffer()],
      ["print", await sharp(plain).toColourspace("cmyk").jpeg({ quality: 95 }).toBuffer()],
      ["palette", await sharp(plain).png({ palette: true }).toBuffer()],
    ]);
    const answers = await decodeAll(images);
    for (const { key, phash } of answers)
      expect([key, apart(answers[0]?.phash ?? "", phash ?? "") <= 6]).toEqual([key, true]);
  });

  it("names what is wrong with a picture whose middle or end is lost", async () => {
    const torn = Uint8Array.from(first);
    for (let index = Math.floor(torn.length / 2); index < torn.length - 600; index++) torn[index] = index % 251;
    const images = new Map<string, Uint8Array>([
      ["short", first.subarray(0, first.length - 400)],
      ["torn", torn],
      ["text", Buffer.from("no image")],
      ["whole", first],
    ]);
    const answers = await decodeAll(images);
    for (const { key, phash, problem } of answers) {
      expect([key, phash === null, problem === null]).toEqual([key, key !== "whole", key === "whole"]);
    }
  });

  it("fails where a file cannot be read, and leaves no thread behind", async () => {
    await expect(decodeAll(new Map([["gone", join(folder, "gone.jpg")]]))).rejects.toThrow("ENOENT");
  });

  const photos = sharedData("coco-cc24/images");
  (photos === null ? it.skip : it)("finds all of 48 photographs torn behind a sound header", async () => {
    const torn = new Map<string, Uint8Array>();
    for (const name of readdirSync(photos ?? "").filter((found) => found.endsWith(".jpg"))) {
      const bytes = readFileSync(join(photos ?? "", name));
      const scan = bytes.lastIndexOf(Buffer.from([0xff, 0xda])) + 14;
      const middle = scan + Math.floor((bytes.length - scan) / 2);
      const gone = Math.floor((bytes.length - scan) / 10);
      torn.set(`${name}, a tenth lost`, Buffer.concat([bytes.subarray(0, middle), bytes.subarray(middle + gone)]));
      torn.set(`${name}, zeros to the end`, Buffer.from(bytes).fill(0, middle, bytes.length - 2));
    }
    const answers = await decodeAll(torn);
    expect(answers).toHaveLength(48);
    expect(answers.filter(({ problem }) => problem === null)).toEqual([]);
  });

  const edge = sharedData("edge/images");
  (edge === null ? it.skip : it)("takes odd but whole files and refuses broken ones", async () => {
    const whole = [
      "hopper.jpg",
      "hopper_gray.jpg",
      "pil_sample_cmyk.jpg",
      "hopper.png",
      "hopper.webp",
      "hopper.tif",
      "transparent.png",
    ];
    const broken = ["truncated_jpeg.jpg", "broken_data_stream.png", "truncated_image.png"];
    const images = new Map([...whole, ...broken].map((name) => [name, readFileSync(join(edge ?? "", name))]));
    const answers = await decodeAll(images);
    expect(answers.filter(({ problem }) => problem !== null).map(({ key }) => key)).toEqual(broken);
  });
});

// Zips, each wrong in one way: a good one with bytes changed, or names that a good one may have.
import { crc32, deflateRawSync } from "node:zlib";
import { zipOf } from "../zip.ts";
import { type Malformed, photo } from "./case.ts";

const label = Buffer.from("0 0.5 0.5 0.2 0.2\n");
const files = (image: string, text: string) => [
  { name: "data.yaml", bytes: Buffer.from("names: [cup]\ntrain: images\nval: images\n") },
  { name: image, bytes: photo, compress: false },
  { name: text, bytes: label, compress: false },
];
const good = () => zipOf(files("images/a.jpg", "labels/a.txt"));

const central = "PK\u0001\u0002";
const ending = "PK\u0005\u0006";

/** Changes the central directory's entry of `images/a.jpg`. */
async function patched(change: (entry: Buffer, whole: Buffer) => void): Promise<Buffer> {
  const copy = Buffer.from(await good());
  const name = copy.lastIndexOf("images/a.jpg");
  change(copy.subarray(copy.lastIndexOf(central, name)), copy);
  return copy;
}

/** Changes the record at the end. */
async function ended(change: (end: Buffer) => void): Promise<Buffer> {
  const copy = Buffer.from(await good());
  change(copy.subarray(copy.lastIndexOf(ending)));
  return copy;
}

/** Writes another name of the same length over `images/a.jpg`, in both places. */
async function renamed(name: string): Promise<Buffer> {
  const copy = Buffer.from(await good());
  const bytes = Buffer.from(name, "latin1");
  if (bytes.length !== 12) throw new RangeError(`${name} has ${bytes.length} bytes`);
  for (let at = copy.indexOf("images/a.jpg"); at >= 0; at = copy.indexOf("images/a.jpg", at + 1)) {
    if (copy.readUInt32LE(at - 30) === 0x04034b50 || copy.readUInt32LE(at - 46) === 0x02014b50) bytes.copy(copy, at);
  }
  return copy;
}

/** A stored entry by hand: local header, data, central entry, end. */
function single(name: string, data: Buffer, claimed: number, method: number): Buffer {
  const raw = Buffer.from(name);
  const local = Buffer.alloc(30);
  local.write("PK\u0003\u0004", 0, "latin1");
  local.writeUInt16LE(20, 4);
  local.writeUInt16LE(0x800, 6);
  local.writeUInt16LE(method, 8);
  local.writeUInt32LE(crc32(data), 14);
  local.writeUInt32LE(data.length, 18);
  local.writeUInt32LE(claimed, 22);
  local.writeUInt16LE(raw.length, 26);
  const entry = Buffer.alloc(46);
  entry.write(central, 0, "latin1");
  entry.writeUInt16LE(20, 6);
  local.copy(entry, 8, 6, 28);
  entry.writeUInt16LE(raw.length, 28);
  const end = Buffer.alloc(22);
  end.write(ending, 0, "latin1");
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length + raw.length, 12);
  end.writeUInt32LE(local.length + raw.length + data.length, 16);
  return Buffer.concat([local, raw, data, entry, raw, end]);
}

const zeros = (megabytes: number) => deflateRawSync(Buffer.alloc(megabytes * 1024 * 1024));

const invalid = (cause: string, variant: string, input: Malformed["input"]): Malformed => ({
  cause: `zip: ${cause}`,
  variant,
  input,
  wanted: "ArchiveInvalid",
});

/** Names that look odd and are names all the same. */
const oddNames = [
  "images/a b.jpg",
  "images/a [1] (2) {3}.jpg",
  "images/Mu\u0308ller.jpg",
  "images/M\u00fcller.jpg",
  "images/CON.jpg",
  "images/aux.jpg",
  "images/\u202egpj.a.jpg",
  `images/${"n".repeat(300)}.jpg`,
  "images/-rf.jpg",
  "images/a'b\"c`d$(e).jpg",
  "images/%2e%2e%2fa.jpg",
  "images/a.jpg.jpg",
  "images/\u65e5\u672c.jpg",
  "images/\u{1f600}.jpg",
];

export const zipCorpus: readonly Malformed[] = [
  ...["../ges/a.jpg", "images/../..", "..", "a/.."].map((name) =>
    invalid(
      "a name that leads out",
      name,
      name.length === 12 ? renamed(name) : Promise.resolve(single(name, label, label.length, 0)),
    ),
  ),
  ...["/mages/a.jpg", "C:/ges/a.jpg"].map((name) => invalid("an absolute name", name, renamed(name))),
  invalid("a backslash", "one", renamed("images\\a.jpg")),
  ...["\n", "\0", "\u0007", "\u007f"].map((character) =>
    invalid("a control character in a name", JSON.stringify(character), renamed(`image${character}/a.jpg`)),
  ),
  invalid("an empty folder name", "one", renamed("images//.jpg")),
  invalid(
    "a name of no UTF-8",
    "one",
    patched((entry) => entry.writeUInt8(0xff, 50)).then((zip) => {
      const at = zip.indexOf("images/a.jpg");
      zip.writeUInt8(0xff, at + 4);
      return zip;
    }),
  ),
  invalid("a name of 1,025 characters", "one", zipOf(files(`images/${"n".repeat(1025)}.jpg`, "labels/a.txt"))),
  ...[0o120777, 0o010644, 0o060644, 0o140644].map((mode) =>
    invalid(
      "no plain file",
      mode.toString(8),
      patched((entry) => entry.writeUInt32LE((mode << 16) >>> 0, 38)),
    ),
  ),
  invalid(
    "an encrypted entry",
    "one",
    patched((entry) => entry.writeUInt16LE(entry.readUInt16LE(8) | 1, 8)),
  ),
  ...[1, 9, 12, 14, 93, 95, 99].map((method) =>
    invalid(
      "another compression",
      String(method),
      patched((entry) => entry.writeUInt16LE(method, 10)),
    ),
  ),
  invalid(
    "a wrong sum",
    "one",
    patched((entry) => entry.writeUInt32LE(1, 16)),
  ),
  ...[0, 1, photo.length - 1, photo.length + 1].map((size) =>
    invalid(
      "another size than it says",
      String(size),
      patched((entry) => entry.writeUInt32LE(size, 24)),
    ),
  ),
  invalid(
    "data behind the end of the file",
    "one",
    patched((entry) => entry.writeUInt32LE(0x7fffffff, 42)),
  ),
  invalid(
    "an entry over another",
    "one",
    patched((entry, whole) => entry.writeUInt32LE(whole.indexOf("PK\u0003\u0004"), 42)),
  ),
  ...[0.2, 0.5, 0.8, 0.99].map((share) =>
    invalid(
      "cut off",
      String(share),
      good().then((zip) => zip.subarray(0, Math.floor(zip.length * share))),
    ),
  ),
  ...["", "no zip at all", "PK", "\x1f\x8b\x08\0", "Rar!\x1a\x07", "7z\xbc\xaf'\x1c"].map((text) =>
    invalid("something else", JSON.stringify(text), Buffer.from(text, "latin1")),
  ),
  invalid(
    "a number of entries that is not there",
    "one",
    ended((end) => end.writeUInt16LE(60_000, 10)),
  ),
  invalid(
    "several disks",
    "one",
    ended((end) => end.writeUInt16LE(3, 4)),
  ),
  invalid(
    "a directory that is nowhere",
    "one",
    ended((end) => end.writeUInt32LE(0x7ffffff0, 16)),
  ),
  invalid(
    "zip64 without its records",
    "one",
    ended((end) => end.writeUInt32LE(0xffffffff, 16)),
  ),
  ...[2, 64, 150].map((megabytes) =>
    invalid("a bomb", `${megabytes} MB`, single("labels/a.txt", zeros(megabytes), megabytes * 1024 * 1024, 8)),
  ),
  invalid("a bomb that says it is small", "one", single("labels/a.txt", zeros(64), 1000, 8)),
  invalid(
    "a name twice",
    "the same",
    zipOf([...files("images/a.jpg", "labels/a.txt"), { name: "images/a.jpg", bytes: photo }]),
  ),
  invalid(
    "a name twice",
    "NFC and NFD",
    zipOf([...files("images/\u00fc.jpg", "labels/a.txt"), { name: "images/u\u0308.jpg", bytes: photo }]),
  ),
  {
    cause: "zip: a zip in a zip",
    variant: "one",
    input: good().then((inner) => zipOf([{ name: "export.zip", bytes: inner }])),
    wanted: "FormatUnknown",
  },
  { cause: "zip: nothing in it", variant: "one", input: zipOf([]), wanted: "FormatUnknown" },
  ...oddNames.map(
    (name): Malformed => ({
      cause: "zip: an odd name that is one",
      variant: name.slice(0, 40),
      input: zipOf(files(name, name.replace(/^images/, "labels").replace(/\.jpg$/, ".txt"))),
      wanted: "ok",
    }),
  ),
];

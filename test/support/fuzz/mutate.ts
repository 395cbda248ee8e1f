// Good inputs with things done to them: cut, repeated, exchanged, and with words put in that parsers trip over.
import fc from "fast-check";

type Edit = (bytes: Buffer) => Buffer;

/** Numbers, brackets and bytes that have broken parsers. */
const words = [
  "",
  "0",
  "-1",
  "1e999",
  "NaN",
  "Infinity",
  "null",
  "true",
  "[]",
  "{}",
  '""',
  "\0",
  "\ufeff",
  "\r\n",
  "\n",
  " ",
  "-0",
  "1e-320",
  "9007199254740993",
  "99999999999999999999",
  "0x10",
  "1,5",
  "٣",
  "\u202e",
  "../",
  "/etc/passwd",
  "<",
  ">",
  "&amp;",
  "&#0;",
  "<!--",
  "]]>",
  "<a>",
  "</image>",
  "</annotations>",
  '"',
  "'",
  "\\",
  "\\u0000",
  "\\ud800",
  "[",
  "]",
  "{",
  "}",
  ",",
  ":",
  "- ",
  "? ",
  "!!binary",
  "*a",
  "&a ",
  "<<: ",
  "=",
  ";",
  "\t",
  "%",
  "__proto__",
].map((word) => Buffer.from(word));

const place = fc.double({ min: 0, max: 1, noNaN: true });
const at = (bytes: Buffer, share: number) => Math.min(Math.floor(share * (bytes.length + 1)), bytes.length);
const length = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 12 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 400 }) },
);

/** @param own further words, of the format's own */
function edit(own: readonly Buffer[]): fc.Arbitrary<Edit> {
  const word = fc.constantFrom(...words, ...own);
  return fc.oneof(
    fc.tuple(place, word).map(
      ([share, text]): Edit =>
        (bytes) =>
          splice(bytes, at(bytes, share), 0, text),
    ),
    fc.tuple(place, length, word).map(
      ([share, size, text]): Edit =>
        (bytes) =>
          splice(bytes, at(bytes, share), size, text),
    ),
    fc.tuple(place, length).map(
      ([share, size]): Edit =>
        (bytes) =>
          splice(bytes, at(bytes, share), size, Buffer.alloc(0)),
    ),
    fc.tuple(place, fc.nat(255)).map(
      ([share, byte]): Edit =>
        (bytes) =>
          splice(bytes, at(bytes, share), 1, Buffer.from([byte])),
    ),
    fc.tuple(place, place, length).map(
      ([from, to, size]): Edit =>
        (bytes) =>
          splice(bytes, at(bytes, to), 0, bytes.subarray(at(bytes, from), at(bytes, from) + size)),
    ),
    {
      weight: 1,
      arbitrary: place.map(
        (share): Edit =>
          (bytes) =>
            bytes.subarray(0, at(bytes, share)),
      ),
    },
  );
}

function splice(bytes: Buffer, start: number, removed: number, put: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, start), put, bytes.subarray(start + removed)]);
}

/** One of the seeds after up to five edits. */
export function mutated(seeds: readonly (string | Uint8Array)[], own: readonly string[] = []): fc.Arbitrary<Buffer> {
  const bytes: readonly Buffer[] = seeds.map((seed) => Buffer.from(seed));
  const edits = fc.array(edit(own.map((word) => Buffer.from(word))), { minLength: 1, maxLength: 5 });
  return fc
    .tuple(fc.constantFrom(...bytes), edits)
    .map(([seed, all]) => all.reduce<Buffer>((found, each) => each(found), seed));
}

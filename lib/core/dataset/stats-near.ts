// Near-duplicates across parts: images outside train that look like one in train, though their groups differ.
import type { Part } from "../../contracts/common.ts";
import type { DatasetStats, ManifestLine } from "../../contracts/dataset.ts";

const bitsApart = 2;
/** Two hashes at most 2 bits apart agree in at least one of these three bands: hexadecimal digits [from, to). */
const bands = [
  [0, 5],
  [5, 10],
  [10, 16],
] as const;
const examplesShown = 20;
/** Comparisons in all: a fixed camera gives one bucket with every frame in it. */
const comparisonLimit = 2e7;

type Index = ReadonlyMap<string, readonly ManifestLine[]>;

export function nearDuplicates(
  lines: readonly ManifestLine[],
  partOf: ReadonlyMap<string, Part>,
): DatasetStats["nearDuplicates"] {
  const decoded = lines.filter(({ phash }) => phash !== null);
  if (decoded.length === 0) return null;
  const partOfLine = ({ group }: ManifestLine) => partOf.get(group) ?? "train";
  const index = indexOf(decoded.filter((line) => partOfLine(line) === "train"));
  const budget = { left: comparisonLimit };
  const examples: NonNullable<DatasetStats["nearDuplicates"]>["examples"] = [];
  let frames = 0;
  for (const line of decoded) {
    const part = partOfLine(line);
    const near = part === "train" ? null : nearest(line, index, budget);
    if (near === null) continue;
    frames += 1;
    if (examples.length < examplesShown) examples.push({ frame: line.name, part, ...near });
  }
  return { frames, examples };
}

/** One line a hash and band: more of the same hash would only say the same again. */
function indexOf(lines: readonly ManifestLine[]): Index {
  const unique = new Map(lines.map((line) => [line.phash, line]));
  const index = new Map<string, ManifestLine[]>();
  for (const line of unique.values()) {
    for (const key of keysOf(line)) {
      const bucket = index.get(key);
      if (bucket === undefined) index.set(key, [line]);
      else bucket.push(line);
    }
  }
  return index;
}

function keysOf({ phash }: ManifestLine): string[] {
  return bands.map(([from, to]) => `${from} ${phash?.slice(from, to)}`);
}

function nearest(line: ManifestLine, index: Index, budget: { left: number }): { train: string; bits: number } | null {
  let best: { train: string; bits: number } | null = null;
  for (const key of keysOf(line)) {
    for (const other of index.get(key) ?? []) {
      budget.left -= 1;
      if (budget.left < 0) return best;
      const bits = distance(line.phash ?? "", other.phash ?? "");
      if (bits <= bitsApart && (best === null || bits < best.bits)) best = { train: other.name, bits };
      if (best?.bits === 0) return best;
    }
  }
  return best;
}

/** Bits in which two hashes of 16 hexadecimal digits differ. */
function distance(a: string, b: string): number {
  let bits = 0;
  for (const from of [0, 8]) {
    let word = (Number.parseInt(a.slice(from, from + 8), 16) ^ Number.parseInt(b.slice(from, from + 8), 16)) >>> 0;
    for (; word !== 0; word &= word - 1) bits += 1;
  }
  return bits;
}

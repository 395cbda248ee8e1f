// data.yaml in its real variants: names as list or map, parts as folder, list of folders or list file.
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { BobbinError } from "../../../../contracts/errors.ts";
import { parseWhole } from "../numbers.ts";

/** Largest YAML file that is read. */
export const largestYaml = 4 * 1024 * 1024;

export type YoloPart = "train" | "val" | "test";

export interface DataYaml {
  /** By class id; ids without a name are holes. Empty where the file names none. */
  readonly names: readonly (string | undefined)[];
  /** Number of classes the file claims; null where it does not. */
  readonly claimedClasses: number | null;
  /** `path`, the data set's root as its author had it; "" where absent. */
  readonly path: string;
  readonly parts: readonly { readonly part: YoloPart; readonly values: readonly string[] }[];
  /** Number of key points and values per point; null where there are none. */
  readonly keypoints: readonly [number, number] | null;
}

const partKeys: readonly (readonly [string, YoloPart])[] = [
  ["train", "train"],
  ["val", "val"],
  ["valid", "val"],
  ["validation", "val"],
  ["test", "test"],
];

/** Class ids end here: a map that names id 10^9 must not make a list of that length. */
const mostClasses = 100_000;

const textOf = (node: unknown): string | null =>
  isScalar(node) && typeof node.value === "string" && node.value !== "" && node.value !== "~" && node.value !== "null"
    ? node.value
    : null;

class YamlReader {
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #root: Node | null;

  constructor(file: string, text: string) {
    this.#file = file;
    // With this schema every scalar stays the text it is: `no` and `1e3` are names as good as any.
    const document = parseDocument(text, { schema: "failsafe", lineCounter: this.#lines, logLevel: "silent" });
    const [error] = document.errors;
    if (error !== undefined) this.fail(this.#lines.linePos(error.pos[0]).line, error.code, "YAML");
    this.#root = document.contents;
  }

  fail(line: number, found: string, wanted: string): never {
    throw new BobbinError("LabelFileInvalid", { file: this.#file, line: Math.max(1, line), found, wanted });
  }

  lineOf(node: unknown): number {
    const start = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
    return start === undefined ? 1 : this.#lines.linePos(start).line;
  }

  get(key: string): unknown {
    if (!isMap(this.#root)) this.fail(1, "no keys", "a map with `names` and `train`");
    const node = this.#root.get(key, true);
    // Followed, aliases multiply; left alone, what they stand for would be lost without a word.
    if (isAlias(node)) this.fail(this.lineOf(node), `an alias under \`${key}\``, "the value itself");
    return node;
  }

  names(): readonly (string | undefined)[] {
    const node = this.get("names");
    const names: (string | undefined)[] = [];
    if (isSeq(node)) {
      for (const item of node.items) names.push(this.#name(item));
    } else if (isMap(node)) {
      for (const { key, value } of node.items) names[this.#id(key)] = this.#name(value);
    } else if (textOf(node) !== null) {
      this.fail(this.lineOf(node), "a single text under `names`", "a list of names, or a map from id to name");
    }
    return names;
  }

  #id(node: unknown): number {
    const id = parseWhole(textOf(node) ?? "");
    if (id === null || id >= mostClasses)
      return this.fail(this.lineOf(node), "a class id that is no number", `0 to ${mostClasses - 1}`);
    return id;
  }

  #name(node: unknown): string {
    return textOf(node) ?? this.fail(this.lineOf(node), "an empty name or a structure", "a class name");
  }

  texts(key: string): readonly string[] {
    const node = this.get(key);
    const items = isSeq(node) ? node.items : [node];
    return items.flatMap((item) => {
      if (isMap(item) || isSeq(item) || isAlias(item))
        this.fail(this.lineOf(item), `a structure under \`${key}\``, "a path, or a list of paths");
      const text = textOf(item);
      return text === null ? [] : [text];
    });
  }
}

function keypointsOf(reader: YamlReader): DataYaml["keypoints"] {
  const numbers = reader.texts("kpt_shape").map(parseWhole);
  if (numbers.length === 0) return null;
  const [points, values] = numbers;
  if (points && points < 10_000 && (values === 2 || values === 3)) return [points, values];
  return reader.fail(reader.lineOf(reader.get("kpt_shape")), "another `kpt_shape`", "[number of points, 2 or 3]");
}

/** @throws LabelFileInvalid */
export function parseDataYaml(file: string, text: string): DataYaml {
  const reader = new YamlReader(file, text);
  return {
    names: reader.names(),
    claimedClasses: parseWhole(textOf(reader.get("nc")) ?? ""),
    path: textOf(reader.get("path")) ?? "",
    parts: partKeys
      .map(([key, part]) => ({ part, values: reader.texts(key) }))
      .filter(({ values }) => values.length > 0),
    keypoints: keypointsOf(reader),
  };
}

/** True for a file that speaks of a data set at all: a map with `names` or `nc`, and a part or `path`. */
export function looksLikeDataYaml(text: string): boolean {
  const has = (keys: string) => new RegExp(`^(?:${keys})[ \\t]*:`, "m").test(text);
  return has("names|nc") && has("train|val|valid|test|path");
}

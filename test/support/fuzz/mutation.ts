// Small damages to good files, as fast-check makes and shrinks them: what a disk, a broken tool or a hurried hand leaves behind.
import * as fc from "fast-check";

/** Files by name. */
export type Files = Readonly<Record<string, Buffer>>;

/**
 * Places are shares of what is there, so that a mutation means something in every file. Not fc.double: that is even over the bit patterns
 * of numbers, nearly all of which are close to 0, and so only ever damaged the beginning.
 */
const steps = 2 ** 20;
const share = fc.nat({ max: steps - 1 }).map((step) => step / steps);

/** Words that parsers have stumbled over. */
const words = fc.constantFrom(
  ...["", "0", "-0", "-1", "1", "0.5", "1e400", "-1e400", "NaN", "nan", "Infinity", "null", "true", "1,5", "0x10", "½"],
  ...["9007199254740993", "4294967296", "99999999999999999999", "1e-400", ".", "-", "+1", "01", "1_000", "\u0660"],
  ...[
    '"',
    "'",
    "<",
    ">",
    "&",
    "&amp;",
    "&#0;",
    "]]>",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    ";",
    "#",
    "---",
    "- ",
    "*",
    "!!js",
  ],
  ...["\n", "\r\n", "\r", "\t", "\0", "\ufeff", "\ufffd", "\u202e", "e\u0301", "\ud800", "🙂", "é", "\u2028"],
  ...["__proto__", "constructor", "toString", "..", "../a", "/a", "C:", "CON", "a/b", "a\\b", " ", "x".repeat(300)],
  ...[
    "[[[[[[[[",
    "}}}}",
    "<a>",
    "</a>",
    "<!--",
    "<!DOCTYPE a>",
    "<?xml?>",
    "names:",
    "\\u0000",
    '\\"',
    "%PDF-",
    "PK\u0003\u0004",
  ],
);

/** What leaves the file well-formed, so that readers come to see it. */
const numbers = fc.constantFrom(
  ...[
    "-1",
    "0",
    "-0",
    "0.5",
    "1",
    "2",
    "7",
    "9.99",
    "100",
    "99999",
    "-0.01",
    "1e400",
    "1e-400",
    "NaN",
    "9007199254740993",
  ],
);

const mutation = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant("number" as const), file: share, at: share, word: numbers }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("token" as const), file: share, at: share, word: words }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("insert" as const), file: share, at: share, word: words }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("byte" as const), file: share, at: share, byte: fc.nat({ max: 255 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("cut" as const), file: share, at: share, length: fc.nat({ max: 40 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("end" as const), file: share, at: share }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("line" as const), file: share, at: share, to: share }) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ kind: fc.constant("copy" as const), file: share, at: share, to: share },
      length: fc.nat({ max: 200 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("drop" as const), file: share }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("rename" as const), file: share, word: words }) },
);
export type Mutation = typeof mutation extends fc.Arbitrary<infer One> ? One : never;

export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(mutation, { minLength: 1, maxLength: 5 });

export function mutate(files: Files, all: readonly Mutation[]): Files {
  return all.reduce(applied, files);
}

const isText = (name: string) => /\.(txt|ya?ml|json|xml|csv|names|data)$/.test(name);

/** Label files are hit more often than pictures: there is more to misread in them. */
function chosen(files: Files, place: number): string | undefined {
  const names = Object.keys(files).flatMap((name) => (isText(name) ? Array(8).fill(name) : [name]));
  return names[Math.floor(place * names.length)];
}

function applied(files: Files, one: Mutation): Files {
  const name = chosen(files, one.file);
  if (name === undefined) return files;
  const { [name]: bytes = Buffer.alloc(0), ...rest } = files;
  if (one.kind === "drop") return rest;
  if (one.kind === "rename")
    return { ...rest, [name.replace(/[^/]*$/, (last) => last.replace(/^[^.]*/, one.word))]: bytes };
  // One character a byte, so that what is not touched stays as it was.
  return { ...files, [name]: Buffer.from(changed(bytes.toString("latin1"), one), "latin1") };
}

type Change = Exclude<Mutation, { readonly kind: "drop" | "rename" }>;

const number = /-?\d+(?:\.\d+)?/g;
const token = /-?\d+(?:\.\d+)?|"[^"]*"|[A-Za-z_]+/g;
const bytesOf = (word: string) => Buffer.from(word, "utf8").toString("latin1");

function replaced(text: string, pattern: RegExp, { at, word }: { readonly at: number; readonly word: string }): string {
  const found = [...text.matchAll(pattern)];
  const hit = found[Math.floor(at * found.length)];
  if (hit === undefined) return text;
  return text.slice(0, hit.index) + bytesOf(word) + text.slice(hit.index + hit[0].length);
}

function changed(text: string, one: Change): string {
  const at = Math.floor(one.at * text.length);
  const before = text.slice(0, at);
  const after = text.slice(at);
  switch (one.kind) {
    case "byte":
      return before + String.fromCharCode(one.byte) + after.slice(1);
    case "cut":
      return before + after.slice(one.length);
    case "end":
      return before;
    case "insert":
      return before + bytesOf(one.word) + after;
    case "number":
      return replaced(text, number, one);
    case "token":
      return replaced(text, token, one);
    case "line": {
      const lines = text.split("\n");
      lines.splice(Math.floor(one.to * (lines.length + 1)), 0, lines[Math.floor(one.at * lines.length)] ?? "");
      return lines.join("\n");
    }
    case "copy": {
      const to = Math.floor(one.to * text.length);
      return text.slice(0, to) + after.slice(0, one.length) + text.slice(to);
    }
  }
}

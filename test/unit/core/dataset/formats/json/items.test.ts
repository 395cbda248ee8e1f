import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { parseJson, streamJson } from "../../../../../../lib/core/dataset/formats/json/items.ts";
import type { ExportEntry } from "../../../../../../lib/core/ports.ts";

/** A file that comes in pieces of the given lengths, again and again. */
function pieces(bytes: Buffer, lengths: readonly number[]): ExportEntry {
  return {
    name: "labels.json",
    bytes: bytes.length,
    read: async () => bytes,
    async *stream() {
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const length = lengths[turn % lengths.length] ?? 1;
        yield Uint8Array.from(bytes.subarray(at, at + length));
        at += length;
      }
    },
  };
}

interface Item {
  readonly key: string;
  readonly ordinal: number;
  readonly value: unknown;
}

async function itemsOf(text: string | Buffer, lengths: readonly number[] = [1000]): Promise<readonly Item[]> {
  const items: Item[] = [];
  const handler = {
    item: (key: string, bytes: Buffer, ordinal: number) => items.push({ key, ordinal, value: parseJson(bytes) }),
  };
  for await (const _ of streamJson(pieces(Buffer.from(text), lengths), handler));
  return items;
}

/** What the file's own parser says the items are. */
function wantedItems(document: unknown): readonly Item[] {
  const listed = (key: string, list: readonly unknown[]) => list.map((value, at) => ({ key, ordinal: at + 1, value }));
  if (Array.isArray(document)) return listed("", document);
  return Object.entries(document as object).flatMap(([key, value]) =>
    Array.isArray(value) ? listed(key, value) : [{ key, ordinal: 0, value: value as unknown }],
  );
}

const shallow = fc.jsonValue({ maxDepth: 4 });
const documents = fc.oneof(fc.array(shallow), fc.dictionary(fc.string(), fc.oneof(fc.array(shallow), shallow)));

describe("the items of a JSON file", () => {
  it("are what JSON.parse finds, however the file is cut into pieces and laid out", async () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(documents, lengths, fc.constantFrom(undefined, 1, "\t"), async (document, cut, space) => {
        const text = JSON.stringify(document, null, space);
        expect(await itemsOf(text, cut)).toEqual(wantedItems(JSON.parse(text)));
      }),
    );
  });

  it("are what JSON.parse finds, or end in LabelFileInvalid, or are no JSON by themselves", async () => {
    const damaged = fc
      .tuple(documents, fc.nat(), fc.constantFrom("", ",", "]", "}", "{", '"', "x", "\\", ":", "\0"), fc.nat(3))
      .map(([document, at, put, cut]) => {
        const text = JSON.stringify(document);
        const place = at % (text.length + 1);
        return text.slice(0, place) + put + text.slice(place + cut);
      });
    await fc.assert(
      fc.asyncProperty(damaged, async (text) => {
        const parsed = (() => {
          try {
            return { document: JSON.parse(text) as unknown };
          } catch {
            return null;
          }
        })();
        const found = await itemsOf(text).catch((error: Error) => error.name);
        if (typeof found === "string") expect(found).toBe("LabelFileInvalid");
        else if (parsed === null) expect(found.some(({ value }) => value === undefined)).toBe(true);
        else expect(found).toEqual(wantedItems(parsed.document));
      }),
      { numRuns: 2000 },
    );
  });

  it("know their place, and the line they begin in", async () => {
    const lines: number[] = [];
    const entry = pieces(Buffer.from('{"a": [\n1,\n\n{\n"b": 2\n}\n]}'), [3]);
    for await (const _ of streamJson(entry, { item: (_key, _bytes, _ordinal, line) => lines.push(line) }));
    expect(lines).toEqual([2, 4]);
  });

  it.each([
    ["nothing", "", "the end of the file"],
    ["half a file", '{"annotations": [{"id": 1}, {"id"', "the end of the file"],
    ["a number alone", "7", "7"],
    ["a key twice", '{"a": [], "a": []}', 'the key "a" twice'],
    ["something behind the end", "[] []", "["],
    ["brackets without end", "[".repeat(100), "brackets 64 deep"],
    ["UTF-16", Buffer.from('{"a": []}', "utf16le"), "byte 0"],
  ])("refuse %s", async (_, text, found) => {
    await expect(itemsOf(text)).rejects.toMatchObject({ name: "LabelFileInvalid", data: { found } });
  });

  it("may stand behind a byte order mark", async () => {
    expect(await itemsOf("\ufeff[1]")).toEqual([{ key: "", ordinal: 1, value: 1 }]);
  });

  it("are never larger than a mask needs", async () => {
    const huge = Buffer.concat([Buffer.from('{"a": ["'), Buffer.alloc(17 * 1024 * 1024, 0x61), Buffer.from('"]}')]);
    await expect(itemsOf(huge, [1024 * 1024])).rejects.toMatchObject({ name: "LabelFileInvalid" });
  });
});

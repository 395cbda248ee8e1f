// Malformed inputs, each of which ends in its named error or its listed issue: no crash, no label lost, no time and no memory
// without bound. An input that nobody thought of yet is a row in test/support/malformed.
import { describe, expect, it } from "@jest/globals";
import { isBobbinError } from "../../../../lib/contracts/errors.ts";
import { openZipSource } from "../../../../lib/core/dataset/archive/zip-source.ts";
import { detectFormat } from "../../../../lib/core/dataset/formats/table.ts";
import { framesToWrite, type Ledger } from "../../../../lib/core/dataset/write/frames.ts";
import type { ExportSource } from "../../../../lib/core/ports.ts";
import type { Malformed } from "../../../support/malformed/case.ts";
import { imageCorpus } from "../../../support/malformed/images.ts";
import { markupCorpus } from "../../../support/malformed/markup.ts";
import { yoloCorpus } from "../../../support/malformed/yolo.ts";
import { zipCorpus } from "../../../support/malformed/zips.ts";
import { memoryRanges, memorySource } from "../../../support/memory-source.ts";

const corpus = { yolo: yoloCorpus, markup: markupCorpus, images: imageCorpus, zips: zipCorpus };
/** Seconds of this process's own time, and bytes that it may come to hold. */
const mostSeconds = 5;
const mostBytes = 500 * 1024 * 1024;

/**
 * The least time of three: beside others a second of a processor was seen to be worth half, but what hangs, or grows with the square,
 * takes too long each time.
 */
async function timed<T>(work: () => Promise<T>): Promise<{ readonly found: T; readonly seconds: number }> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 1; ; round++) {
    const before = process.cpuUsage();
    const found = await work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1e6);
    if (least < mostSeconds || round === 3) return { found, seconds: least };
  }
}

async function sourceOf(input: Malformed["input"]): Promise<ExportSource> {
  const given = await input;
  return given instanceof Uint8Array ? openZipSource(memoryRanges(given)) : memorySource(given);
}

/** The codes of all issues, or the one error. Labels read are labels kept and labels listed. */
async function outcome(input: Malformed["input"]): Promise<readonly string[]> {
  try {
    const source = await sourceOf(input);
    const { format } = await detectFormat(source);
    const reading = await format.open(source, {});
    const ledger: Ledger = { read: 0, issues: [] };
    let kept = 0;
    for await (const { labels } of framesToWrite(reading, ledger)) kept += labels.length;
    const listed = ledger.issues
      .filter(({ action }) => action === "refused" || action === "dropped")
      .reduce((sum, { labels }) => sum + labels, 0);
    expect(ledger.read).toBe(kept + listed);
    return ledger.issues.map(({ code }) => code);
  } catch (error) {
    if (isBobbinError(error)) return [error.name];
    throw error;
  }
}

describe.each(Object.entries(corpus))("malformed %s", (_, cases) => {
  it.each(cases.map((each) => [each.cause, each.variant, each.wanted, each] as const))(
    "%s, %s: %s",
    async (_cause, _variant, wanted, { input }) => {
      const memory = process.memoryUsage().rss;
      const { found, seconds } = await timed(() => outcome(input));
      if (wanted === "ok") expect(found.filter((code) => !["FileUnused", "ImageMissing"].includes(code))).toEqual([]);
      else expect(found).toContain(wanted);
      expect(seconds).toBeLessThan(mostSeconds);
      expect(process.memoryUsage().rss - memory).toBeLessThan(mostBytes);
    },
  );
});

/** A file of `megabytes` that is made while it is read: a beginning, then the same again and again. */
function huge(name: string, head: string, unit: string, megabytes: number): ExportSource {
  const piece = Buffer.from(unit.repeat(Math.ceil((1024 * 1024) / unit.length)));
  const entry = {
    name,
    bytes: head.length + megabytes * piece.length,
    read: () => Promise.reject(new RangeError("too large to be read whole")),
    async *stream() {
      yield Buffer.from(head);
      for (let at = 0; at < megabytes; at++) yield piece;
    },
  };
  return { ...memorySource({}), entries: () => [entry] };
}

describe("a label file of 600 MB", () => {
  const images = '{"annotations": [{"image_id": 1}], "images": [{"id": 0, "file_name": "x.jpg"}';
  it.each([
    ["of one text", huge("a.json", '{"annotations": [{"image_id": 1}, "', "x", 600), "LabelFileInvalid"],
    ["of brackets", huge("a.json", '{"annotations": [{"image_id": 1}, ', "[", 600), "LabelFileInvalid"],
    ["of nothing", huge("a.json", '{"annotations": [{"image_id": 1}, ', " ", 600), "LabelFileInvalid"],
    [
      "of one image again and again",
      huge("a.json", images, ',{"id": 0, "file_name": "x.jpg"}', 600),
      "LabelFileInvalid",
    ],
    ["of one XML text", huge("a.xml", "<annotations><image name='x'><tag label='", "x", 600), "LabelFileInvalid"],
    ["of XML brackets", huge("a.xml", "<annotations><image name='x'>", "<a>", 600), "LabelFileInvalid"],
    ["of XML spaces", huge("a.xml", "<annotations><image name='x'>", " ", 600), "LabelFileInvalid"],
    ["of a task", huge("a.json", '[{"data": {}, "annotations": []}, {"data": "', "x", 600), "LabelFileInvalid"],
  ])("%s ends in bounded time and memory", async (_, source, wanted) => {
    const memory = process.memoryUsage().rss;
    const read = async () => {
      const { format } = await detectFormat(source);
      const reading = await format.open(source, {});
      for await (const _frame of reading.frames(() => undefined));
    };
    const { seconds } = await timed(() => expect(read()).rejects.toMatchObject({ name: wanted }));
    expect(seconds).toBeLessThan(mostSeconds);
    expect(process.memoryUsage().rss - memory).toBeLessThan(mostBytes);
  });
});

describe("the corpus", () => {
  const all = Object.values(corpus).flat();

  it("has at least 300 inputs of at least 80 causes", () => {
    expect(all.length).toBeGreaterThanOrEqual(300);
    expect(new Set(all.map(({ cause }) => cause)).size).toBeGreaterThanOrEqual(80);
  });

  it("names each input once", () => {
    const names = all.map(({ cause, variant }) => `${cause}, ${variant}`);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });
});

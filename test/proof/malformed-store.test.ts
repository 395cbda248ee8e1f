// The malformed corpus taken in by the real Ingest, on a store in a folder that holds a version already: whatever becomes of an
// input, what counts in the store is as it was, what came is whole, and the next good export goes on as if nothing had been.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { isBobbinError } from "../../lib/contracts/errors.ts";
import { openZipSource } from "../../lib/core/dataset/archive/zip-source.ts";
import type { ExportSource } from "../../lib/core/ports.ts";
import { ingest } from "../../lib/core/steps/ingest.ts";
import type { IngestOutput } from "../../lib/core/steps/types.ts";
import { type LocalStores, openStores } from "../../lib/local/store/open.ts";
import { lastingFolder } from "../support/folder.ts";
import type { Malformed } from "../support/malformed/case.ts";
import { imageCorpus } from "../support/malformed/images.ts";
import { markupCorpus } from "../support/malformed/markup.ts";
import { yoloCorpus } from "../support/malformed/yolo.ts";
import { zipCorpus } from "../support/malformed/zips.ts";
import { memoryRanges, memorySource } from "../support/memory-source.ts";
import { runIds, testConfig, testRequest } from "../support/run-request.ts";
import { ingestPorts, runBoth } from "../support/run-steps.ts";
import { samplePictures, yoloFolder } from "../support/yolo-folder.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
/** Crockford's alphabet, of which run ids are made. */
const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const runIdOf = (at: number) =>
  runIds[0].slice(0, -4) + [32 ** 3, 32 ** 2, 32, 1].map((unit) => digits[Math.floor(at / unit) % 32]).join("");

async function sourceOf(input: Malformed["input"]): Promise<ExportSource> {
  const given = await input;
  return given instanceof Uint8Array ? openZipSource(memoryRanges(given)) : memorySource(given);
}

class Store {
  readonly folder = lastingFolder();
  readonly stores: LocalStores = openStores(this.folder);
  /** Files by path, but for frames and what runs leave in their own folders. */
  #counts: Readonly<Record<string, string>> = {};
  readonly #frames = new Set<string>();

  #files(below: string): string[] {
    const root = join(this.folder, below);
    if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) return [];
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(this.folder, join(parentPath, name)).split(sep).join("/"));
  }

  #read(path: string): Buffer {
    return readFileSync(join(this.folder, path));
  }

  counting(): Readonly<Record<string, string>> {
    const paths = this.#files(".").filter((path) => !/^data\/(?:frames|runs)\//.test(path));
    return Object.fromEntries(paths.sort().map((path) => [path, sha256(this.#read(path))]));
  }

  keep(): void {
    this.#counts = this.counting();
    this.expectWholeFrames();
  }

  /** Everything but frames and the folder of the run is as it was, and nothing in either is half written. */
  expectAsBefore(runId: string): void {
    expect(this.counting()).toEqual(this.#counts);
    this.expectWholeFrames();
    for (const path of this.#files(`data/runs/${runId}`)) {
      const text = this.#read(path).toString("utf8");
      expect(text === "" || text.endsWith("\n")).toBe(true);
      for (const line of text.split("\n").filter((each) => each !== "")) JSON.parse(line);
    }
  }

  /** New ones alone: what was whole is never opened again for writing. */
  expectWholeFrames(): void {
    for (const path of this.#files("data/frames").filter((each) => !this.#frames.has(each))) {
      const digest = /^data\/frames\/([0-9a-f]{2})\/(\1[0-9a-f]{62})\.[a-z]{3,4}$/.exec(path)?.[2];
      expect([path, sha256(this.#read(path))]).toEqual([path, digest]);
      this.#frames.add(path);
    }
  }
}

/** The classes of the good export and of the corpus. */
const classes = ["tray", "person", "c", "cup", "a"].map((name) => ({ name, from: [], base: [] }));
const config = testConfig({ groupRule: { kind: "frame" }, classes });

/** Lap after lap; the name it was refused by, or `done`. */
async function takeIn(stores: LocalStores, runId: string, input: Malformed["input"]): Promise<string> {
  const request = testRequest("export", { runId, config });
  const ports = {
    ...ingestPorts({ stores, request, lap: { milliseconds: 60_000, frames: 2 } }),
    exports: { open: () => sourceOf(input) },
  };
  try {
    for (let cursor: string | null = null; ; ) {
      const output: IngestOutput = await ingest({ runId, cursor }, ports);
      if (output.done) return "done";
      cursor = output.cursor;
    }
  } catch (error) {
    if (isBobbinError(error)) return error.name;
    throw error;
  }
}

const corpus = { yolo: yoloCorpus, markup: markupCorpus, images: imageCorpus, zips: zipCorpus };
let pictures: readonly Uint8Array[];
beforeAll(async () => {
  pictures = await samplePictures(7);
});

describe.each(Object.entries(corpus))("a store that is handed malformed %s", (_, cases) => {
  const outcomes = new Map<string, number>();
  let store: Store;
  let good: string;
  beforeAll(async () => {
    store = new Store();
    good = yoloFolder(
      pictures.slice(0, 6).map((image, at) => ({ name: `${at}`, image, labels: "0 0.5 0.5 0.25 0.5\n" })),
    );
    await runBoth({ stores: store.stores, request: testRequest(good, { runId: runIdOf(0), config }) });
    store.keep();
  });

  it.each(cases.map((each, at) => [each.cause, each.variant, at] as const))("%s, %s", async (_cause, _variant, at) => {
    const runId = runIdOf(at + 1);
    const first = await takeIn(store.stores, runId, cases[at]!.input);
    store.expectAsBefore(runId);
    // Asked again, a run that died on the way answers the same, and writes nothing more.
    expect(await takeIn(store.stores, runId, cases[at]!.input)).toBe(first);
    store.expectAsBefore(runId);
    outcomes.set(first, (outcomes.get(first) ?? 0) + 1);
  });

  it("is then what it was to the same good export, and takes the next", async () => {
    // Some are taken in with what was repaired or left out, some are refused.
    expect([outcomes.has("done"), outcomes.size > 1]).toEqual([true, true]);
    const again = testRequest(good, { runId: runIdOf(cases.length + 1), config });
    expect(await runBoth({ stores: store.stores, request: again })).toMatchObject({ version: "d1", unchanged: true });
    store.expectAsBefore(again.runId);
    const more = yoloFolder([{ name: "6", image: pictures[6]!, labels: "0 0.5 0.5 0.25 0.5\n" }]);
    const next = testRequest(more, { runId: runIdOf(cases.length + 2), config });
    expect(await runBoth({ stores: store.stores, request: next })).toMatchObject({
      version: "d2",
      difference: { framesAdded: 1, framesUnchanged: 6, framesChanged: 0, framesRemoved: 0 },
    });
  });
});

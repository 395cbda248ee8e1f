// A committed folder: taken when it is what was committed, refused with the file that is not.
import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { isBobbinError } from "../../../../lib/contracts/errors.ts";
import { withoutCommit } from "../../../../lib/core/dataset/upload-commit.ts";
import { memorySource } from "../../../support/memory-source.ts";

const bytesOf = (text: string) => Buffer.from(text);
const entryOf = (name: string, text: string) => ({
  name,
  bytes: bytesOf(text).length,
  sha256: createHash("sha256").update(bytesOf(text)).digest("hex"),
});
const commitFor = (files: Readonly<Record<string, string>>, more: object = {}) =>
  JSON.stringify({
    schema: "bobbin/upload-commit/1",
    files: Object.entries(files).map(([name, text]) => entryOf(name, text)),
    ...more,
  });
const files = { "a.jpg": "one", "labels/a.txt": "0 0.5 0.5 1 1\n" };

/** Reads a whole source, so that digests are checked too. */
async function outcome(present: Readonly<Record<string, string>>) {
  try {
    const { source, commit } = await withoutCommit(memorySource(present));
    for (const entry of source.entries()) await entry.read();
    for (const entry of source.entries())
      for await (const chunk of entry.stream()) expect(chunk.length).toBeGreaterThan(0);
    return { names: source.entries().map(({ name }) => name), mode: commit?.mode };
  } catch (error) {
    if (isBobbinError(error, "UploadIncomplete")) return { file: error.data.file };
    throw error;
  }
}

describe("an upload with _COMMIT.json", () => {
  it("is the committed files, in the mode it says", async () => {
    expect(await outcome({ ...files, "_COMMIT.json": commitFor(files, { mode: "replace" }) })).toEqual({
      names: Object.keys(files),
      mode: "replace",
    });
    expect(await outcome({ ...files, "_COMMIT.json": commitFor(files) })).toMatchObject({ mode: "merge" });
  });

  it("is left as it is where nothing closes it", async () => {
    expect(await outcome(files)).toEqual({ names: Object.keys(files), mode: undefined });
  });

  it.each([
    ["a missing file", { "a.jpg": "one" }, "labels/a.txt"],
    ["a file that was not committed", { ...files, "b.jpg": "two" }, "b.jpg"],
    ["another size", { ...files, "a.jpg": "longer" }, "a.jpg"],
    ["other bytes of the same size", { ...files, "a.jpg": "eno" }, "a.jpg"],
  ])("is refused for %s, by name", async (_, present, file) => {
    expect(await outcome({ ...present, "_COMMIT.json": commitFor(files) })).toEqual({ file });
  });

  it("is refused where _COMMIT.json is none", async () => {
    for (const text of ["{", "{}", '{"schema":"bobbin/upload-commit/1","files":[{"name":"a"}]}']) {
      expect(await outcome({ ...files, "_COMMIT.json": text })).toEqual({ file: "_COMMIT.json" });
    }
  });

  it("never takes a changed byte", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (bytes, at, flip) => {
          const text = Buffer.from(bytes).toString("latin1");
          const place = at % text.length;
          const changed =
            text.slice(0, place) + String.fromCharCode((text.charCodeAt(place) + flip) % 256) + text.slice(place + 1);
          expect(await outcome({ x: changed, "_COMMIT.json": commitFor({ x: text }) })).toEqual({ file: "x" });
        },
      ),
    );
  });
});

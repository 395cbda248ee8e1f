import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openExport } from "../../../../lib/local/export-source/open.ts";
import { zipOf } from "../../../support/zip.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bobbin-export-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}

describe("openExport", () => {
  it("takes a folder: files below it, sorted, by whole names", async () => {
    put("labels/b.txt", "0 1");
    put("images/b.jpg", "bytes");
    put("data.yaml", "names: [a]");
    const source = await openExport(folder);
    expect(source.kind).toBe("folder");
    expect(source.entries().map(({ name, bytes }) => [name, bytes])).toEqual([
      ["data.yaml", 10],
      ["images/b.jpg", 5],
      ["labels/b.txt", 3],
    ]);
    expect(Buffer.from(await source.entries()[1]!.read()).toString()).toBe("bytes");
  });

  it("reads a file into the memory it is given where that has room for it", async () => {
    for (const [name, bytes] of [
      ["a", 0],
      ["b", 1],
      ["c", 7],
      ["d", 8],
      ["e", 9],
      ["f", 100],
    ] as const)
      put(name, name.repeat(bytes));
    const scratch = new Uint8Array(8);
    const fits: boolean[] = [];
    for (const entry of (await openExport(folder)).entries()) {
      const read = await entry.read(scratch);
      expect(Buffer.from(read).toString()).toBe(entry.name.repeat(entry.bytes));
      fits.push(read.buffer === scratch.buffer);
    }
    // A file that fills the memory might go on behind it.
    expect(fits).toEqual([true, true, true, false, false, false]);
  });

  it("opens a name that is not composed by the name the disk has, and calls it by the composed one", async () => {
    put("Mu\u0308ller.jpg", "bytes");
    const [entry] = (await openExport(folder)).entries();
    expect(entry?.name).toBe("M\u00fcller.jpg");
    expect(Buffer.from(await entry!.read()).toString()).toBe("bytes");
  });

  it("refuses links in a folder, to files and to folders", async () => {
    put("a/x.jpg", "x");
    symlinkSync(join(folder, "a/x.jpg"), join(folder, "link.jpg"));
    await expect(openExport(folder)).rejects.toMatchObject({
      name: "ArchiveInvalid",
      data: { entry: "link.jpg", found: "a symbolic link" },
    });
    rmSync(join(folder, "link.jpg"));
    symlinkSync(folder, join(folder, "loop"));
    await expect(openExport(folder)).rejects.toMatchObject({ name: "ArchiveInvalid", data: { entry: "loop" } });
  });

  it("digests a folder by names and contents, and not by where it lies", async () => {
    put("one/a.txt", "a");
    put("two/a.txt", "a");
    put("three/b.txt", "a");
    const [one, two, three] = await Promise.all(
      ["one", "two", "three"].map(async (name) => (await openExport(join(folder, name))).sha256()),
    );
    expect(one).toBe(two);
    expect(three).not.toBe(one);
    const line = `${createHash("sha256").update("a").digest("hex")} 1 a.txt\n`;
    expect(one).toBe(createHash("sha256").update(line).digest("hex"));
  });

  it("takes a zip, and digests its bytes", async () => {
    const zip = await zipOf([{ name: "a.txt", bytes: Buffer.from("a") }]);
    const source = await openExport(put("export.zip", zip));
    expect([source.kind, source.name, source.entries().length]).toEqual(["zip", "export.zip", 1]);
    expect(await source.sha256()).toBe(createHash("sha256").update(zip).digest("hex"));
    expect(Buffer.from(await source.entries()[0]!.read()).toString()).toBe("a");
    await source.close();
  });

  it("names what is not there, and what is no zip", async () => {
    await expect(openExport(join(folder, "nothing"))).rejects.toMatchObject({ name: "ExportMissing" });
    await expect(openExport(put("export.rar", "Rar!"))).rejects.toMatchObject({
      name: "ArchiveInvalid",
      data: { file: "export.rar" },
    });
  });
});

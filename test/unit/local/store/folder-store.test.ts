// What only the folder promises: history, readable files, mending after a power cut, refusing what cannot hold.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import { openFolderStore } from "../../../../lib/local/store/folder-store.ts";
import { syncedBy } from "../../../../lib/local/store/synced.ts";
import { freshFolder } from "../../../support/folder.ts";

const bytes = (text: string) => Buffer.from(text);

describe("the folder store", () => {
  it("lays documents where people look for them, the newest under its own name, and keeps every version", async () => {
    const folder = freshFolder();
    const store = openFolderStore(folder);
    let etag = await store.create("ledger/a.json", bytes("1"));
    for (const text of ["2", "3", "4"]) etag = await store.replace("ledger/a.json", bytes(text), etag);
    expect(fs.readFileSync(path.join(folder, "ledger/a.json"), "utf8")).toBe("4");
    const versions = path.join(folder, ".versions/ledger/a.json");
    expect(fs.readdirSync(versions).map((name) => fs.readFileSync(path.join(versions, name), "utf8"))).toEqual([
      "1",
      "2",
      "3",
      "4",
    ]);
    expect(fs.readdirSync(path.join(folder, ".temporary"))).toEqual([]);
  });

  it("goes by the chain of versions, whatever lies under the key's own name", async () => {
    const folder = freshFolder();
    const store = openFolderStore(folder);
    await store.replace("k", bytes("2"), await store.create("k", bytes("1")));
    // As a process leaves it that is killed between its write and the showing of it.
    fs.rmSync(path.join(folder, "k"));
    fs.writeFileSync(path.join(folder, "k"), "1");
    expect(await store.get("k")).toEqual({ bytes: bytes("2"), etag: "v2" });
    await expect(store.replace("k", bytes("x"), "v1")).rejects.toMatchObject({ name: "ObjectChanged" });
    expect(await store.replace("k", bytes("3"), "v2")).toBe("v3");
    expect(fs.readFileSync(path.join(folder, "k"), "utf8")).toBe("3");
  });

  it("mends a frame that a power cut tore, and nothing else", async () => {
    const folder = freshFolder();
    const store = openFolderStore(folder, { deferred: ["frames/"] });
    const image = bytes("an image");
    const key = `frames/ab/${createHash("sha256").update(image).digest("hex")}.jpg`;
    fs.mkdirSync(path.join(folder, "frames/ab"), { recursive: true });
    fs.writeFileSync(path.join(folder, key), "");
    await expect(store.create(key, image)).rejects.toMatchObject({ name: "ObjectExists" });
    expect(await store.get(key)).toMatchObject({ bytes: image });
    await expect(store.create(key, bytes("another image"))).rejects.toMatchObject({ name: "ObjectExists" });
    expect(await store.get(key)).toMatchObject({ bytes: image });
  });

  it("gives the file behind a key, to be linked", async () => {
    const folder = freshFolder();
    const store = openFolderStore(folder);
    await store.create("frames/a.jpg", bytes("x"));
    expect(store.readPath("frames/a.jpg")).toBe(path.join(folder, "frames/a.jpg"));
    expect(() => store.readPath("frames/b.jpg")).toThrow(expect.objectContaining({ name: "ObjectMissing" }));
  });

  it("links the newest content of a key, and says where there is none", async () => {
    const folder = freshFolder();
    const at = (name: string) => path.join(folder, name);
    const store = openFolderStore(at("store"), { deferred: ["frames/"] });
    await store.create("frames/a.jpg", bytes("a"));
    await store.create("config/b.json", bytes("b"));
    const link = store.linker();
    link("frames/a.jpg", at("a"));
    link("config/b.json", at("b"));
    expect(fs.statSync(at("a")).ino).toBe(fs.statSync(store.readPath("frames/a.jpg")).ino);
    expect(() => link("frames/a.jpg", at("b"))).toThrow(expect.objectContaining({ code: "EEXIST" }));
    for (const key of ["frames/c.jpg", "frames", "config/c.json"]) {
      expect(() => link(key, at("c"))).toThrow(expect.objectContaining({ name: "ObjectMissing", data: { key } }));
    }
    expect(() => link("frames/../a", at("c"))).toThrow(expect.objectContaining({ name: "KeyInvalid" }));
    for (const key of ["frames/a.jpg", "config/b.json"]) await store.replace(key, bytes(`new ${key}`), "v1");
    // As a process leaves it that is killed between its write and the showing of it.
    fs.rmSync(at("store/frames/a.jpg"));
    fs.writeFileSync(at("store/frames/a.jpg"), "a");
    const newer = store.linker();
    newer("frames/a.jpg", at("newer a"));
    newer("config/b.json", at("newer b"));
    expect(fs.readFileSync(at("newer a"), "utf8")).toBe("new frames/a.jpg");
    expect(fs.readFileSync(at("newer b"), "utf8")).toBe("new config/b.json");
  });

  it("creates none of many frames over one that is there, in whatever order they come", async () => {
    const store = openFolderStore(freshFolder(), { deferred: ["frames/"] });
    const order = [1, 2, 1, 1, 3, 2, 4, 4, 5];
    const made: number[] = [];
    for (const [index, name] of order.entries()) {
      await store.create(`frames/${name}.jpg`, bytes(`${index}`)).then(
        () => made.push(name),
        (error) => expect(error).toMatchObject({ name: "ObjectExists", data: { key: `frames/${name}.jpg` } }),
      );
    }
    expect(made).toEqual([1, 2, 3, 4, 5]);
    const found = await Promise.all(made.map(async (name) => (await store.get(`frames/${name}.jpg`)).bytes));
    expect(found.map((content) => Buffer.from(content).toString())).toEqual(["0", "1", "4", "6", "8"]);
  });

  it("lets nobody write into a stored file by accident", async () => {
    const store = openFolderStore(freshFolder());
    await store.create("frames/a.jpg", bytes("x"));
    if (process.platform !== "win32") expect(fs.statSync(store.readPath("frames/a.jpg")).mode & 0o222).toBe(0);
  });

  it("removes what killed processes left, when it is a day old", async () => {
    const folder = freshFolder();
    openFolderStore(folder);
    const left = path.join(folder, ".temporary/old");
    const fresh = path.join(folder, ".temporary/fresh");
    fs.writeFileSync(left, "x");
    fs.writeFileSync(fresh, "x");
    fs.utimesSync(left, new Date(0), new Date(0));
    openFolderStore(folder);
    expect([fs.existsSync(left), fs.existsSync(fresh)]).toEqual([false, true]);
  });

  it("refuses a place that is no folder, by name", () => {
    const file = path.join(freshFolder(), "file");
    fs.writeFileSync(file, "");
    expect(() => openFolderStore(path.join(file, "store"))).toThrow(expect.objectContaining({ name: "StoreUnusable" }));
  });

  it("refuses a key that would need a file to be a folder", async () => {
    const store = openFolderStore(freshFolder());
    await store.create("a", bytes("x"));
    await expect(store.create("a/b", bytes("y"))).rejects.toMatchObject({ name: "KeyInvalid" });
  });
});

describe("syncedBy", () => {
  it.each([
    ["/home/me/Dropbox/store", "Dropbox"],
    ["/home/me/OneDrive - Plant GmbH/store", "OneDrive"],
    ["/Users/me/Library/Mobile Documents/com~apple~CloudDocs/x", "iCloud Drive"],
    ["/Users/me/Library/CloudStorage/GoogleDrive-me@x.org/My Drive/s", "Google Drive"],
    ["/home/me/Nextcloud/s", "Nextcloud"],
    ["/home/me/dropboxes/store", null],
    ["/home/me/projects/bobbin-store", null],
  ])("%s: %s", (folder, found) => {
    expect(syncedBy(folder)).toBe(found);
  });
});

// A job's folder as it is laid out: whole, the store's files linked and never written to, nothing outside it.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { JobInput } from "../../../../lib/core/ports.ts";
import { layOut } from "../../../../lib/local/jobs/folder.ts";
import { openStores } from "../../../../lib/local/store/open.ts";
import { freshFolder } from "../../../support/folder.ts";

async function setting() {
  const stores = openStores(freshFolder());
  await stores.data.create("frames/ab/one.jpg", Buffer.from("one"));
  await stores.registry.create("weights/w.pt", Buffer.from("weights"));
  const folder = freshFolder();
  const lay = (...inputs: JobInput[]) => layOut(folder, inputs, stores);
  return { stores, folder, lay };
}

const digestOf = (text: string) => createHash("sha256").update(text).digest("hex");
const image: JobInput = {
  path: "data/images/train/000000_ab.jpg",
  bucket: "data",
  key: "frames/ab/one.jpg",
  sha256: digestOf("one"),
};
const label: JobInput = { path: "data/labels/train/000000_ab.txt", text: "0 0.5 0.5 1 1\n" };
const weights: JobInput = { path: "weights.pt", bucket: "registry", key: "weights/w.pt", sha256: digestOf("weights") };

const filesOf = (folder: string) =>
  fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => fs.statSync(path.join(folder, name)).isFile())
    .map((name) => [name.replaceAll("\\", "/"), fs.readFileSync(path.join(folder, name), "utf8")])
    .sort();

const whole = [
  [image.path, "one"],
  [label.path, "0 0.5 0.5 1 1\n"],
  [weights.path, "weights"],
];

describe("layOut", () => {
  it("puts every file where the job looks for it, pictures as links to the store", async () => {
    const { stores, folder, lay } = await setting();
    lay(image, label, weights);
    expect(filesOf(folder)).toEqual(whole);
    const [linked, stored] = [path.join(folder, image.path), stores.data.readPath("frames/ab/one.jpg")];
    expect(fs.statSync(linked).ino).toBe(fs.statSync(stored).ino);
  });

  it("gives the same folder when it is asked again, also after an attempt that died half way", async () => {
    const { folder, lay } = await setting();
    lay(image);
    fs.mkdirSync(path.join(folder, "data/labels/train"), { recursive: true });
    fs.writeFileSync(path.join(folder, label.path), "0 0.5");
    fs.writeFileSync(path.join(folder, weights.path), "wei");
    lay(image, label, weights);
    lay(image, label, weights);
    expect(filesOf(folder)).toEqual(whole);
  });

  it("writes a text over a link without touching the store's file", async () => {
    const { stores, folder, lay } = await setting();
    lay({ ...image, path: label.path });
    lay(label);
    expect(fs.readFileSync(path.join(folder, label.path), "utf8")).toBe("0 0.5 0.5 1 1\n");
    expect(Buffer.from((await stores.data.get("frames/ab/one.jpg")).bytes).toString()).toBe("one");
  });

  it.each(["../x.txt", "data/../../x.txt", "data/..", "/x.txt", "a/./../../x.txt"])("refuses %s", async (name) => {
    const { lay } = await setting();
    expect(() => lay({ path: "data/a.txt", text: "" }, { path: name, text: "" })).toThrow(RangeError);
  });
});

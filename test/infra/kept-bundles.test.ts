// What was packed is used again for the same source, and for no other.
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { digestOfSource, keepOnce } from "../../lib/infra/functions/kept.ts";
import { freshFolder } from "../support/folder.ts";

function project(): string {
  const root = freshFolder();
  for (const folder of ["lib/core", "lambdas/admit", "node_modules"])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, "lib/core/a.ts"), "export const a = 1;");
  writeFileSync(join(root, "lambdas/admit/handler.ts"), "export const handler = 1;");
  writeFileSync(join(root, "node_modules/.package-lock.json"), "{}");
  return root;
}

it.each([
  ["a line of our source", "lib/core/a.ts", "export const a = 2;"],
  ["a handler", "lambdas/admit/handler.ts", "export const handler = 2;"],
  ["a file more", "lib/core/b.ts", ""],
  ["an installed package", "node_modules/.package-lock.json", '{"packages":{}}'],
])("another source is known by %s", (_, file, text) => {
  const root = project();
  const before = digestOfSource(root);
  expect(digestOfSource(root)).toBe(before);
  writeFileSync(join(root, file), text);
  expect(digestOfSource(root)).not.toBe(before);
});

it("is not known where npm did not write down what it installed", () => {
  const root = project();
  expect(digestOfSource(join(root, "lib"))).toBeNull();
});

it("is made once for a key, and copied where it is wanted", () => {
  const folder = freshFolder();
  let made = 0;
  const make = (into: string) => {
    made += 1;
    mkdirSync(join(into, "admit"));
    writeFileSync(join(into, "admit/index.mjs"), `made ${made}`);
  };
  const text = (name: string) => readFileSync(join(folder, name, "admit/index.mjs"), "utf8");
  for (const name of ["one", "two"]) keepOnce(join(folder, "kept/k1"), join(folder, name), make);
  expect([made, text("one"), text("two")]).toEqual([1, "made 1", "made 1"]);
  // Whoever changes their copy changes nobody else's.
  writeFileSync(join(folder, "two/admit/index.mjs"), "else");
  keepOnce(join(folder, "kept/k1"), join(folder, "three"), make);
  expect(text("three")).toBe("made 1");
  keepOnce(join(folder, "kept/k2"), join(folder, "four"), make);
  expect([made, text("four")]).toEqual([2, "made 2"]);
});

it("leaves nothing half made, and forgets what was not wanted for the longest", () => {
  const folder = freshFolder();
  const kept = (name: string) => join(folder, "kept", name);
  const broken = (into: string) => {
    writeFileSync(join(into, "index.mjs"), "half");
    throw new RangeError("no such import");
  };
  expect(() => keepOnce(kept("k0"), join(folder, "out"), broken)).toThrow("no such import");
  expect([readdirSync(join(folder, "kept")), existsSync(join(folder, "out"))]).toEqual([[], false]);
  for (const [at, name] of ["k1", "k2", "k3"].entries()) {
    keepOnce(kept(name), join(folder, name), () => undefined);
    utimesSync(kept(name), at, at);
  }
  keepOnce(kept("k1"), join(folder, "again"), broken);
  keepOnce(kept("k4"), join(folder, "k4"), () => undefined);
  expect(readdirSync(join(folder, "kept")).sort()).toEqual(["k1", "k3", "k4"]);
});

// The launcher: source in a checkout, bundle in a package, and a plain word where this Node cannot run either.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";

const root = dirname(dirname(import.meta.dirname));

/** Makes the running Node look like an old one. */
const asNode20 = [
  "--no-experimental-strip-types",
  "--import",
  `data:text/javascript,${encodeURIComponent(
    'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.1.0" } });',
  )}`,
];

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bobbin-launcher-"));
  mkdirSync(join(folder, "bin"));
  cpSync(join(root, "bin/bobbin.js"), join(folder, "bin/bobbin.js"));
  writeFileSync(join(folder, "package.json"), '{"name":"planted","type":"module"}');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function plant(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

function start(nodeOptions: readonly string[], ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...nodeOptions, join(folder, "bin/bobbin.js"), ...args],
    { encoding: "utf8", env: { PATH: process.env.PATH } },
  );
  return { status, stdout, stderr };
}

const source =
  'const words: string[] = process.argv.slice(2);\nconsole.log("source", ...words);\nprocess.exitCode = 7;\n';
const bundle = 'console.log("bundle", ...process.argv.slice(2));\nprocess.exitCode = 7;\n';

test("a package runs its bundle, and hands on words and exit status", () => {
  plant("dist/bobbin.js", bundle);
  expect(start([], "run", "a b")).toEqual({ status: 7, stdout: "bundle run a b\n", stderr: "" });
});

test("a checkout runs its source, even beside a bundle", () => {
  plant("dist/bobbin.js", bundle);
  plant("bin/bobbin.ts", source);
  expect(start([], "run")).toEqual({ status: 7, stdout: "source run\n", stderr: "" });
});

test("an old Node hands over to the checkout's own", () => {
  plant("bin/bobbin.ts", source);
  plant("node_modules/node/package.json", '{"name":"node"}');
  mkdirSync(join(folder, "node_modules/node/bin"));
  symlinkSync(process.execPath, join(folder, "node_modules/node/bin/node"));
  expect(start(asNode20, "run", "--json")).toEqual({ status: 7, stdout: "source run --json\n", stderr: "" });
});

test("an old Node alone is told which one is wanted", () => {
  plant("dist/bobbin.js", bundle);
  const { status, stdout, stderr } = start(asNode20);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toContain("Node 24 is wanted, this is Node 20.1.0");
});

test("a package without a bundle says so", () => {
  const { status, stderr } = start([]);
  expect(status).toBe(2);
  expect(stderr).toContain("holds no dist/bobbin.js");
});

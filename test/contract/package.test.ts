// What `npm pack` ships, and what it leaves at home.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "@jest/globals";

const root = dirname(dirname(import.meta.dirname));

test("what is packed holds the licence, the launcher and the trainer, and no tests or environment", () => {
  const npm = execFileSync("npm", ["pack", "--dry-run", "--ignore-scripts", "--json"], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const files = (JSON.parse(npm) as [{ files: { path: string }[] }])[0].files.map(({ path }) => path);
  expect(files).toEqual(
    expect.arrayContaining([
      "LICENSE",
      "package.json",
      "bin/bobbin.js",
      "containers/trainer/pyproject.toml",
      "containers/trainer/uv.lock",
    ]),
  );
  expect(files.filter((path) => /(^|\/)(tests?|\.venv|node_modules|__pycache__)\//.test(path))).toEqual([]);
  expect(files.filter((path) => path.endsWith(".ts"))).toEqual([]);
});

test("the lock file names no registry", () => {
  const lock = readFileSync(join(root, "package-lock.json"), "utf8");
  expect(lock).not.toMatch(/https?:\/\/[^"]*\.tgz/);
});

test("every dependency is pinned to one version", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(String(version)),
  );
  expect(loose).toEqual([]);
});

/** npm leaves out of the lock what a registry does not have; `npm ci` then fails on every machine. */
test("the lock file holds every platform's package, each with its hash", () => {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { integrity?: string; inBundle?: true; optionalDependencies?: Record<string, string> }>;
  };
  const entries = Object.entries(packages).filter(([path]) => path !== "");
  const names = new Set(entries.map(([path]) => path.split("node_modules/").at(-1)));
  const wanted = entries.flatMap(([, { optionalDependencies = {} }]) => Object.keys(optionalDependencies));
  expect(wanted.filter((name) => !names.has(name))).toEqual([]);
  // What lies inside another package's archive is covered by that one's hash.
  const bare = entries.filter(([, { integrity, inBundle }]) => integrity === undefined && inBundle !== true);
  expect(bare.map(([path]) => path)).toEqual([]);
});

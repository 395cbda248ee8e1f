// Packs each function of lambdas/ into one file with everything it imports, the AWS SDK of our lock file included: the runtime's own
// would change under us. Native packages go beside it as they are.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { digestOfSource, keepOnce } from "./kept.ts";

export interface FunctionSource {
  /** Folder of lambdas/ that holds handler.ts. */
  readonly name: string;
  /** Decodes or draws pictures: sharp comes along, for Linux on x86-64. */
  readonly native: boolean;
}

/** sharp, what it imports, and its build for the functions' machines. */
const sharpPackages = [
  "sharp",
  "detect-libc",
  "semver",
  "@img/colour",
  "@img/sharp-linux-x64",
  "@img/sharp-libvips-linux-x64",
] as const;

/** A bundle is an ES module; what it holds of older packages asks for these. */
const banner = [
  'import { createRequire as bobbinRequire } from "node:module";',
  "const require = bobbinRequire(import.meta.url);",
].join("");

/** Below the root; npm takes it away with the packages. */
export const keptBundles = "node_modules/.cache/functions";

export interface Bundle {
  readonly folder: string;
  /** SHA-256 of everything in it, found without reading the native packages: their version says what they are. */
  readonly digest: string;
}

/**
 * Writes `index.mjs`, its source map and native packages into a folder of each function's name. All at once: what they have in common
 * is read once, and each file is the very same as if it were made alone. Nothing is packed where the same source was packed before.
 * @param root folder that holds lambdas/ and node_modules/
 */
export function bundleFunctions(
  root: string,
  sources: readonly FunctionSource[],
  folder: string,
): ReadonlyMap<string, Bundle> {
  const made = (into: string) => {
    for (const native of [false, true]) {
      const names = sources.filter((source) => source.native === native).map(({ name }) => name);
      if (names.length > 0) pack(root, names, native, into);
    }
  };
  const source = digestOfSource(root);
  if (source === null) made(folder);
  else {
    const key = createHash("sha256")
      .update(JSON.stringify([source, sources]))
      .digest("hex");
    keepOnce(join(root, keptBundles, key), folder, made);
  }
  return new Map(sources.map((source) => [source.name, finish(root, source, join(folder, source.name))]));
}

function pack(root: string, names: readonly string[], native: boolean, outdir: string): void {
  mkdirSync(outdir, { recursive: true });
  buildSync({
    entryPoints: names.map((name) => ({ in: join(root, "lambdas", name, "handler.ts"), out: join(name, "index") })),
    outdir,
    outExtension: { ".js": ".mjs" },
    absWorkingDir: root,
    bundle: true,
    minify: true,
    // Errors go to the machine by their names.
    keepNames: false,
    sourcemap: "linked",
    sourcesContent: false,
    platform: "node",
    target: "node24",
    format: "esm",
    mainFields: ["module", "main"],
    external: native ? ["sharp"] : [],
    banner: { js: banner },
    logLevel: "warning",
  });
}

function finish(root: string, { native }: FunctionSource, folder: string): Bundle {
  const hash = createHash("sha256").update(readFileSync(join(folder, "index.mjs")));
  if (native) hash.update(bringSharp(root, folder));
  return { folder, digest: hash.digest("hex") };
}

/** From node_modules where this machine is such a one; else npm fetches the build for it, in the very version. @returns the version */
function bringSharp(root: string, folder: string): string {
  const modules = join(root, "node_modules");
  const { version } = JSON.parse(readFileSync(join(modules, "sharp/package.json"), "utf8"));
  if (sharpPackages.every((name) => existsSync(join(modules, name)))) {
    for (const name of sharpPackages)
      cpSync(join(modules, name), join(folder, "node_modules", name), { recursive: true });
    return version;
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ dependencies: { sharp: version } }));
  execFileSync("npm", ["install", "--os=linux", "--cpu=x64", "--libc=glibc", "--no-audit", "--no-fund"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  return version;
}

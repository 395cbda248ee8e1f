// Bundles the command line into dist/: one entry, one chunk per lazily loaded command, packages left outside.
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const root = dirname(import.meta.dirname);
const outdir = join(root, "dist");

await rm(outdir, { recursive: true, force: true });
await build({
  entryPoints: [join(root, "bin/bobbin.ts")],
  outdir,
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node22",
  packages: "external",
  chunkNames: "chunks/[name]-[hash]",
  logLevel: "warning",
});

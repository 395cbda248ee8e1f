// How a program of this project is bundled for an installed package: one entry, one chunk per lazily loaded command, packages left outside.
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { build } from "esbuild";

/** @param outdir emptied first */
export async function bundle(entry: string, outdir: string): Promise<void> {
  await rm(outdir, { recursive: true, force: true });
  await build({
    entryPoints: [entry],
    outdir,
    // So that the same source gives the same bytes, wherever it is built from.
    absWorkingDir: dirname(import.meta.dirname),
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    packages: "external",
    chunkNames: "chunks/[name]-[hash]",
    logLevel: "warning",
  });
}

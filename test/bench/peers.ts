// The Python environment of the tools that Bobbin is compared with: their own, made once, beside the packages.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const readers = ["datumaro==1.13.12", "supervision==0.31.2"];

/**
 * Path of its Python. Peers that want other versions of one package have an environment each. `instead` is installed last, over what
 * the packages bring.
 */
export function peerPython(
  name = "bench-peers",
  packages: readonly string[] = readers,
  instead: readonly string[] = [],
): string {
  const peers = join(root, "node_modules/.cache", name);
  const python = join(peers, "bin/python");
  const installed = join(peers, "installed");
  const wanted = [...packages, ...instead].join("\n");
  if (existsSync(installed) && readFileSync(installed, "utf8") === wanted) return python;
  rmSync(peers, { recursive: true, force: true });
  const uv = (...args: readonly string[]) =>
    execFileSync(join(root, ".tools/uv/bin/uv"), args, { stdio: ["ignore", "inherit", "inherit"] });
  uv("venv", "--quiet", "--python", "python3.11", peers);
  for (const step of [packages, instead].filter(({ length }) => length > 0))
    uv("pip", "install", "--quiet", "--compile-bytecode", "--python", python, ...step);
  writeFileSync(installed, wanted);
  return python;
}

// The Python environment of the tools that Bobbin is compared with: their own, made once, beside the packages.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const readers = ["datumaro==1.13.12", "supervision==0.31.2"];

/** Path of its Python. Peers that want other versions of one package have an environment each. */
export function peerPython(name = "bench-peers", packages: readonly string[] = readers): string {
  const peers = join(root, "node_modules/.cache", name);
  const python = join(peers, "bin/python");
  if (!existsSync(join(peers, "made"))) {
    rmSync(peers, { recursive: true, force: true });
    const uv = join(root, ".tools/uv/bin/uv");
    execFileSync(uv, ["venv", "--quiet", "--python", "python3.11", peers], { stdio: "inherit" });
    execFileSync(uv, ["pip", "install", "--quiet", "--compile-bytecode", "--python", python, ...packages], {
      stdio: "inherit",
    });
    mkdirSync(join(peers, "made"));
  }
  return python;
}

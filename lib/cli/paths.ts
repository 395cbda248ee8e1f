// Where things lie on this machine: the package itself, the trainer's source and environment, keys beside the config.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** The folder of the package, found upwards from this file: it runs from source and from a bundle. */
export function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "containers/trainer/pyproject.toml"))) {
    const above = dirname(folder);
    if (above === folder) throw new Error(`no package of Bobbin above ${import.meta.dirname}`);
    folder = above;
  }
  return folder;
}

/** Version of the package, as in its package.json. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8"));
  const version = typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : null;
  if (typeof version !== "string") throw new Error("package.json has no version");
  return version;
}

/** Folder that holds the Python package `bobbin_trainer` and its lock. */
export function trainerFolder(): string {
  return join(packageRoot(), "containers/trainer");
}

/** The trainer's environment: as asked for, else beside the project, else the checkout's own. */
export function environmentFolder(asked: string | undefined, project: string): string {
  if (asked !== undefined) return resolve(asked);
  const own = join(project, ".bobbin/env");
  const checkout = join(packageRoot(), ".venv");
  return existsSync(own) || !existsSync(checkout) ? own : checkout;
}

/** The private signing key of a project, beside its config. */
export function keyFile(configFile: string, project: string): string {
  return join(dirname(resolve(configFile)), ".bobbin/keys", `${project}.pem`);
}

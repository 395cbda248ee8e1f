// bobbin report: opens the report of a release where there is a desktop; prints its path everywhere. Out of a stack it comes here first.
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { registryKeys } from "../../contracts/layout.ts";
import type { ObjectStore } from "../../core/ports.ts";
import type { Context } from "../context.ts";
import { openStore } from "../context.ts";
import { hasDesktop } from "../env.ts";
import { filesOf, findRelease } from "../releases.ts";
import { storePaths } from "../store-paths.ts";

/** A bucket has no path: the page is laid into the folder where one stands. */
async function bringHome(registry: ObjectStore, key: string, name: string): Promise<string> {
  const path = resolve(name);
  await writeFile(path, (await registry.get(key)).bytes);
  return path;
}

export async function report(
  context: Context,
  [version]: readonly [string],
  options: { open: boolean },
): Promise<number> {
  const { registry } = (await openStore(context)).stores;
  const release = await findRelease(registry, version, context.configFile);
  const name = filesOf(release).report;
  const path =
    context.stack === null
      ? storePaths.releaseFile(context.store, release.model, release.version, name)
      : await bringHome(registry, registryKeys.releaseFile(release.model, release.version, name), name);
  context.out.answer({ report: path }, () => [path]);
  if (options.open && context.out.interactive && hasDesktop()) {
    const { default: open } = await import("open");
    await open(path);
  }
  return 0;
}

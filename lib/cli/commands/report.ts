// bobbin report: opens the report of a release where there is a desktop; prints its path everywhere.
import type { Context } from "../context.ts";
import { openPipeline } from "../context.ts";
import { hasDesktop } from "../env.ts";
import { filesOf, findRelease } from "../releases.ts";
import { storePaths } from "../store-paths.ts";

export async function report(
  context: Context,
  [version]: readonly [string],
  options: { open: boolean },
): Promise<number> {
  const { registry } = (await openPipeline(context)).stores;
  const release = await findRelease(registry, version, context.configFile);
  const path = storePaths.releaseFile(context.store, release.model, release.version, filesOf(release).report);
  context.out.answer({ report: path }, () => [path]);
  if (options.open && context.out.interactive && hasDesktop()) {
    const { default: open } = await import("open");
    await open(path);
  }
  return 0;
}

// The test data that stays outside the checkout. Tests that use it skip with a plain message where it is absent.
import { existsSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../../../shared/data");

/** Path of a file or folder of the shared test data; null, said once on the test's output, where it is not here. */
export function sharedData(path: string): string | null {
  const found = join(folder, path);
  if (existsSync(found)) return found;
  console.warn(`skipped: no shared test data at ${path}`);
  return null;
}

// A folder of its own for a test, removed when the test is over.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "@jest/globals";

const made: string[] = [];

/** Call it inside a test. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "bobbin-test-"));
  made.push(folder);
  return folder;
}

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

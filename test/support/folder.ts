// A folder of its own for a test or a file of tests, removed when it is over.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach } from "@jest/globals";

const made: string[] = [];
const kept: string[] = [];

function make(list: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "bobbin-test-"));
  list.push(folder);
  return folder;
}

/** Call it inside a test. */
export function freshFolder(): string {
  return make(made);
}

/** For all tests of a file. */
export function lastingFolder(): string {
  return make(kept);
}

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

afterAll(() => {
  for (const folder of kept) rmSync(folder, { recursive: true, force: true });
});

// Where walks are proven, and for how many events.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inMemory } from "./memory.ts";
import { inProcesses, type ProcessGround } from "./process-pool.ts";
import type { Ground } from "./walker.ts";

interface Proven {
  readonly where: string;
  /** Of what the docs tell; every proof walks a fifth of it, another one each time. */
  readonly events: number;
  readonly open: () => Ground;
  readonly done: (ground: Ground) => Promise<void>;
}

const folders = new WeakMap<Ground, string>();

function onFolder(): ProcessGround {
  const folder = mkdtempSync(join(tmpdir(), "bobbin-walk-"));
  const ground = inProcesses(folder);
  folders.set(ground, folder);
  return ground;
}

async function leave(ground: Ground): Promise<void> {
  await (ground as ProcessGround).close();
  rmSync(folders.get(ground) ?? "", { recursive: true, force: true });
}

export const grounds: readonly Proven[] = [
  { where: "in memory", events: 1_000_000, open: inMemory, done: async () => undefined },
  { where: "on a folder, each function in a process", events: 10_000, open: onFolder, done: leave },
];

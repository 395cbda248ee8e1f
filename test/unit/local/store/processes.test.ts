// The folder store between processes: sixteen on one key, and killed in the middle of it.
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import { openFolderStore } from "../../../../lib/local/store/folder-store.ts";
import { freshFolder } from "../../../support/folder.ts";

const script = path.join(import.meta.dirname, "../../../support/store-writer.ts");

interface Writer {
  readonly name: string;
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly ended: Promise<number | null>;
}

function start(folder: string, name: string, rounds: number): Writer {
  const child = spawn(process.execPath, ["--no-warnings", script, folder, name, String(rounds)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env.PATH },
  });
  const lines: string[] = [];
  let rest = "";
  child.stdout?.setEncoding("utf8");
  child.stdout?.on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { name, child, lines, ended };
}

const acknowledged = ({ lines }: Writer) =>
  Math.max(0, ...lines.filter((line) => line.startsWith("ack ")).map((line) => Number(line.slice(4))));
const won = (writers: readonly Writer[]) =>
  writers.flatMap(({ lines }) => lines.filter((line) => line.startsWith("won ")));

async function counts(folder: string): Promise<Record<string, number>> {
  const { bytes } = await openFolderStore(folder).get("ledger/shared.json");
  return (JSON.parse(Buffer.from(bytes).toString()) as { counts: Record<string, number> }).counts;
}

/** Every key holds one writer's whole body. */
async function expectWhole(folder: string): Promise<void> {
  const store = openFolderStore(folder);
  for await (const { key } of store.list("")) {
    if (key.startsWith("ledger/")) continue;
    const text = Buffer.from((await store.get(key)).bytes).toString();
    expect(text).toBe(`${text.slice(0, text.indexOf(":") + 1)}`.repeat(2000));
  }
}

describe("a folder store between processes", () => {
  it("loses no update of sixteen processes on one key, and lets one create each key", async () => {
    const folder = freshFolder();
    const rounds = 8;
    const writers = Array.from({ length: 16 }, (_, index) => start(folder, `w${index}`, rounds));
    expect(await Promise.all(writers.map(({ ended }) => ended))).toEqual(writers.map(() => 0));
    expect(await counts(folder)).toEqual(Object.fromEntries(writers.map(({ name }) => [name, rounds])));
    expect(fs.readdirSync(path.join(folder, ".versions/ledger/shared.json"))).toHaveLength(16 * rounds);
    expect(won(writers)).toHaveLength(2 * rounds);
    expect(new Set(won(writers)).size).toBe(2 * rounds);
    await expectWhole(folder);
  }, 120_000);

  it("keeps what was answered and tears nothing when writers are killed", async () => {
    const folder = freshFolder();
    const all: Writer[] = [];
    for (let wave = 0; wave < 3; wave += 1) {
      const writers = Array.from({ length: 4 }, (_, index) => start(folder, `k${wave}-${index}`, 0));
      all.push(...writers);
      while (writers.some((writer) => acknowledged(writer) < 2)) await new Promise((resolve) => setTimeout(resolve, 5));
      for (const { child } of writers) child.kill("SIGKILL");
      await Promise.all(writers.map(({ ended }) => ended));
    }
    const found = await counts(folder);
    for (const writer of all) {
      const last = acknowledged(writer);
      // One more may have been written than its writer lived to say.
      expect([last, last + 1]).toContain(found[writer.name]);
    }
    await expectWhole(folder);
    const keys = new Set(won(all).map((line) => line.slice(4)));
    for (const key of keys) expect(await openFolderStore(folder).head(key)).not.toBeNull();
    // No lock was left behind: a new process writes on at once.
    const after = start(folder, "after", 1);
    expect(await after.ended).toBe(0);
    expect((await counts(folder)).after).toBe(1);
  }, 120_000);
});

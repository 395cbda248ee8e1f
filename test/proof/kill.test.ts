// The cut-off while a real trainer runs under the emulated Batch, at twenty random moments. With BOBBIN_RECORD=1 the times are written into
// docs/budget-proof.md.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { startEmulator } from "../support/emulator.ts";

// One of its own: jobs of one machine share its disk, and other tests have jobs too. Clients look for it when they are loaded.
const emulator = await startEmulator();
process.env.BOBBIN_EMULATOR = emulator?.url ?? "";
const { describeAws } = await import("../support/aws.ts");
const { openKills } = await import("../support/kills.ts");
afterAll(() => emulator?.stop());

const moments = 20;
const file = join(import.meta.dirname, "../../docs/budget-proof.md");
const block = /<!-- killed -->[\s\S]*<!-- end of killed -->/;

interface Row {
  readonly status: string;
  readonly after: number;
  readonly gone: number;
}

function record(rows: readonly Row[]): void {
  const gone = rows.map((row) => row.gone).sort((a, b) => a - b);
  const at = (part: number) => (gone[Math.floor((gone.length - 1) * part)] ?? 0).toFixed(1);
  const lines = [
    "| moment | the job | seconds until nothing of it was there |",
    "| ---: | --- | ---: |",
    ...rows.map((row) => `| ${row.after.toFixed(1)} s | ${row.status} | ${row.gone.toFixed(1)} |`),
    "",
    `Median ${at(0.5)} s, longest ${at(1)} s.`,
  ];
  const text = readFileSync(file, "utf8");
  expect(text).toMatch(block);
  writeFileSync(file, text.replace(block, `<!-- killed -->\n${lines.join("\n")}\n<!-- end of killed -->`));
}

describeAws("a cut-off", () => {
  it("ends a real training within a minute, at twenty random moments, and leaves nothing in any live status", async () => {
    const { kill } = await openKills();
    const waits = fc
      .sample(fc.noBias(fc.integer({ min: 0, max: 8_000 })), moments)
      .map((milliseconds) => milliseconds / 1000);
    const rows: Row[] = [];
    for (const [index, seconds] of waits.entries()) {
      // Every fourth one at any moment from the start on, the others while the trainer runs.
      const { gone, after, status, ...rest } = await kill(index % 4 === 0 ? "start" : "trainer", seconds);
      rows.push({ status, after, gone });
      expect(gone).toBeLessThan(60);
      expect(rest).toEqual({ left: [], doors: ["DISABLED", "DISABLED"], closed: "cutOff", holder: null, open: 0 });
    }
    expect(rows.filter(({ status }) => status === "the trainer runs").length).toBeGreaterThan(moments / 2);
    if (process.env.BOBBIN_RECORD === "1") record(rows);
  }, 1_200_000);
});

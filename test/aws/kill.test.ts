// The cut-off while a real trainer runs under the emulated Batch, at three random moments; at twenty in the proofs.
import { afterAll, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { startEmulator } from "../support/emulator.ts";

// One of its own: jobs of one machine share its disk, and other tests have jobs too. Clients look for it when they are loaded.
const emulator = await startEmulator();
process.env.BOBBIN_EMULATOR = emulator?.url ?? "";
const { describeAws } = await import("../support/aws.ts");
const { openKills } = await import("../support/kills.ts");
afterAll(() => emulator?.stop());

describeAws("a cut-off", () => {
  it("ends a real training within a minute, at three random moments, and leaves nothing in any live status", async () => {
    const { kill } = await openKills();
    const [one = 0, two = 0, three = 0] = fc
      .sample(fc.noBias(fc.integer({ min: 0, max: 6_000 })), 3)
      .map((one) => one / 1000);
    for (const killed of [await kill("start", one), await kill("trainer", two), await kill("trainer", three)]) {
      const { gone, after: _, status: __, ...rest } = killed;
      expect(gone).toBeLessThan(60);
      expect(rest).toEqual({ left: [], doors: ["DISABLED", "DISABLED"], closed: "cutOff", holder: null, open: 0 });
    }
  }, 300_000);
});

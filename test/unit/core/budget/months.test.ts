// A month of runs through the real steps, with AWS's bill beside the ledger. The proofs live harder months (docs/budget-proof.md).
import { describe, expect, it } from "@jest/globals";
import { liveMonth, type Month } from "../../../support/months/month.ts";
import { normal } from "../../../support/months/months.ts";

describe("a normal month", () => {
  it.each(normal)("$name: at its end at most $most times the bill is committed", async ({ most, ...month }) => {
    const seen = await liveMonth(month, 1);
    expect(seen.runs).toBeGreaterThan(20);
    expect(seen.released).toBe(seen.runs);
    expect(seen.committed / seen.bill).toBeLessThanOrEqual(most);
    expect(seen.peak).toBeGreaterThan(seen.committed);
  });
});

describe("the comparison with the bill", () => {
  const [calm] = normal;
  const month = (weather: Partial<Month["weather"]>, prices: Month["prices"]): Month => {
    if (calm === undefined) throw new RangeError("no month");
    return { ...calm, days: 3, weather: { ...calm.weather, ...weather }, ...(prices ? { prices } : {}) };
  };
  const late = { staySeconds: [890, 899] } as const;

  it.each([
    ["the machine too many", { ...late, surplus: 1 }, { overSeconds: 0 }],
    ["the minutes in which a machine goes", late, { secondsAround: 0, secondsAfter: 0, overSeconds: 0 }],
    ["a machine that is up and takes no job", { stuck: 1 }, { waitSeconds: 0 }],
  ])("sees a proof that forgets %s", async (_, weather, prices) => {
    await expect(liveMonth(month(weather, prices), 1)).rejects.toThrow(/^machines have cost \d+/);
    expect((await liveMonth(month(weather, undefined), 1)).margin).toBeGreaterThanOrEqual(0);
  });
});

// Prices: how they are shown, how old they may be, what AWS's own list says of them, and how long a training takes.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { readPriceList } from "../../../../lib/aws/price-list.ts";
import { usd, usdDown } from "../../../../lib/contracts/money.ts";
import { checkFits, forecast } from "../../../../lib/core/budget/forecast.ts";
import { checkPrices } from "../../../../lib/core/budget/price-check.ts";
import { holds } from "../../../support/property.ts";

describe("money in words", () => {
  it.each([
    [0, "$0.00", "$0.00"],
    [1, "$0.000001", "$0.000001"],
    [9_999, "$0.009999", "$0.009999"],
    [10_000, "$0.01", "$0.01"],
    [10_001, "$0.02", "$0.01"],
    [999_999, "$1.00", "$0.99"],
    [171_300_000, "$171.30", "$171.30"],
  ])("%d micro-dollars are %s, what is left of them %s", (amount, up, down) => {
    expect([usd(amount), usdDown(amount)]).toEqual([up, down]);
  });

  it("are never less than they are, and what is left never more", () => {
    const value = (text: string) => Math.round(Number(text.slice(1)) * 1e6);
    holds(
      fc.property(fc.nat(2_000_000_000), (amount) => {
        expect(value(usd(amount))).toBeGreaterThanOrEqual(amount);
        expect(value(usdDown(amount))).toBeLessThanOrEqual(amount);
      }),
    );
  });
});

describe("known prices", () => {
  const of = (list: Parameters<typeof checkPrices>[0], at: string) =>
    checkPrices(list, at).find(({ machine }) => machine === "g6.xlarge");

  it.each([
    ["2026-12-28T00:00:00Z", 180, "ok"],
    ["2026-12-29T00:00:00Z", 181, "old"],
    ["2026-06-01T00:00:00Z", 0, "ok"],
  ])("on %s are %d days old: %s", (at, ageDays, state) => {
    expect(of(null, at)).toMatchObject({ ageDays, state, listed: null });
  });

  it.each([
    [804_800, "ok"],
    [804_801, "dearer"],
    [804_799, "cheaper"],
  ])("against %d of the list are %s, and stay what they are", (hour, state) => {
    const list = [{ region: "us-east-1", machine: "g6.xlarge", hour }];
    expect(of(list, "2026-08-01T00:00:00Z")).toMatchObject({ state, known: 804_800, listed: hour });
    expect(of([{ ...list[0]!, region: "eu-central-1" }], "2026-08-01T00:00:00Z")).toMatchObject({ listed: null });
  });
});

describe("AWS's price list", () => {
  const columns = ["TermType", "Unit", "PricePerUnit", "Currency", "Instance Type", "Operating System", "Tenancy"];
  const head = [...columns, "CapacityStatus", "Pre Installed S/W"].map((name) => JSON.stringify(name)).join(",");
  const row = (...cells: string[]) => cells.map((cell) => JSON.stringify(cell)).join(",");
  const wanted = (price: string, machine = "g6.xlarge") =>
    row("OnDemand", "Hrs", price, "USD", machine, "Linux", "Shared", "Used", "NA");
  const text = [
    ...[
      '"FormatVersion","v1.0"',
      '"Disclaimer","a, ""b"""',
      '"Publication Date","2026-11-20"',
      '"Version","1"',
      '"OfferCode","AmazonEC2"',
    ],
    head,
    row("Reserved", "Hrs", "0.4", "USD", "g6.xlarge", "Linux", "Shared", "Used", "NA"),
    row("OnDemand", "Hrs", "0.9", "USD", "g6.xlarge", "Windows", "Shared", "Used", "NA"),
    row("OnDemand", "Hrs", "0.91", "USD", "g6.xlarge", "Linux", "Dedicated", "Used", "NA"),
    row("OnDemand", "Hrs", "0.92", "USD", "g6.xlarge", "Linux", "Shared", "Used", "SQL Web"),
    row("OnDemand", "Hrs", "0.0", "USD", "g6.xlarge", "Linux", "Shared", "AllocatedCapacityReservation", "NA"),
    wanted("0.8048000000"),
    wanted("9.99", "p5.48xlarge"),
    wanted("1.0060000000", "g5.xlarge"),
  ].join("\n");

  async function served<T>(status: number, body: string, work: (url: string) => Promise<T>): Promise<T> {
    const server = createServer((_, answer) => answer.writeHead(status).end(body));
    await new Promise<void>((settle) => server.listen(0, "127.0.0.1", settle));
    try {
      return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    } finally {
      server.closeAllConnections();
      await new Promise((settle) => server.close(settle));
    }
  }
  const ask = { region: "us-east-1", machines: ["g6.xlarge", "g5.xlarge"] };
  const signal = new AbortController().signal;

  it("is read for plain Linux machines on demand alone", async () => {
    expect(await served(200, text, (url) => readPriceList(ask, signal, url))).toEqual([
      { region: "us-east-1", machine: "g6.xlarge", hour: 804_800 },
      { region: "us-east-1", machine: "g5.xlarge", hour: 1_006_000 },
    ]);
  });

  it("that cannot be had is an error, and one without the machine says nothing of it", async () => {
    await expect(served(503, "", (url) => readPriceList(ask, signal, url))).rejects.toThrow("503");
    const other = { ...ask, machines: ["g6e.xlarge"] };
    expect(await served(200, text, (url) => readPriceList(other, signal, url))).toEqual([]);
  });
});

describe("a forecast", () => {
  const recipe = { name: "plan", timeoutSeconds: 1000 };

  it("is frames times epochs at the measured speed, and knows what fits", () => {
    expect(forecast({ epochs: 50, images: 100, recipe }, { runId: "x", imagesPerSecond: 4 })).toEqual({
      ...{ seconds: 1250, epochs: 50, fits: 40 },
    });
  });

  it("that fits is let in, one that does not is refused with the epochs that would", () => {
    const of = (epochs: number) => forecast({ epochs, images: 100, recipe }, { runId: "x", imagesPerSecond: 4 });
    expect(() => checkFits(of(40), recipe)).not.toThrow();
    expect(() => checkFits(of(41), recipe)).toThrow(
      expect.objectContaining({
        name: "RunTooLong",
        data: { recipe: "plan", predicted: 1025, timeout: 1000, epochs: 41, fits: 40 },
      }),
    );
  });

  it("says of what fits that it fits, and of one more epoch that it does not", () => {
    holds(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0.1, max: 500, noNaN: true }),
        (images, imagesPerSecond) => {
          const { fits } = forecast({ epochs: 1, images, recipe }, { runId: "x", imagesPerSecond });
          const refused = (epochs: number) => {
            try {
              checkFits(forecast({ epochs, images, recipe }, { runId: "x", imagesPerSecond }), recipe);
              return false;
            } catch {
              return true;
            }
          };
          if (fits > 0) expect(refused(fits)).toBe(false);
          expect(refused(fits + 1)).toBe(true);
        },
      ),
    );
  });
});

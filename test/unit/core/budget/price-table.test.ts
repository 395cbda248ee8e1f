// The dated prices: rounded up where they are counted, and unknown where nobody has looked.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { instanceType } from "../../../../lib/contracts/cloud.ts";
import { priceOfRequests, pricePerHour, pricePerRun } from "../../../../lib/core/budget/price-table.ts";
import { holds } from "../../../support/property.ts";

const region = "us-east-1";
const price = (writes: number, reads: number) => priceOfRequests(region, { writes, reads }) ?? Number.NaN;

describe("machines", () => {
  it.each(instanceType.options)("%s has a price where Bobbin knows its zones", (type) => {
    expect(pricePerHour(region, type)).toBeGreaterThan(500_000);
  });
});

describe("requests to S3", () => {
  it("cost half a cent a thousand where they write or list, a twelfth of that where they read", () => {
    expect(price(1_000, 0)).toBe(5_000);
    expect(price(0, 1_000)).toBe(400);
    expect(price(0, 0)).toBe(0);
  });

  it("are whole micro-dollars, never fewer than the parts come to, and one too many at most", () => {
    const count = fc.nat(1_000_000);
    holds(
      fc.property(count, count, (writes, reads) => {
        const together = price(writes, reads);
        expect(Number.isInteger(together)).toBe(true);
        expect(together * 10).toBeGreaterThanOrEqual(writes * 50 + reads * 4);
        expect(together * 10).toBeLessThan(writes * 50 + reads * 4 + 20);
      }),
    );
  });

  it("fit into what a run without its jobs is promised, 50,000 of the dearer kind", () => {
    expect(price(50_000, 0)).toBeLessThan(pricePerRun);
  });

  it("have no price where nobody has looked it up, as machines have none", () => {
    expect(priceOfRequests("eu-central-1", { writes: 1, reads: 1 })).toBeNull();
    expect(pricePerHour("eu-central-1", "g6.xlarge")).toBeNull();
    expect(pricePerHour(region, "p5.48xlarge")).toBeNull();
  });
});

// bobbin.cloud.json: what follows from what a person said, and what is refused before anything is made.
import { describe, expect, it } from "@jest/globals";
import { parseSettings } from "../../../../lib/core/config/cloud-settings.ts";

const said = { schema: "bobbin/cloud/1", name: "cats", region: "us-east-1" };
const parse = (change: object) => parseSettings("bobbin.cloud.json", JSON.stringify({ ...said, ...change }));

describe("the settings", () => {
  it("allow their own region, and take the zones that are known there", () => {
    expect(parse({})).toMatchObject({
      allowedRegions: ["us-east-1"],
      zoneIds: ["use1-az1", "use1-az2", "use1-az4", "use1-az6"],
    });
  });

  const elsewhere = { region: "eu-central-1", zoneIds: ["euc1-az1"], hourUsd: 1 };
  it.each([
    ["zones that nobody knows", { ...elsewhere, zoneIds: [] }, "zoneIds"],
    [
      "a budget that ends before it starts",
      { budget: { capUsd: 1, starts: "2027-01-02", ends: "2027-01-01" } },
      "budget.ends",
    ],
    ["a date that is none", { budget: { capUsd: 1, starts: "2027-02-30", ends: "2027-03-01" } }, "budget.starts"],
    ["a budget of nothing", { budget: { capUsd: 0, starts: "2027-01-01", ends: "2027-03-01" } }, "budget.capUsd"],
    ["a CVAT without data sets", { cvat: true }, "datasets"],
    ["a field that nobody knows", { regoin: "us-east-1" }, "the file"],
  ])("are refused with %s", (_, change, field) => {
    expect(() => parse(change)).toThrow(
      expect.objectContaining({ name: "ConfigInvalid", data: expect.objectContaining({ field }) }),
    );
  });

  it("are refused with a price that nobody knows", () => {
    expect(() => parse({ ...elsewhere, hourUsd: undefined })).toThrow(
      expect.objectContaining({ name: "PriceMissing", data: { machine: "g6.xlarge", region: "eu-central-1" } }),
    );
  });

  it("are refused with a region that is not allowed", () => {
    expect(() => parse({ allowedRegions: ["eu-central-1"] })).toThrow(
      expect.objectContaining({ name: "RegionNotAllowed" }),
    );
  });
});

// Data stands where it may, and in one region.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { isBobbinError } from "../../../../lib/contracts/errors.ts";
import { checkResidency } from "../../../../lib/core/config/residency.ts";
import { holds } from "../../../support/property.ts";

function refusal(places: Record<string, string>, allowed: readonly string[]): string {
  try {
    checkResidency(places, allowed);
  } catch (error) {
    if (isBobbinError(error)) return error.name;
    throw error;
  }
  return "none";
}

describe("residency", () => {
  it("takes one allowed region and names what stands elsewhere", () => {
    expect(refusal({ bucket: "eu-central-1", logs: "eu-central-1" }, ["eu-central-1"])).toBe("none");
    expect(() => checkResidency({ bucket: "eu-central-1", logs: "us-east-1" }, ["eu-central-1"])).toThrow(
      /logs.*us-east-1/,
    );
    expect(refusal({ bucket: "us-east-1" }, [])).toBe("RegionNotAllowed");
    expect(refusal({ bucket: "eu-central-1", logs: "eu-west-1" }, ["eu-central-1", "eu-west-1"])).toBe("RegionsDiffer");
  });

  it("lets nothing through but one allowed region for all", () => {
    const region = fc.constantFrom("eu-central-1", "eu-west-1", "us-east-1");
    const places = fc.dictionary(fc.constantFrom("bucket", "keys", "logs", "Batch"), region, { minKeys: 1 });
    holds(
      fc.property(places, fc.uniqueArray(region), (where, allowed) => {
        const regions = new Set(Object.values(where));
        const fine = regions.size === 1 && [...regions].every((one) => allowed.includes(one));
        expect(refusal(where, allowed) === "none").toBe(fine);
      }),
    );
  });
});

// The canonical form: a digest means the content, whatever the order of the keys.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { canonicalJson, digestOf } from "../../../../lib/core/config/canonical.ts";
import { holds } from "../../../support/property.ts";

function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inside]) => [key, shuffled(inside)]),
  );
}

describe("canonical JSON", () => {
  it("means the same value", () => {
    holds(
      fc.property(fc.jsonValue(), (value) =>
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value))),
      ),
    );
  });

  it("does not depend on the order of keys", () => {
    holds(fc.property(fc.jsonValue(), (value) => expect(digestOf(shuffled(value))).toBe(digestOf(value))));
  });

  it("differs when a value differs", () => {
    expect(digestOf({ a: 1 })).not.toBe(digestOf({ a: 2 }));
    expect(digestOf({ a: [1, 2] })).not.toBe(digestOf({ a: [2, 1] }));
  });
});

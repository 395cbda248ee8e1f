// Sorting by name: the order of plain comparison, whatever the names are made of.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { sortedByName } from "../../../../lib/core/split/name-order.ts";
import { holds } from "../../../support/property.ts";

const names = fc.array(
  fc.oneof(
    fc.string({ unit: "binary", maxLength: 8 }),
    // Few characters, some of them at the borders of what is packed, so that names share their beginnings.
    fc.string({
      unit: fc.constantFrom("\0", "a", "b", "\u00fe", "\u00ff", "\u0100", "\u0101", "\ud83d", "\uff5e"),
      maxLength: 7,
    }),
  ),
  { maxLength: 60 },
);

describe("sortedByName", () => {
  it("sorts as comparing whole names does, and keeps the order of equal ones", () => {
    holds(
      fc.property(fc.string({ maxLength: 5 }), names, (prefix, given) => {
        const items = given.map((name, index) => ({ name: prefix + name, index }));
        const plain = [...items].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.index - b.index));
        expect(sortedByName(items)).toEqual(plain);
      }),
    );
  });
});

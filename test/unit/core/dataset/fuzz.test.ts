// Two thousand changed inputs for every parser: each ends in a result or a named error, and no label is lost. 10^5 in test/proof.
import { describe, expect, it } from "@jest/globals";
import { holdsFor } from "../../../support/fuzz/hold.ts";
import { parsers } from "../../../support/fuzz/parsers.ts";

const all = (await parsers()).map((parser) => [parser.name, parser] as const);

describe("changed inputs", () => {
  it.each(all)("%s", (_, parser) => holdsFor(parser, 2000), 120_000);
});

describe("what they are made of", () => {
  it.each(all)("%s: good inputs, which are read", async (_, { seeds, parse }) => {
    for (const seed of seeds) expect(await parse(seed)).toBeGreaterThan(0);
  });
});

// Two thousand damaged inputs for each parser, the same ones each time; fifty times as many others in test/proof/fuzz.
import { describe, expect, it } from "@jest/globals";
import { fuzz } from "../../../support/fuzz/fuzz.ts";
import { parsers } from "../../../support/fuzz/parsers.ts";

const cases = 2_000;

describe.each(Object.entries(parsers))("the parser of %s", (_, parser) => {
  it("takes what is good", async () => {
    for (const seed of parser.seeds) expect(await parser.judge(seed)).toBe(true);
  });

  it("ends in an error that has a name, or keeps its promises", async () => {
    const taken = await fuzz(parser, cases, 1);
    // Damages that all are refused, or none, would try little. A PNG guards every byte, so nearly none gets through.
    expect(taken).toBeGreaterThan(cases / 200);
    expect(taken).toBeLessThan(cases);
  }, 300_000);
});

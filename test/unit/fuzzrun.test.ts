// A hundred thousand damaged inputs for each parser, others each time: a case that fails prints the seed that makes it again.
import { describe, expect, it } from "@jest/globals";
import { fuzz } from "../support/fuzz/fuzz.ts";
import { parsers } from "../support/fuzz/parsers.ts";

const cases = 12_000;

describe.each(Object.entries(parsers))("the parser of %s", (_, parser) => {
  it("ends in an error that has a name, or keeps its promises", async () => {
    expect(await fuzz(parser, cases)).toBeGreaterThan(0);
  }, 3_600_000);
});

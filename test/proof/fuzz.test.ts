// A hundred thousand changed inputs for every parser: each ends in a result or a named error, and no label is lost.
import { describe, it } from "@jest/globals";
import { holdsFor } from "../support/fuzz/hold.ts";
import { parsers } from "../support/fuzz/parsers.ts";

const all = await parsers();

describe("changed inputs", () => {
  it.each(all.map((parser) => [parser.name, parser] as const))(
    "%s",
    (_, parser) => holdsFor(parser, 100_000),
    3_600_000,
  );
});

// Words and tables: what a person reads lines up and cannot steer the terminal.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { duration, plain, score, table } from "../../../lib/cli/text.ts";
import { holds } from "../../support/property.ts";

describe("durations", () => {
  it.each([
    [0.44, "0.4 s"],
    [12.4, "12 s"],
    [185, "3 min 05 s"],
    [7800, "2 h 10 min"],
    [59.7, "1 min 00 s"],
  ])("%p seconds are %p", (seconds, text) => expect(duration(seconds)).toBe(text));
});

describe("scores", () => {
  it("show a dash where there is none", () => {
    expect([score(0.8754), score(null), score(undefined), score(0)]).toEqual(["0.875", "–", "–", "0.000"]);
  });
});

describe("tables", () => {
  it("line up, numbers to the right", () => {
    expect(
      table([
        ["name", "frames"],
        ["a", "5"],
        ["longer", "120"],
      ]),
    ).toEqual(["name    frames", "a            5", "longer     120"]);
  });

  it("keep every column of every row at one place", () => {
    const cell = fc.stringMatching(/^[a-z]{0,8}$/);
    holds(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 }), (rows) => {
        const lines = table([["first", "second"], ...rows]);
        const start = lines[0]?.indexOf("second") ?? -1;
        rows.forEach(([, second], index) => {
          if (second !== "") expect(lines[index + 1]?.indexOf(second, start)).toBe(start);
        });
      }),
    );
  });

  it("count East Asian letters as two cells", () => {
    const [header] = table([
      ["盆", "x"],
      ["abc", "y"],
    ]);
    expect(header).toBe("盆   x");
  });
});

describe("plain text", () => {
  it("holds nothing that steers a terminal", () => {
    holds(
      fc.property(fc.string({ unit: "binary" }), (text) =>
        expect(plain(text)).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u),
      ),
    );
    expect(plain("a\u001b[31mred\u202e")).toBe("a\ufffd[31mred\ufffd");
  });
});

import { describe, expect, it } from "@jest/globals";
import { stringify } from "csv-stringify/sync";
import * as fc from "fast-check";
import { BobbinError } from "../../../../lib/contracts/errors.ts";
import { parseAttributesTable, parseGroupTable } from "../../../../lib/core/dataset/group-table.ts";
import { holds } from "../../../support/property.ts";

const refusal = (line: number, found: string) =>
  expect.objectContaining({
    name: "TableInvalid",
    data: expect.objectContaining({ file: "groups.csv", line, found: expect.stringContaining(found) }),
  });

describe("groups.csv", () => {
  it("is read with a byte order mark, Windows line ends, quotes and further columns", () => {
    const text = '\ufeffFrame,camera,GROUP\r\n"a,1.jpg",c1,"mon ""1"""\r\n\r\nMu\u0308ller.jpg,c2,tue\r\n';
    expect(parseGroupTable("groups.csv", text)).toEqual({ "a,1.jpg": 'mon "1"', "M\u00fcller.jpg": "tue" });
  });

  it.each([
    ["an empty file", "", 1, "(none)"],
    ["a missing column", "frame,day\na,b\n", 1, "frame, day"],
    ["a column twice", "frame,group,group\na,b,c\n", 1, "group twice"],
    ["an empty group", "frame,group\na,b\nc,\n", 3, "no group"],
    ["another number of columns", "frame,group\na,b,c\n", 2, "Record Length"],
    ["a quote that never ends", 'frame,group\n"a,b\n', 2, "Quote"],
    ["a frame in two groups", "frame,group\na,b\na,c\n", 3, "a in c"],
  ])("with %s is refused with its line", (_, text, line, found) => {
    expect(() => parseGroupTable("groups.csv", text)).toThrow(refusal(line, found));
  });

  it("says the same group twice without harm", () => {
    expect(parseGroupTable("groups.csv", "frame,group\na,b\na,b\n")).toEqual({ a: "b" });
  });

  it("reads attributes by group, without those that are unknown", () => {
    expect(parseAttributesTable("groups.csv", "group,Camera,staged\nmon,c1,\ntue,c2,yes\n")).toEqual({
      mon: { Camera: "c1" },
      tue: { Camera: "c2", staged: "yes" },
    });
    expect(() => parseAttributesTable("groups.csv", "group,a\nmon,1\nmon,2\n")).toThrow(refusal(3, "mon"));
  });

  const cell = fc
    .string({ minLength: 1, maxLength: 10 })
    .map((text) => text.normalize("NFC"))
    .filter((text) => text.trim() === text && text !== "" && !text.includes("\ufeff"));

  it("reads back whatever a spreadsheet writes", () => {
    holds(
      fc.property(fc.uniqueArray(fc.tuple(cell, cell), { selector: ([frame]) => frame, maxLength: 8 }), (rows) => {
        const text = stringify([["frame", "group"], ...rows], { quoted: true });
        expect(Object.entries(parseGroupTable("groups.csv", text)).sort()).toEqual([...rows].sort());
      }),
      { numRuns: 500 },
    );
  });

  it("ends in a table or a named error, whatever the text", () => {
    holds(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `frame,group\n${text}`),
        ),
        (text) => {
          for (const parse of [parseGroupTable, parseAttributesTable]) {
            try {
              parse("groups.csv", text);
            } catch (error) {
              if (!(error instanceof BobbinError)) throw error;
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

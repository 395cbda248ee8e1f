// Numbers as people read them.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import {
  count,
  dollars,
  duration,
  fileSize,
  moment,
  percent,
  probability,
  score,
  signed,
} from "../../../lib/report/format.ts";
import { holds } from "../../support/property.ts";

describe("format", () => {
  it.each([
    [0.44, "0.4 s"],
    [59.6, "1 min 00 s"],
    [48, "48 s"],
    [185, "3 min 05 s"],
    [3599.9, "1 h 00 min"],
    [7620, "2 h 07 min"],
    [9.97, "10 s"],
  ])("writes %p seconds as %p", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it("writes a difference with its sign, and none where it rounds away", () => {
    expect([signed(0.0123), signed(-0.3), signed(0.0004), signed(-0.0004), signed(null)]).toEqual([
      "+0.012",
      "\u22120.300",
      "±0.000",
      "±0.000",
      "–",
    ]);
  });

  it("groups thousands so that the digits stay the same", () => {
    expect([count(999), count(1000), count(1234567)]).toEqual(["999", "1,000", "1,234,567"]);
    holds(fc.property(fc.nat(), (value) => expect(Number(count(value).replaceAll(",", ""))).toBe(value)));
  });

  it("writes scores, money, shares, sizes, times", () => {
    expect([score(0.5), score(null), score(undefined)]).toEqual(["0.500", "–", "–"]);
    expect([dollars(0), dollars(1_840_000), percent(0.1234), fileSize(999), fileSize(6_549_796)]).toEqual([
      "$0.00",
      "$1.84",
      "12.3 %",
      "999 B",
      "6.5 MB",
    ]);
    expect(moment("2026-03-14T09:26:53.000Z")).toBe("2026-03-14 09:26 UTC");
    expect([probability(0.0312), probability(0.0002), probability(null)]).toEqual(["0.031", "< 0.001", "–"]);
  });
});

// Times as people write them.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { secondsOf } from "../../../lib/cli/time-span.ts";
import { holds } from "../../support/property.ts";

describe("secondsOf", () => {
  it("reads the ways in which a time is written", () => {
    const written = {
      "2s": 2,
      "500ms": 0.5,
      "1m30s": 90,
      "1.5h": 5400,
      "00:01:30": 90,
      "2:03.5": 123.5,
      "90": 90,
      "0": 0,
    };
    for (const [text, seconds] of Object.entries(written)) expect(secondsOf("--every", text)).toBeCloseTo(seconds, 9);
  });

  it("reads a clock's time as its parts say", () => {
    holds(
      fc.property(fc.nat(50), fc.nat(59), fc.nat(59), (hours, minutes, seconds) => {
        expect(secondsOf("--from", `${hours}:${minutes}:${seconds}`)).toBe(hours * 3600 + minutes * 60 + seconds);
      }),
    );
  });

  it("refuses everything else", () => {
    for (const text of ["", "s", "2 s", "1e3", "-1s", "1:60", "1m2", "1d", "NaN"]) {
      expect(() => secondsOf("--every", text)).toThrow("is no time");
    }
  });
});

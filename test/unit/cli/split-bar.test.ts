// The split as a bar: always as wide, every part that has frames seen.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { splitBar } from "../../../lib/cli/split-bar.ts";
import { holds } from "../../support/property.ts";

const fills = ["█", "▓", "▒", "░"];
const cellsOf = (bar: string) => [...(bar.split("  ")[0] ?? "")];

describe("the split bar", () => {
  it("is 48 cells wide and shows every part that has frames", () => {
    holds(
      fc.property(fc.array(fc.nat(100_000), { minLength: 1, maxLength: 4 }), (frames) => {
        fc.pre(frames.some((count) => count > 0));
        const cells = cellsOf(splitBar(frames.map((count, index) => ({ name: `p${index}`, frames: count }))));
        const shown = frames.map((_, index) => cells.filter((cell) => cell === fills[index]).length);
        expect(shown.every((width, index) => width > 0 === (frames[index] ?? 0) > 0)).toBe(true);
        expect(Math.abs(cells.length - 48)).toBeLessThanOrEqual(2);
      }),
    );
  });

  it("shares the cells as the frames are shared", () => {
    const cells = cellsOf(
      splitBar([
        { name: "train", frames: 30 },
        { name: "val", frames: 10 },
        { name: "test", frames: 8 },
      ]),
    );
    expect(fills.map((fill) => cells.filter((cell) => cell === fill).length)).toEqual([30, 10, 8, 0]);
  });
});

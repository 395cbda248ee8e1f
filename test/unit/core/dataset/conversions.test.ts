import { describe, expect, it } from "@jest/globals";
import type { Config, Conversion } from "../../../../lib/contracts/config.ts";
import { conversion } from "../../../../lib/contracts/config.ts";
import type { Label, ManifestLine } from "../../../../lib/contracts/dataset.ts";
import { Findings } from "../../../../lib/core/dataset/ingest/findings.ts";
import { classTable, conversionOf } from "../../../../lib/core/dataset/manifest-classes.ts";

const classes = [{ name: "cup", from: [], base: [] }];
const label = (kind: Label["kind"], more: Partial<Label> = {}): Label => ({
  class: "cup",
  kind,
  box: [1, 2, 3, 4],
  ...more,
});
const tableWith = (...conversions: Conversion[]) => classTable({ classes, ignore: ["dust"], conversions });

describe("conversions", () => {
  it.each(Object.entries(conversionOf))("make a box of a %s by %s, and by no other rule", (kind, rule) => {
    const shape = label(kind as Label["kind"]);
    expect(tableWith(rule).boxOf(shape)).toEqual([1, 2, 3, 4]);
    expect(tableWith(...conversion.options.filter((other) => other !== rule)).boxOf(shape)).toBeNull();
    expect(classTable({ classes, ignore: [] }).boxOf(shape)).toBeNull();
  });

  it("leave boxes as they are, and make none of points, lines, tags and crowds", () => {
    const table = tableWith(...conversion.options);
    expect(classTable({ classes, ignore: [] }).boxOf(label("box"))).toEqual([1, 2, 3, 4]);
    for (const kind of ["points", "polyline", "tag"] as const) expect(table.boxOf(label(kind))).toBeNull();
    const crowds: readonly Record<string, string>[] = [{ iscrowd: "1" }, { is_crowd: "True" }];
    for (const attributes of crowds) {
      expect(table.boxOf(label("mask", { attributes }))).toBeNull();
      expect(table.boxOf(label("box", { attributes }))).toBeNull();
    }
  });

  it("are counted by kind, and so is every shape that no rule names", () => {
    const findings = new Findings();
    const labels = [
      label("polygon"),
      label("polygon"),
      label("ellipse"),
      label("box"),
      label("polygon", { class: "dust" }),
    ];
    findings.add({ frame: { name: "a.jpg", labels } as ManifestLine });
    findings.noteShapes({
      task: "detect",
      classes,
      ignore: ["dust"],
      conversions: ["polygon-to-box"],
    } as unknown as Config);
    expect(findings.issues.map(({ code, action, found, labels: listed }) => [code, action, found, listed])).toEqual([
      ["ShapeConverted", "noted", "2 × polygon", 0],
      ["ShapeNotTrained", "noted", "1 × ellipse", 0],
    ]);
  });
});

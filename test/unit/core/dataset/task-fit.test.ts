// A task that the labels cannot serve is refused with the nearest that they can: by `check`, `run` and `init` alike.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { type Task, task as tasks } from "../../../../lib/contracts/common.ts";
import { type Config, config } from "../../../../lib/contracts/config.ts";
import { type Label, label } from "../../../../lib/contracts/dataset.ts";
import { Findings } from "../../../../lib/core/dataset/ingest/findings.ts";
import { classTable } from "../../../../lib/core/dataset/manifest-classes.ts";
import { frameLine } from "../../../support/manifest.ts";
import { holds } from "../../../support/property.ts";

const configOf = (task: Task, conversions: Config["conversions"] = []): Config =>
  config.parse({
    schema: "bobbin/config/1",
    project: "p",
    model: "p",
    dataset: "p",
    task,
    classes: [{ name: "tray" }],
    ignore: ["dust"],
    conversions,
    groupRule: { kind: "frame" },
    budget: { ends: "2030-01-01T00:00:00Z" },
  });

const shapeOf = (kind: Label["kind"], name = "tray"): Label => ({
  class: name,
  kind,
  box: [0, 0, 9, 9],
  ...(kind === "polygon" ? { points: [0, 0, 9, 0, 9, 9] } : {}),
});

function errorsOf(of: Config, labels: readonly Label[]) {
  const findings = new Findings({ keepsFrames: false });
  findings.add({ read: labels.length });
  findings.add({ frame: frameLine("a.jpg", [], { labels: [...labels] }) });
  return findings.errors(of, "export", "issues.jsonl");
}

const kinds = label.shape.kind.options;
/** Masks with their outlines, and without: noise has none. */
const outlined = (one: Label): Label => ({ ...one, points: [0, 0, 9, 0, 9, 9] });
const labels = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: fc.constantFrom(...kinds).map((kind) => shapeOf(kind)) },
    { weight: 1, arbitrary: fc.constant(outlined(shapeOf("mask"))) },
  ),
  { maxLength: 6 },
);

describe("a task and its labels", () => {
  it("fit, or are refused by name with a task that these labels do serve", () => {
    const seen = new Set<string>();
    holds(
      fc.property(labels, fc.constantFrom(...tasks.options), (given, task) => {
        const served = (of: Config) => given.some((one) => classTable(of).serves(one));
        const [error, ...more] = errorsOf(configOf(task), given);
        expect(more).toEqual([]);
        if (served(configOf(task)) || given.length === 0) {
          expect(error).toBeUndefined();
          return;
        }
        expect(error).toMatchObject({ name: "TaskNotServed", data: { task } });
        const { nearest } = error!.data as { readonly nearest: string };
        seen.add(nearest.slice(0, 12));
        const rules = /"conversions": (\[.*?\])/.exec(nearest)?.[1];
        if (nearest.startsWith("segment")) expect(served(configOf("segment"))).toBe(true);
        else if (nearest.startsWith("classify")) expect(served(configOf("classify"))).toBe(true);
        else if (nearest === "detect" || nearest.startsWith("detect, or"))
          expect(served(configOf("detect"))).toBe(true);
        else if (rules !== undefined) expect(served(configOf("detect", JSON.parse(rules)))).toBe(true);
        else expect(nearest).toBe("detect, once boxes are drawn");
      }),
      { numRuns: 1000 },
    );
    expect(seen.size).toBeGreaterThan(3);
  });

  it("names classify for tags alone, and for tags what else is there", () => {
    expect(errorsOf(configOf("detect"), [shapeOf("tag")])[0]).toMatchObject({
      data: { task: "detect", found: "1 × tag", nearest: "classify" },
    });
    expect(errorsOf(configOf("classify"), [shapeOf("box")])[0]).toMatchObject({
      data: { task: "classify", found: "1 × box", nearest: "detect" },
    });
    expect(errorsOf(configOf("classify"), [shapeOf("box"), shapeOf("tag")])).toEqual([]);
  });

  it("refuse a frame of two classes, and say how many have none, only where whole frames are trained on", () => {
    const two = { ...configOf("classify"), classes: ["tray", "cup"].map((name) => ({ name, from: [], base: [] })) };
    const findings = new Findings({ keepsFrames: false });
    const frame = (name: string, tags: readonly string[]) =>
      findings.add({ frame: frameLine(name, [], { labels: tags.map((tag) => shapeOf("tag", tag)) }) });
    frame("a.jpg", ["tray", "dust"]);
    frame("b.jpg", ["tray", "cup"]);
    frame("c.jpg", ["cup", "tray"]);
    frame("d.jpg", ["dust"]);
    frame("e.jpg", []);
    findings.noteShapes({ ...two, task: "detect" });
    expect(findings.issues.filter(({ code }) => code.startsWith("Classes"))).toEqual([]);
    findings.noteShapes(two);
    const found = findings.issues.filter(({ code }) => ["ClassesSeveral", "ClassNone"].includes(code));
    expect(found.map(({ code, action, frame, found: text }) => [code, action, frame, text])).toEqual([
      ["ClassesSeveral", "refused", "b.jpg", "2 frames of cup and tray"],
      ["ClassNone", "noted", "d.jpg", "2 frames without a class"],
    ]);
    expect(findings.errors(two, "export", "issues.jsonl").map(({ name }) => name)).toEqual(["DataRefused"]);
  });

  it("names detect for boxes alone, and segment for outlines alone", () => {
    expect(errorsOf(configOf("segment"), [shapeOf("box")])[0]).toMatchObject({
      data: { task: "segment", found: "1 × box", nearest: "detect" },
    });
    expect(errorsOf(configOf("detect"), [shapeOf("polygon"), shapeOf("polygon")])[0]).toMatchObject({
      data: {
        found: "2 × polygon",
        nearest: 'segment, or detect with "conversions": ["polygon-to-box"], on their bounding boxes',
      },
    });
  });

  it("are refused where there is nothing but crowd regions: every frame would be background", () => {
    const crowd = { ...outlined(shapeOf("mask")), attributes: { iscrowd: "1" } };
    for (const task of ["detect", "segment"] as const) {
      expect(errorsOf(configOf(task), [crowd, crowd])).toMatchObject([
        { name: "TaskNotServed", data: { found: /^2 × crowd/, nearest: /CVAT for images/ } },
      ]);
    }
    expect(errorsOf(configOf("detect"), [crowd, shapeOf("box")])).toEqual([]);
    expect(errorsOf(configOf("detect"), [{ ...crowd, class: "dust" }])).toEqual([]);
  });

  it("say nothing of labels that are left out on purpose, nor of frames without any", () => {
    expect(errorsOf(configOf("segment"), [shapeOf("box", "dust")])).toEqual([]);
    expect(errorsOf(configOf("segment"), [])).toEqual([]);
  });

  it("list in a run too what is not trained on", () => {
    const findings = new Findings({ keepsFrames: false });
    findings.add({ frame: frameLine("a.jpg", [], { labels: [shapeOf("box"), shapeOf("polygon"), shapeOf("mask")] }) });
    findings.noteShapes(configOf("segment"));
    expect(findings.issues.map(({ code, found, wanted }) => [code, found, wanted])).toEqual([
      ["ShapeNotTrained", "1 × box", "outlines"],
      ["ShapeNotTrained", "1 × mask", "outlines"],
    ]);
  });
});

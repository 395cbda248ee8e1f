// `bobbin agreement` from command to page: two exports, two people of one export, the gate, what cannot be compared.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import sharp from "sharp";
import { agreementAnswer } from "../../lib/contracts/agreement.ts";
import { openStores } from "../../lib/local/store/open.ts";
import { bobbin, bobbinJson } from "../support/bobbin.ts";
import { lastingFolder } from "../support/folder.ts";
import { runIds, testConfig, testRequest } from "../support/run-request.ts";
import { runBoth } from "../support/run-steps.ts";
import { samplePictures, yoloFolder } from "../support/yolo-folder.ts";

let pictures: readonly Uint8Array[];
beforeAll(async () => {
  pictures = await samplePictures(6);
});

const good = "0 0.5 0.5 0.25 0.5\n1 0.2 0.2 0.1 0.1\n";
const labelsOf = (index: number, second: boolean) =>
  second && index === 2 ? "0 0.5 0.5 0.25 0.5\n" : second && index === 3 ? good.replace("1 0.2", "0 0.2") : good;
const person = (second: boolean) =>
  yoloFolder(
    pictures.map((image, index) => ({ name: `day${index % 3}/${index}`, image, labels: labelsOf(index, second) })),
  );

describe("bobbin agreement", () => {
  it("compares two exports, names the frames, and writes a page that shows them", async () => {
    const folder = lastingFolder();
    const page = join(folder, "agreement.html");
    const { exit, value } = await bobbinJson(
      folder,
      "agreement",
      person(false),
      person(true),
      "--group-rule",
      "folder:1",
      "--page",
      page,
    );
    const answer = agreementAnswer.parse(value);
    // Twelve boxes and eleven; eleven match, ten of them under one class.
    expect(answer).toMatchObject({ frames: 6, groups: 3, boxesA: 12, boxesB: 11, matched: 11, onlyA: 0, onlyB: 0 });
    expect(answer.figures.f1SameClass.value).toBeCloseTo(20 / 23, 12);
    expect(answer.disagreements.map(({ name }) => name).sort()).toEqual(["day0/3.jpg", "day2/2.jpg"]);
    expect(exit).toBe(0);
    const html = readFileSync(page, "utf8");
    expect(html.match(/<image href="data:image\/jpeg/g)).toHaveLength(2);
    expect(html).toContain("Krippendorff");
    expect(html).not.toContain("<script");
  });

  it("exits 1 below the threshold, by the figure that is asked for", async () => {
    const [a, b] = [person(false), person(true)];
    expect((await bobbin(lastingFolder(), "agreement", a, b, "--threshold", "0.9")).exit).toBe(1);
    expect((await bobbin(lastingFolder(), "agreement", a, b, "--threshold", "0.9", "--gate", "f1")).exit).toBe(0);
    expect((await bobbin(lastingFolder(), "agreement", a, b, "--gate", "nonsense")).exit).toBe(2);
  });

  it("takes the classes' other names of bobbin.json for one", async () => {
    const folder = lastingFolder();
    const [a, b] = [
      person(false),
      yoloFolder(
        pictures.map((image, index) => ({ name: `day${index % 3}/${index}`, image, labels: good })),
        ["Tablett", "person"],
      ),
    ];
    const before = await bobbinJson(folder, "agreement", a, b);
    expect(before.exit).toBe(1);
    await bobbin(folder, "init", a, "--group-rule", "folder:1");
    const file = join(folder, "bobbin.json");
    const config = JSON.parse(readFileSync(file, "utf8")) as { classes: { name: string; from: string[] }[] };
    config.classes = config.classes.map((each) => (each.name === "tray" ? { ...each, from: ["Tablett"] } : each));
    writeFileSync(file, JSON.stringify(config));
    const { exit, value } = await bobbinJson(folder, "agreement", a, b);
    expect(exit).toBe(0);
    expect(agreementAnswer.parse(value).figures.f1SameClass.value).toBe(1);
  });

  it("compares two people of one Label Studio export", async () => {
    const folder = lastingFolder();
    writeFileSync(
      join(folder, "a.jpg"),
      await sharp({ create: { width: 100, height: 100, channels: 3, background: "#888" } })
        .jpeg()
        .toBuffer(),
    );
    const region = (x: number, label: string) => ({
      id: `${x}${label}`,
      type: "rectanglelabels",
      from_name: "l",
      to_name: "i",
      original_width: 100,
      original_height: 100,
      value: { x, y: 10, width: 20, height: 20, rotation: 0, rectanglelabels: [label] },
    });
    const by = (completed_by: unknown, x: number) => ({ id: x, completed_by, result: [region(x, "tray")] });
    const task = {
      id: 1,
      data: { image: "/data/upload/1/a.jpg" },
      annotations: [by({ id: 3, email: "ann@site" }, 10), by(5, 14)],
    };
    writeFileSync(join(folder, "tasks.json"), JSON.stringify([task]));
    const { value } = await bobbinJson(lastingFolder(), "agreement", folder, "--annotators", "ann@site,5");
    const answer = agreementAnswer.parse(value);
    // 20 wide, 4 apart: 16 of 24.
    expect(answer.figures.meanIou.value).toBeCloseTo(16 / 24, 9);
    const nobody = await bobbinJson(lastingFolder(), "agreement", folder, "--annotators", "ann@site,9");
    expect(nobody.value).toMatchObject({ error: { name: "NoSharedFrames" } });
    const neither = await bobbinJson(lastingFolder(), "agreement", folder, person(false));
    expect(neither.value).toMatchObject({ error: { name: "DataRefused" } });
  });

  it("compares what two people tagged whole frames as", async () => {
    const tagged = (classes: readonly string[]) => {
      const folder = lastingFolder();
      const images = classes.map(
        (name, id) =>
          `<image id="${id}" name="day${id % 2}/${id}.jpg" width="640" height="360"><tag label="${name}" source="manual"></tag></image>`,
      );
      const labels = ["empty", "laid"].map((name) => `<label><name>${name}</name><attributes></attributes></label>`);
      writeFileSync(
        join(folder, "annotations.xml"),
        `<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version><meta><task><name>t</name><labels>${labels.join("")}</labels></task></meta>${images.join("")}</annotations>`,
      );
      return folder;
    };
    const a = tagged([..."eeeellllll"].map((each) => (each === "e" ? "empty" : "laid")));
    const b = tagged([..."eeelllllle"].map((each) => (each === "e" ? "empty" : "laid")));
    const { exit, value } = await bobbinJson(lastingFolder(), "agreement", a, b, "--task", "classify");
    const answer = agreementAnswer.parse(value);
    expect(answer).toMatchObject({ task: "classify", frames: 10, boxesA: 10, boxesB: 10, matched: 10, leftOut: 0 });
    // Eight of ten alike. By chance 0.4 × 0.4 + 0.6 × 0.6 = 0.52 of them would be: κ = (0.8 - 0.52) / 0.48.
    expect(answer.figures.f1SameClass.value).toBeCloseTo(0.8, 12);
    expect(answer.figures.kappaClasses.value).toBeCloseTo(0.28 / 0.48, 12);
    // Two coders, 20 tags, 8 and 12 of them: α = 1 - 0.2 ÷ (2 × 8 × 12 / (20 × 19)).
    expect(answer.figures.alphaBoxes.value).toBeCloseTo(1 - 0.2 / (192 / 380), 12);
    expect(answer.table.map((row) => row.slice(0, 2))).toEqual([
      [3, 1],
      [1, 5],
      [0, 0],
    ]);
    expect(answer.disagreements.map(({ name, otherClass }) => [name, otherClass]).sort()).toEqual([
      ["day1/3.jpg", 1],
      ["day1/9.jpg", 1],
    ]);
    expect(exit).toBe(1);
    const asBoxes = agreementAnswer.parse((await bobbinJson(lastingFolder(), "agreement", a, b)).value);
    expect(asBoxes).toMatchObject({ task: "detect", boxesA: 0, leftOut: 20 });
    expect((await bobbin(lastingFolder(), "agreement", a, b, "--task", "count")).exit).toBe(2);
  });

  it("compares two people whose labels a dataset version holds", async () => {
    const folder = lastingFolder();
    const config = testConfig({ annotator: "ann" });
    writeFileSync(join(folder, "bobbin.json"), JSON.stringify(config));
    const stores = openStores(join(folder, "store"));
    for (const [run, annotator] of ["ann", "bo"].entries()) {
      const request = testRequest(person(annotator === "bo"), { config, annotator, runId: runIds[run]! });
      await runBoth({ stores, request });
    }
    const { exit, value } = await bobbinJson(folder, "agreement", "d2", "--annotators", "ann,bo");
    const answer = agreementAnswer.parse(value);
    // As the two exports say, above.
    expect(answer).toMatchObject({ frames: 6, boxesA: 12, boxesB: 11, matched: 11 });
    expect(answer.figures.f1SameClass.value).toBeCloseTo(20 / 23, 12);
    expect(exit).toBe(0);
    const third = await bobbinJson(folder, "agreement", "d2", "--annotators", "ann,cy");
    expect(third.value).toMatchObject({ error: { name: "NoSharedFrames" } });
    const counted = await bobbinJson(folder, "agreement", "d2", person(true));
    expect(agreementAnswer.parse(counted.value).matched).toBe(11);
  });

  it("refuses what has no frame in common, or is one export alone", async () => {
    const folder = lastingFolder();
    const other = yoloFolder([{ name: "else/x", image: pictures[0]!, labels: good }]);
    const { exit, value } = await bobbinJson(folder, "agreement", person(false), other);
    expect([exit, value.error]).toEqual([1, expect.objectContaining({ name: "NoSharedFrames" })]);
    expect((await bobbin(folder, "agreement", person(false))).exit).toBe(2);
    expect((await bobbin(folder, "agreement", person(false), "--annotators", "1,2")).exit).toBe(2);
    expect(existsSync(join(folder, "agreement.html"))).toBe(false);
  });
});

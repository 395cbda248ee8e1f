// `bobbin measure` with the real model on the sample's frames: what it writes, what it leaves alone, and what it stands in the way of.
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import type { MeasureAnswer } from "../../lib/contracts/answers.ts";
import { ledger } from "../../lib/contracts/ledger.ts";
import { measurement } from "../../lib/contracts/measurement.ts";
import { runRequest } from "../../lib/contracts/run.ts";
import { measuredFor } from "../../lib/core/registry/measurements.ts";
import { openStores } from "../../lib/local/store/open.ts";
import { bobbin, bobbinJson } from "../support/bobbin.ts";
import { lastingFolder } from "../support/folder.ts";

const sample = join(import.meta.dirname, "../../samples/thaal");
const frames = join(sample, "thaal-cvat.zip");

describe("bobbin measure", () => {
  let folder = "";
  const configure = (changes: object) => {
    const own = JSON.parse(readFileSync(join(sample, "bobbin.json"), "utf8"));
    const classes = [{ name: "thaal", from: [], base: ["bowl"] }];
    const all = { ...own, classes, groupAttributes: "groups.csv", ...changes };
    writeFileSync(join(folder, "bobbin.json"), JSON.stringify(all));
  };
  const measure = async () => {
    const { exit, value } = await bobbinJson(folder, "measure", frames);
    expect(exit).toBe(0);
    return value as unknown as MeasureAnswer;
  };

  beforeAll(async () => {
    folder = lastingFolder();
    const rows = ["2025-09-11,lunch", "2025-09-18,lunch", "2025-09-25,dinner"];
    writeFileSync(join(folder, "groups.csv"), `group,operation\n${rows.join("\n")}\n`);
    copyFileSync(join(sample, "yolov8n-rebuilt.pt"), join(folder, "yolov8n.pt"));
    configure({});
    const added = await bobbin(folder, "base", "add", join(folder, "yolov8n.pt"), "--name", "yolov8n", "--unofficial");
    expect(added.exit).toBe(0);
  });

  it("measures every frame, and makes neither a dataset version nor a release of them", async () => {
    const answer = await measure();
    expect(answer).toMatchObject({ answer: "insufficient", all: { groups: 3, frames: 108, objects: 207 } });
    const document = measurement.parse(JSON.parse(readFileSync(answer.files.measurement, "utf8")));
    expect(Object.keys(document.attributes.operation ?? {})).toEqual(["dinner", "lunch"]);
    const found = Object.values(document.groups).reduce((sum, group) => sum + group.found, 0);
    expect(found).toBe(document.all.found);
    const bins = Object.values(document.topConfidence).flat();
    expect(bins.reduce((sum, count) => sum + count, 0)).toBe(108);
    for (const file of Object.values(answer.files)) expect(existsSync(file)).toBe(true);
    expect(readFileSync(answer.files.csv, "utf8").trim().split("\n")).toHaveLength(1 + 1 + 2 + 3);
    expect(existsSync(join(folder, "store/data/datasets"))).toBe(false);
    expect(existsSync(join(folder, "store/registry/models"))).toBe(false);
    const book = ledger.parse(JSON.parse(readFileSync(join(folder, "store/registry/ledger/demo.json"), "utf8")));
    expect(book.entries.map(({ runId, item, settled }) => [runId, item, settled])).toEqual([
      [answer.runId, "admission", 0],
      [answer.runId, "jobs", 0],
    ]);
    expect((await bobbinJson(folder, "status", answer.runId)).value).toMatchObject({
      machine: "measure",
      status: "succeeded",
    });
  }, 300_000);

  it("refuses a first training where it found the model enough, until somebody says why", async () => {
    // Three days could never show it: each frame is a group of its own here.
    configure({
      groupRule: { kind: "frame" },
      groupAttributes: undefined,
      measure: { recall: 0, medianConfidence: 0, confidence: 0.25 },
    });
    const { runId, answer } = await measure();
    expect(answer).toBe("sufficient");
    const { exit, value } = await bobbinJson(folder, "run", frames, "--no-decode");
    expect([exit, (value.error as { name: string }).name]).toEqual([1, "TrainingUnneeded"]);
    expect(existsSync(join(folder, "store/registry/models/thaal/v0"))).toBe(false);

    const { data } = openStores(join(folder, "store"));
    const [request] = readdirSync(join(folder, "store/data/runs"))
      .sort()
      .reverse()
      .map((id) =>
        runRequest.parse(JSON.parse(readFileSync(join(folder, "store/data/runs", id, "request.json"), "utf8"))),
      );
    const base = measurement.parse(
      JSON.parse(readFileSync(join(folder, "store/data/measurements/thaal", `${runId}.json`), "utf8")),
    ).base.sha256;
    const override = "our own trays matter more";
    const asked = { ...request!, override };
    expect(await measuredFor(asked, base, data)).toMatchObject({ runId, answer: "sufficient", override });
    // Other weights, or other classes: nobody has measured those.
    expect(await measuredFor(asked, "0".repeat(64), data)).toBeNull();
    const others = { ...asked, config: { ...asked.config, classes: [{ name: "cup", from: [], base: [] }] } };
    expect(await measuredFor(others, base, data)).toBeNull();
  }, 300_000);
});

// `bobbin evaluate` with a real release, of the smallest training that is one: its own test frames again, and frames it has seen.
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import sharp from "sharp";
import type { EvaluateAnswer } from "../../lib/contracts/answers.ts";
import type { Config } from "../../lib/contracts/config.ts";
import { evaluation, type Metrics } from "../../lib/contracts/evaluation.ts";
import { digestOf } from "../../lib/core/config/canonical.ts";
import { openExport } from "../../lib/local/export-source/open.ts";
import { isAlive, type ProcessMark, processMark } from "../../lib/local/process/alive.ts";
import { bobbin, bobbinJson } from "../support/bobbin.ts";
import { type CvatFrame, cvatZip } from "../support/cvat-zip.ts";
import { openSample, sampleRequest, smallRecipe } from "../support/pipeline-run.ts";
import { readExport } from "../support/read-export.ts";

const sample = join(import.meta.dirname, "../../samples/thaal/thaal-cvat.zip");

/** Frames of the sample, their label called `plate` as the release learnt it. */
async function sampleFrames(): Promise<ReadonlyMap<string, CvatFrame>> {
  const source = await openExport(sample);
  const frames = new Map<string, CvatFrame>();
  for (const { name, image, labels } of (await readExport(source)).frames) {
    const boxes = labels.flatMap(({ label }) => (label.box === undefined ? [] : [{ label: "plate", box: label.box }]));
    frames.set(name, { name, width: 960, height: 540, bytes: (await image?.read()) ?? null, boxes });
  }
  await source.close();
  return frames;
}

/** Some frames of each of its three days, fewer of the smaller ones. */
function someOf(frames: ReadonlyMap<string, CvatFrame>): readonly CvatFrame[] {
  const days = Map.groupBy(frames.values(), ({ name }) => name.slice(0, "thaal_2025-09-11".length));
  const bySize = [...days.values()].sort((a, b) => b.length - a.length);
  return bySize.flatMap((day, i) => day.slice(0, [12, 6, 4][i]));
}

/** Every file below a folder with its size and time. */
function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => `${name} ${statSync(join(folder, name)).size} ${statSync(join(folder, name)).mtimeMs}`)
    .sort();
}

/** Later frames call the same thing `dish`. */
function renamed(of: CvatFrame): CvatFrame {
  return { ...of, boxes: of.boxes.map((box) => (box.label === "plate" ? { ...box, label: "dish" } : box)) };
}

/** The release that all tests look at; base is told which of its classes could mean ours, so that it has scores. */
async function release(folder: string, frames: readonly CvatFrame[]) {
  const { pipeline } = await openSample(folder);
  const location = join(folder, "small.zip");
  const plates = { name: "small", labels: ["plate"] };
  writeFileSync(location, await cvatZip(plates, frames));
  const recipe = smallRecipe(1);
  const whole = { ...recipe, args: { ...recipe.args, fraction: 1 } };
  const request = sampleRequest(whole, { source: { location, versionId: null, sha256: null } });
  const config: Config = { ...request.config, classes: [{ name: "thaal", from: ["plate"], base: ["bowl"] }] };
  const record = await pipeline.run({ ...request, config, configSha256: digestOf(config) });
  // The project has moved on: another name for the class, one more class, and every frame a group of its own.
  const today = {
    ...config,
    recipe: "demo",
    classes: [
      { name: "thaal", from: ["dish"], base: [] },
      { name: "spoon", from: [], base: [] },
    ],
    groupRule: { kind: "frame" },
  };
  writeFileSync(join(folder, "bobbin.json"), JSON.stringify(today));
  const csv = readFileSync(join(folder, "store/data/datasets/thaal/d1/split.csv"), "utf8");
  const rows = csv.trim().split(/\r?\n/).slice(1);
  const namesOf = (part: string) => rows.flatMap((row) => (row.endsWith(`,${part}`) ? [row.split(",")[0] ?? ""] : []));
  return { record, namesOf };
}

/** The trainer of an evaluation, once it is at work. */
async function markOfTrainer(work: string): Promise<ProcessMark> {
  for (;;) {
    const files = existsSync(work) ? readdirSync(work).map((name) => join(work, name, "predict/process.json")) : [];
    const found = files.find((file) => existsSync(file));
    const parsed = found === undefined ? null : processMark.safeParse(parsedJson(readFileSync(found, "utf8")));
    if (parsed?.success) return parsed.data;
    await new Promise((settle) => setTimeout(settle, 20));
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // It is being written.
    return null;
  }
}

describe("a release on other frames", () => {
  let folder = "";
  let made: Awaited<ReturnType<typeof release>>;
  let frames: ReadonlyMap<string, CvatFrame>;
  const frame = (name: string) => {
    const found = frames.get(name);
    if (found === undefined) throw new Error(`the sample has no ${name}`);
    return found;
  };
  const exportOf = async (name: string, of: readonly CvatFrame[]) => {
    const file = join(folder, name);
    writeFileSync(file, await cvatZip({ name: "other", labels: ["dish", "spoon"] }, of.map(renamed)));
    return file;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "bobbin-evaluate-"));
    frames = await sampleFrames();
    made = await release(folder, someOf(frames));
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("scores unseen frames as the release's own test did, and those it has seen apart, whatever the group rule says now", async () => {
    expect(made.record).toMatchObject({ status: "succeeded", version: "v0" });
    const registry = filesIn(join(folder, "store/registry"));
    const [test, val, train] = [
      made.namesOf("test"),
      made.namesOf("val").slice(0, 2),
      made.namesOf("train").slice(0, 3),
    ];
    const recoded = await Promise.all(
      train.map(async (name) => {
        const of = frame(name);
        return {
          ...of,
          bytes: await sharp(of.bytes ?? undefined)
            .jpeg({ quality: 70 })
            .toBuffer(),
        };
      }),
    );
    const [first, ...others] = test.map(frame);
    if (first === undefined) throw new Error("the sample has no test frame");
    const spoon = { label: "spoon", box: [1, 1, 9, 9] } as const;
    const file = await exportOf("mixed.zip", [
      { ...first, boxes: [...first.boxes, spoon] },
      ...others,
      ...val.map(frame),
      ...recoded,
    ]);
    const { exit, value } = await bobbinJson(folder, "evaluate", "v0", "--on", file);
    const answer = value as unknown as EvaluateAnswer;
    expect({ exit, frames: answer.frames }).toEqual({ exit: 0, frames: test.length + 5 });
    expect(answer.seen).toMatchObject({ byHash: 2, byGroup: 3 });
    expect(answer.seen.frames.filter(({ by }) => by === "hash").map(({ name }) => name)).toEqual(val.toSorted());
    expect(answer.seen.frames.filter(({ by }) => by === "group").map(({ name }) => name)).toEqual(train.toSorted());
    expect([answer.unseen.frames, answer.seenScores.frames]).toEqual([test.length, 5]);

    const own = join(folder, "store/registry/models/thaal/v0/eval_v0.json");
    const [then, now] = [own, answer.evaluation].map((path) =>
      evaluation.parse(JSON.parse(readFileSync(path, "utf8"))),
    );
    for (const role of ["candidate", "base"]) {
      const [before, after] = [then, now].map((document) => document?.models.find((model) => model.role === role));
      expect(after?.threshold).toBe(before?.threshold);
      const [wanted, found] = [before?.parts.test?.all, after?.parts.test?.all];
      expect([found?.frames, found?.truths]).toEqual([wanted?.frames, wanted?.truths]);
      for (const score of ["mAP50", "mAP50-95", "precision", "recall"] satisfies (keyof Metrics)[])
        expect(found?.[score] ?? -1).toBeCloseTo(wanted?.[score] ?? -1, 4);
    }
    const page = readFileSync(answer.report, "utf8");
    for (const name of [...val, ...train]) expect(page.replaceAll("<wbr>", "")).toContain(name);

    expect(filesIn(join(folder, "store/registry"))).toEqual(registry);
    expect(existsSync(join(folder, "store/work", answer.runId))).toBe(false);
    const runs = await bobbin(folder, "runs");
    expect(runs.stdout).toContain(made.record.runId);
    expect(runs.stdout).not.toContain(answer.runId);
  }, 120_000);

  it("clears what one left behind that was killed by -9, its trainer too, and leaves a run alone that may go on", async () => {
    const file = await exportOf("killed.zip", made.namesOf("test").map(frame));
    const work = join(folder, "store/work");
    const places = ["--store", join(folder, "store"), "--config", join(folder, "bobbin.json")];
    const program = [join(import.meta.dirname, "../../bin/bobbin.ts"), "evaluate", "v0", "--on", file, ...places];
    const child = spawn(process.execPath, ["--no-warnings", ...program], { stdio: "ignore" });
    const ended = new Promise((settle) => child.once("close", settle));
    const mark = await markOfTrainer(work);
    child.kill("SIGKILL");
    await ended;
    const [left = ""] = readdirSync(work);
    expect(existsSync(join(work, left, "predict"))).toBe(true);
    // As a run that was killed: it has a request, so somebody may resume it.
    const run = made.record.runId;
    mkdirSync(join(work, run, "claims"), { recursive: true });
    writeFileSync(join(work, run, "claims/1.json"), JSON.stringify({ ...mark, started: "before" }));
    expect((await bobbinJson(folder, "evaluate", "v0", "--on", file)).exit).toBe(0);
    expect(readdirSync(work)).toEqual([run]);
    expect(isAlive(mark)).toBe(false);
    rmSync(join(work, run), { recursive: true });
  }, 120_000);

  it("refuses by name what it cannot score, and starts no trainer for it", async () => {
    const [name = ""] = made.namesOf("test");
    const ofOthers = await exportOf("spoons.zip", [{ ...frame(name), boxes: [{ label: "spoon", box: [1, 1, 9, 9] }] }]);
    const unknown = await exportOf("forks.zip", [{ ...frame(name), boxes: [{ label: "fork", box: [1, 1, 9, 9] }] }]);
    const refusal = async (...argv: string[]) => {
      const { exit, value } = await bobbinJson(folder, "evaluate", ...argv);
      return [exit, (value.error as { name: string }).name];
    };
    expect(await refusal("v0", "--on", ofOthers)).toEqual([1, "EvaluationImpossible"]);
    expect(await refusal("v0", "--on", unknown)).toEqual([1, "ClassUnknown"]);
    expect(await refusal("v7", "--on", unknown)).toEqual([2, "ReleaseMissing"]);
    expect(await refusal("v0", "--on", join(folder, "nothing.zip"))).toEqual([2, "ExportMissing"]);
    expect(await refusal("v0", "--on", unknown, "--env", join(folder, "no-env"))).toEqual([2, "TrainerMissing"]);
  });
});

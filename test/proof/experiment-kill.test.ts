// An ablation on this machine, killed by -9 at moments of itself one after the other, and going on each time: nothing is trained twice,
// nothing that was promised is lost.
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import { experimentPlan } from "../../lib/contracts/experiment.ts";
import type { Ledger } from "../../lib/contracts/ledger.ts";
import { findLedger } from "../../lib/core/budget/book.ts";
import type { Pipeline } from "../../lib/local/pipeline.ts";
import { freshFolder } from "../support/folder.ts";
import { openSample } from "../support/pipeline-run.ts";
import { talk } from "../support/process-lines.ts";

const script = path.join(import.meta.dirname, "../support/pipeline-process.ts");
const epochs = "1";

interface Moment {
  readonly state: string;
  readonly status: "entered" | "succeeded";
  /** The record of the training goes too: settled, and killed before that was written down. That window is too short to be hit. */
  readonly unrecorded?: true;
}
const moments: readonly Moment[] = [
  { state: "Ingest", status: "succeeded" },
  { state: "Reserve", status: "entered" },
  { state: "Reserve", status: "succeeded" },
  { state: "Train", status: "entered" },
  { state: "Train", status: "succeeded" },
  { state: "Predict", status: "entered" },
  { state: "Predict", status: "succeeded", unrecorded: true },
  { state: "Predict", status: "succeeded" },
  { state: "Reserve", status: "succeeded" },
  { state: "Train", status: "succeeded" },
  { state: "Predict", status: "succeeded" },
  { state: "Compare", status: "entered" },
  { state: "Compare", status: "succeeded" },
  { state: "Settle", status: "entered" },
];

interface Line {
  readonly started?: string;
  readonly kind?: string;
  readonly phase?: string;
}

/** One experiment in a folder, and what is seen of it between its processes. */
class Killed {
  readonly folder: string;
  readonly pipeline: Pipeline;
  runId = "ablate";
  /** Of the trainer, to train. */
  starts = 0;
  /** When the result of each training was written. */
  readonly #trained = new Map<string, number>();

  constructor(folder: string, pipeline: Pipeline) {
    this.folder = folder;
    this.pipeline = pipeline;
  }

  ofRun = (...names: string[]) => path.join(this.folder, "store/data/runs", this.runId, "experiment", ...names);

  async ledger(): Promise<Ledger["entries"]> {
    return (await findLedger(this.pipeline.stores.registry, "demo"))?.entries ?? [];
  }

  trials(): readonly string[] {
    if (!fs.existsSync(this.ofRun("plan.json"))) return [];
    return experimentPlan
      .parse(JSON.parse(fs.readFileSync(this.ofRun("plan.json"), "utf8")))
      .trials.map(({ id }) => id);
  }

  /** Starts it, or goes on with it, to its end or to a moment. */
  async work(to: Moment | null) {
    const at = to === null ? [] : [to.state, to.status];
    const child = talk(script, [this.folder, epochs, this.runId, ...at]);
    const { signal } = await child.ended;
    const lines = child.lines as readonly Line[];
    this.runId = lines.find(({ started }) => started !== undefined)?.started ?? this.runId;
    this.starts += lines.filter(({ kind, phase }) => kind === "train" && phase === "start").length;
    if (to?.unrecorded) {
      const records = fs.readdirSync(this.ofRun()).filter((name) => name.startsWith("trial-"));
      fs.rmSync(this.ofRun(records.sort().at(-1) ?? "none"));
    }
    return { signal, last: lines.at(-1) };
  }

  /** Each result stands as it was first written. @returns how many there are */
  results(): number {
    for (const id of this.trials()) {
      const file = path.join(this.folder, "store/data/runs", id, "result-train.json");
      if (!fs.existsSync(file)) continue;
      const { mtimeMs } = fs.statSync(file);
      expect(this.#trained.get(id) ?? mtimeMs).toBe(mtimeMs);
      this.#trained.set(id, mtimeMs);
    }
    return this.#trained.size;
  }
}

describe("an experiment that is killed", () => {
  it("goes on from every moment of itself, trains and pays each training once, and frees the pipeline", async () => {
    const folder = freshFolder();
    const { pipeline } = await openSample(folder);
    const killed = new Killed(folder, pipeline);
    for (const moment of moments) {
      const before = await killed.ledger();
      const { signal } = await killed.work(moment);
      expect([moment, signal]).toEqual([moment, "SIGKILL"]);
      expect(await pipeline.status(killed.runId)).toMatchObject({ status: "interrupted" });
      killed.results();
      // Whatever was promised is there, open or settled.
      const now = (await killed.ledger()).map(({ runId, item, promised }) => ({ runId, item, promised }));
      for (const { runId, item, promised } of before) expect(now).toContainEqual({ runId, item, promised });
    }
    const { last } = await killed.work(null);
    expect(last).toMatchObject({ status: "succeeded", failure: null, trainings: { done: 2, planned: 2 } });
    expect([killed.results(), killed.starts]).toEqual([2, 2]);
    const entries = await killed.ledger();
    const jobs = entries.filter(({ item }) => item === "jobs").map(({ runId, settled }) => [runId, settled]);
    expect(jobs).toEqual(killed.trials().map((id) => [id, 0]));
    expect(entries.filter(({ settled }) => settled === null)).toEqual([]);
    expect(fs.existsSync(path.join(folder, "store/work", killed.runId))).toBe(false);
    await expect(pipeline.resume(killed.runId)).rejects.toMatchObject({ name: "RunEnded" });
  }, 900_000);
});

// A real training, really killed: the trainer by -9, then Bobbin itself by -9, and the run goes on to a release.
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import { isAlive, markOf, processMark } from "../../lib/local/process/alive.ts";
import { freshFolder } from "../support/folder.ts";
import { openSample } from "../support/pipeline-run.ts";
import { talk } from "../support/process-lines.ts";

const script = path.join(import.meta.dirname, "../support/pipeline-process.ts");
const epochs = "4";

interface Line {
  readonly kind?: string;
  readonly phase?: string;
  readonly epoch?: number;
  readonly batch?: number;
  readonly started?: string;
  readonly status?: string;
  readonly states?: readonly unknown[];
}
const epochDone = (epoch: number) => (line: Line) =>
  line.phase === "train" && line.epoch === epoch && line.batch === undefined;
const trainingStarts = (lines: readonly unknown[]) => lines.filter((line) => (line as Line).phase === "start").length;

const mark = (folder: string, runId: string) =>
  processMark.parse(JSON.parse(fs.readFileSync(path.join(folder, "store/work", runId, "train/process.json"), "utf8")));

describe("a training that is killed", () => {
  it("goes on from its checkpoints, after kill -9 of the trainer and of Bobbin, and ends in one release", async () => {
    const folder = freshFolder();
    const first = talk(script, [folder, epochs]);
    const { started: runId = "" } = (await first.until((line: Line) => line.started !== undefined)) as Line;
    await first.until(epochDone(1));
    process.kill(mark(folder, runId).pid, "SIGKILL");
    // The machine's own Retry starts it again; it does not begin at the first epoch.
    await first.until(epochDone(2));
    expect(trainingStarts(first.lines)).toBe(2);
    expect(first.lines.filter((line) => epochDone(1)(line as Line))).toHaveLength(1);

    first.child.kill("SIGKILL");
    await first.ended;
    const { pipeline } = await openSample(folder);
    expect(await pipeline.status(runId)).toMatchObject({ status: "interrupted", version: "v0" });
    const orphan = mark(folder, runId);
    await expect(pipeline.run({} as never)).rejects.toMatchObject({
      name: "PipelineBusy",
      data: { runId, status: "interrupted" },
    });

    const second = talk(script, [folder, epochs, runId]);
    await second.ended;
    expect(isAlive(orphan)).toBe(false);
    expect(second.lines.at(-1)).toMatchObject({ status: "succeeded", version: "v0", failure: null });
    expect(second.lines.some((line) => epochDone(1)(line as Line))).toBe(false);
    expect(fs.existsSync(path.join(folder, "store/registry/models/thaal/v0/release.json"))).toBe(true);
    expect(fs.existsSync(path.join(folder, "store/work", runId))).toBe(false);
    expect(markOf(orphan.pid)).toBeNull();
    await expect(pipeline.resume(runId)).rejects.toMatchObject({ name: "RunEnded", data: { status: "succeeded" } });
  }, 300_000);
});

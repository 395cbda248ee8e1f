// Jobs as child processes: laid out, heard, stopped, found again, brought home. A stand-in takes the trainer's place.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { ProgressEvent } from "../../../../lib/contracts/job.ts";
import { dataKeys } from "../../../../lib/contracts/layout.ts";
import type { JobInput } from "../../../../lib/core/ports.ts";
import { createLocalJobs } from "../../../../lib/local/jobs/local-jobs.ts";
import { isAlive, markOf } from "../../../../lib/local/process/alive.ts";
import { openStores } from "../../../../lib/local/store/open.ts";
import { freshFolder } from "../../../support/folder.ts";
import { environment, standIn, standInJob } from "../../../support/stand-in.ts";

function setting(behave: string) {
  const root = freshFolder();
  const stores = openStores(path.join(root, "store"));
  const work = path.join(root, "work");
  const events: ProgressEvent[] = [];
  const control = new AbortController();
  const options = {
    stores,
    workOf: () => work,
    env: environment,
    trainer: standIn(root),
    sink: { emit: (event: ProgressEvent) => events.push(event) },
    signal: control.signal,
  };
  const job = standInJob(behave);
  const folder = path.join(work, "train");
  const run = (inputs: readonly JobInput[] = []) => createLocalJobs(options).run(job, inputs);
  return { stores, events, control, job, folder, run, trainer: options.trainer };
}

const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
};
/** Written down whole: a trainer that is ended before that is not counted, and its successor takes itself for the first. */
const hasStarted = (folder: string) =>
  fs.existsSync(path.join(folder, "starts")) && fs.readFileSync(path.join(folder, "starts"), "utf8").endsWith("\n");
const starts = (folder: string) => fs.readFileSync(path.join(folder, "starts"), "utf8").trim().split("\n").map(Number);
const textOf = async (stores: ReturnType<typeof openStores>, key: string) =>
  Buffer.from((await stores.data.get(key)).bytes).toString();

describe("a job on this machine", () => {
  it("brings its files home, then its result, under the names the result lists", async () => {
    const { run, stores, job, events } = setting("ok");
    const result = await run();
    expect(result).toMatchObject({
      status: "succeeded",
      weights: { file: "weights/m.pt" },
      onnx: { file: "weights/m.onnx" },
    });
    expect(await textOf(stores, dataKeys.jobFile(job.runId, "train", "weights/m.pt"))).toBe("weights after 1 starts");
    expect(JSON.parse(await textOf(stores, dataKeys.result(job.runId, "train")))).toEqual(result);
    expect(events.map((event) => event.kind === "train" && event.phase)).toEqual(["start", "end"]);
  });

  it("is not started again once its result is home", async () => {
    const { run, folder } = setting("ok");
    const first = await run();
    expect(await run()).toEqual(first);
    expect(starts(folder)).toHaveLength(1);
  });

  it("is brought home without another start where it ended and nobody was there", async () => {
    const { run, folder, stores, job } = setting("ok");
    const first = await run();
    fs.rmSync(path.join(stores.data.readPath(dataKeys.request(job.runId).replace("request", "result-train"))));
    expect(await run()).toEqual(first);
    expect(starts(folder)).toHaveLength(1);
  });

  it("gets its inputs linked to the store, and what is text written", async () => {
    const { run, stores, folder } = setting("ok");
    await stores.data.create("frames/aa/x.jpg", Buffer.from("image"));
    const sha256 = createHash("sha256").update("image").digest("hex");
    const inputs: JobInput[] = [
      { path: "data/images/train/1.jpg", bucket: "data", key: "frames/aa/x.jpg", sha256 },
      { path: "data/labels/train/1.txt", text: "0 0.5 0.5 1 1\n" },
    ];
    await run(inputs);
    const image = path.join(folder, "data/images/train/1.jpg");
    expect(fs.statSync(image).ino).toBe(fs.statSync(stores.data.readPath("frames/aa/x.jpg")).ino);
    expect(fs.readFileSync(path.join(folder, "data/labels/train/1.txt"), "utf8")).toBe("0 0.5 0.5 1 1\n");
  });

  it("refuses an input outside its folder", async () => {
    await expect(setting("ok").run([{ path: "../outside.txt", text: "x" }])).rejects.toThrow("leaves the job's folder");
  });

  it("hears progress through whatever a library prints, and keeps that in the log", async () => {
    const { run, events, folder } = setting("garbage");
    await run();
    expect(events.map((event) => event.kind === "train" && event.phase)).toEqual(["start", "end"]);
    expect(fs.readFileSync(path.join(folder, "stderr.log"), "utf8")).toContain("a library says hello");
  });

  it("sees of this machine only what it needs", async () => {
    process.env.AWS_SECRET_ACCESS_KEY = "secret";
    const { run, folder, trainer } = setting("environment");
    await run();
    delete process.env.AWS_SECRET_ACCESS_KEY;
    const seen = JSON.parse(fs.readFileSync(path.join(folder, "seen.json"), "utf8")) as Record<string, string>;
    expect(seen.PYTHONPATH).toBe(trainer);
    expect(Object.keys(seen).filter((name) => /AWS|TOKEN|KEY|npm_/i.test(name))).toEqual([]);
    expect(seen.HOME).toBe(path.join(folder, "home"));
  });

  it.each([
    ["named", { name: "OutOfMemory", data: { device: "cpu", batch: 4, imgsz: 320 } }],
    ["silent", { name: "JobFailed", data: { job: "train", exitCode: 9, problem: "the last words" } }],
    ["lie", { name: "JobFailed", data: { exitCode: 0 } }],
    ["kill once", { name: "JobKilled", data: { job: "train", signal: "SIGKILL" } }],
    ["other bytes", { name: "ObjectCorrupt" }],
  ])("that ends %j fails by name", async (behave, error) => {
    const { run, stores, job } = setting(behave);
    await expect(run()).rejects.toMatchObject(error);
    expect(await stores.data.head(dataKeys.result(job.runId, "train"))).toBeNull();
  });

  it("goes on in the same folder after it was killed", async () => {
    const { run } = setting("kill once");
    await expect(run()).rejects.toMatchObject({ name: "JobKilled" });
    expect(await run()).toMatchObject({ attempts: 2 });
  });

  it("ends when it is told to, with all that it started", async () => {
    const { run, control, folder } = setting("hang");
    const running = run();
    await until(() => hasStarted(folder));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const [pid = 0] = starts(folder);
    control.abort();
    await expect(running).rejects.toMatchObject({ name: expect.stringMatching(/Interrupted|JobKilled/) });
    expect(markOf(pid)).toBeNull();
  });

  it("leaves nobody behind that it started and forgot", async () => {
    const { run, folder } = setting("child");
    await run();
    const [pid = 0] = starts(folder);
    await until(() => markOf(pid) === null);
    const group = () => fs.readdirSync("/proc").some((name) => /^\d+$/.test(name) && groupOf(name) === String(pid));
    if (process.platform === "linux") await until(() => !group());
  });

  it("does not share its folder with a trainer that outlived us, written down or not", async () => {
    for (const written of [true, false]) {
      const { run, folder, trainer, job } = setting("hang once");
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(path.join(folder, "job.json"), JSON.stringify(job));
      const orphan = spawn(path.join(environment, "bin/python"), ["-m", "bobbin_trainer", "job.json"], {
        cwd: folder,
        detached: true,
        stdio: "ignore",
        env: { PYTHONPATH: trainer },
      });
      await until(() => hasStarted(folder));
      const mark = markOf(orphan.pid ?? 0);
      if (mark === null) throw new Error("the orphan is not there");
      if (written) fs.writeFileSync(path.join(folder, "process.json"), JSON.stringify(mark));
      const result = await run();
      expect(isAlive(mark)).toBe(false);
      expect(result).toMatchObject({ attempts: 2 });
    }
  });
});

function groupOf(pid: string): string | undefined {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[2];
  } catch {
    return undefined;
  }
}

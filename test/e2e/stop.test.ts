// `bobbin stop --all` while a real training runs on this machine: process and trainer go, what they held is given back, nothing starts.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { isAlive, processMark } from "../../lib/local/process/alive.ts";
import { bobbin, bobbinJson } from "../support/bobbin.ts";
import { freshFolder } from "../support/folder.ts";
import { smallRecipe } from "../support/pipeline-run.ts";

const root = join(import.meta.dirname, "../..");
const sample = join(root, "samples/thaal/thaal-cvat.zip");
const days = "pattern:^thaal_(?<day>\\d{4}-\\d{2}-\\d{2})_";

const marks = (work: string) =>
  (existsSync(work) ? readdirSync(work) : [])
    .map((runId) => join(work, runId, "train/process.json"))
    .filter((file) => existsSync(file))
    .map((file) => processMark.parse(JSON.parse(readFileSync(file, "utf8"))));

async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((settle) => setTimeout(settle, 100));
  }
}

it.each(["at work", "killed"])(
  "ends a training whose own process is %s",
  async (state) => {
    const folder = freshFolder();
    await bobbin(folder, "init", sample, ...["--project", "thaal", "--ratios", "0.56,0.31,0.13", "--group-rule", days]);
    writeFileSync(join(folder, "50.json"), JSON.stringify(smallRecipe(50)));
    await bobbin(
      folder,
      "base",
      "add",
      join(root, "samples/thaal/yolov8n-rebuilt.pt"),
      "--name",
      "yolov8n",
      "--unofficial",
    );
    const words = ["run", sample, "--recipe", join(folder, "50.json"), "--env", join(root, ".venv"), "--json"];
    const places = ["--store", join(folder, "store"), "--config", join(folder, "bobbin.json")];
    const child = spawn(process.execPath, [join(root, "bin/bobbin.ts"), ...words, ...places], { stdio: "ignore" });
    const ended = new Promise((settle) => child.once("exit", settle));
    const work = join(folder, "store/work");
    const trainer = await until(() => marks(work)[0]);
    if (state === "killed") {
      child.kill("SIGKILL");
      await ended;
      expect(isAlive(trainer)).toBe(true);
    }
    const { exit, value } = await bobbinJson(folder, "stop", "--all", "--reason", "a test");
    expect({ exit, ...value }).toMatchObject(state === "killed" ? { exit: 0, jobs: 1 } : { exit: 0, executions: 1 });
    await ended;
    expect(isAlive(trainer)).toBe(false);
    expect((await bobbinJson(folder, "runs")).value).toMatchObject([{ status: "cancelled" }]);
    const { value: budget } = await bobbinJson(folder, "budget");
    expect(budget).toMatchObject({ closed: { kind: "cutOff" }, promised: 0 });
    const again = await bobbinJson(folder, "run", sample, "--env", join(root, ".venv"));
    expect(again).toMatchObject({ exit: 1, value: { error: { name: "BudgetClosed" } } });
  },
  180_000,
);

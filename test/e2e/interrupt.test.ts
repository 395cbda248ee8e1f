// Ctrl-C while an export of many pictures is looked at or written: the process ends, answers nothing and leaves nothing.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "@jest/globals";
import { bobbin } from "../support/bobbin.ts";
import { freshFolder } from "../support/folder.ts";
import { samplePictures, yoloFolder } from "../support/yolo-folder.ts";

const root = join(import.meta.dirname, "../..");

async function bigExport(): Promise<string> {
  const [image = new Uint8Array()] = await samplePictures(1);
  const frame = (_: unknown, at: number) => ({ name: `f${at}`, image, labels: "0 0.5 0.5 0.1 0.1\n" });
  return yoloFolder(Array.from({ length: 4000 }, frame));
}

/** Starts a command and presses Ctrl-C once it is at work. */
async function interrupted(folder: string, atWork: (said: string) => boolean, ...argv: string[]) {
  const places = ["--store", join(folder, "store"), "--config", join(folder, "bobbin.json"), "--json"];
  const child = spawn(process.execPath, [join(root, "bin/bobbin.ts"), ...argv, ...places]);
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      said[stream] += text;
    });
  }
  const ended = new Promise<number | null>((settle) => child.once("close", settle));
  while (!atWork(said.stderr) && child.exitCode === null) await wait(20);
  child.kill("SIGINT");
  return { exit: await ended, stdout: said.stdout };
}

it("ends `check` where it stands, and takes away what `export` has written", async () => {
  const [source, folder] = [await bigExport(), freshFolder()];
  expect((await bobbin(folder, "init", source, "--group-rule", "frame", "--project", "trays")).exit).toBe(0);
  const checked = await interrupted(folder, (said) => said.includes('"done"'), "check", source);
  expect(checked).toEqual({ exit: 130, stdout: "" });

  const begun = () => readdirSync(folder).some((name) => name.startsWith("coco.unfinished"));
  const written = await interrupted(folder, begun, "export", source, "--as", "coco", "--to", join(folder, "coco"));
  expect(written).toEqual({ exit: 130, stdout: "" });
  expect([begun(), existsSync(join(folder, "coco"))]).toEqual([false, false]);
});

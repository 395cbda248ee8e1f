// Ctrl-C while an export of many large pictures is looked at or written: the process ends, answers nothing and leaves nothing.
import { spawn } from "node:child_process";
import { existsSync, linkSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it } from "@jest/globals";
import sharp from "sharp";
import { bobbin } from "../support/bobbin.ts";
import { freshFolder } from "../support/folder.ts";

const root = join(import.meta.dirname, "../..");
const frames = 1000;

async function bigExport(): Promise<string> {
  const folder = freshFolder();
  for (const part of ["images/train", "labels/train"]) mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, "data.yaml"), "path: .\ntrain: images/train\nnames:\n  0: tray\n");
  const noise = { type: "gaussian", mean: 128, sigma: 30 } as const;
  const picture = await sharp({ create: { width: 1500, height: 1000, channels: 3, background: "grey", noise } })
    .jpeg()
    .toBuffer();
  for (let at = 0; at < frames; at++) {
    const image = join(folder, `images/train/f${at}.jpg`);
    if (at === 0) writeFileSync(image, picture);
    else linkSync(join(folder, "images/train/f0.jpg"), image);
    writeFileSync(join(folder, `labels/train/f${at}.txt`), "0 0.5 0.5 0.1 0.1\n");
  }
  return folder;
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

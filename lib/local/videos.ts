// Frames out of videos, by OpenCV in the trainer's environment, as a child process that works in the folder it fills.
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { BobbinError } from "../contracts/errors.ts";
import { type CutLine, cutLine } from "../contracts/video.ts";
import { runChild } from "./jobs/child.ts";
import { pythonOf, trainerVariables } from "./jobs/python.ts";

export interface VideoRequest {
  readonly videos: readonly { readonly path: string; readonly stem: string }[];
  /** Seconds; `to` null: to the end. */
  readonly every: number;
  readonly from: number;
  readonly to: number | null;
  readonly quality: number;
}

export interface VideoPlace {
  /** Takes the frames. */
  readonly folder: string;
  readonly env: string;
  readonly trainer: string;
  readonly signal: AbortSignal;
}

const threads = 2;
const shownCharacters = 300;

/** @param onLine each frame and each video, as it is done. @throws TrainerMissing, VideoInvalid, TrainerFailed */
export async function cutVideos(
  request: VideoRequest,
  place: VideoPlace,
  onLine: (line: CutLine) => void,
): Promise<void> {
  const python = pythonOf(place.env);
  mkdirSync(place.folder, { recursive: true });
  const scratch = await mkdtemp(join(tmpdir(), "bobbin-frames-"));
  const log = join(scratch, "stderr.log");
  const out = openSync(log, "a");
  let failed: BobbinError | null = null;
  try {
    const asked = { ...request, videos: request.videos.map(({ path, stem }) => ({ path: resolve(path), stem })) };
    const ended = await runChild({
      file: python,
      arguments: ["-m", "bobbin_videos", JSON.stringify(asked)],
      folder: place.folder,
      env: trainerVariables(place.trainer, scratch, threads),
      onLine(text) {
        const line = lineOf(text);
        if (line === null) appendFileSync(log, `${text}\n`);
        else if (line.kind === "failed") {
          failed = new BobbinError("VideoInvalid", {
            path: request.videos[line.video]?.path ?? "?",
            found: line.found,
          });
        } else onLine(line);
      },
      stderr: out,
      signal: place.signal,
    });
    place.signal.throwIfAborted();
    if (failed !== null) throw failed;
    if (ended.code !== 0) {
      const found = readFileSync(log, "utf8").trim().split("\n").at(-1) ?? "";
      const how = ended.code === null ? `ended by ${ended.signal}` : `ended with ${ended.code}`;
      throw new BobbinError("VideoInvalid", {
        path: request.videos.map(({ path }) => path).join(", "),
        found: `a decoder that ${how}: ${found.slice(0, shownCharacters)}`,
      });
    }
  } finally {
    closeSync(out);
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** null for what a library printed. */
function lineOf(text: string): CutLine | null {
  try {
    return cutLine.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

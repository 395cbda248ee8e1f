// bobbin frames: frames out of videos, a folder for each video, so that a video is a group from its first frame on.
import { existsSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { BobbinError } from "../../contracts/errors.ts";
import type { CutLine, FramesAnswer, VideoFrame } from "../../contracts/video.ts";
import { cutVideos } from "../../local/videos.ts";
import type { Context } from "../context.ts";
import { trainerFolder } from "../paths.ts";
import { plain, table } from "../text.ts";
import { secondsOf } from "../time-span.ts";

interface FramesOptions {
  readonly every: string;
  readonly from: string;
  readonly to?: string;
  readonly out: string;
  readonly quality: string;
}

/** A header may round, and count a frame that is not there; more than this is another number. */
const honest = 0.02;
const nameCharacters = 80;
const framesPerEvent = 50;

function usage(problem: string): never {
  throw new BobbinError("UsageWrong", { problem, command: "frames" });
}

/** A folder's name of a video's, each once. */
function stemsOf(videos: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return videos.map((video) => {
    const plainName = basename(video, extname(video))
      .normalize("NFC")
      .replace(/[^\p{L}\p{N}._-]+/gu, "_")
      .replace(/^[._-]+|[._-]+$/g, "")
      .slice(0, nameCharacters);
    const name = plainName === "" ? "video" : plainName;
    let stem = name;
    for (let number = 2; taken.has(stem.toLowerCase()); number++) stem = `${name}-${number}`;
    taken.add(stem.toLowerCase());
    return stem;
  });
}

function askedOf({ every, from, to, quality }: FramesOptions) {
  const asked = {
    every: secondsOf("--every", every),
    from: secondsOf("--from", from),
    to: to === undefined ? null : secondsOf("--to", to),
    quality: Number(quality),
  };
  if (!(asked.every > 0)) usage(`--every ${every} takes no time.`);
  if (asked.to !== null && asked.to < asked.from) usage(`--to ${to} lies before --from ${from}.`);
  if (!(Number.isInteger(asked.quality) && asked.quality >= 1 && asked.quality <= 100))
    usage(`--quality ${quality} is no number from 1 to 100.`);
  return asked;
}

function answerOf(
  folder: string,
  videos: readonly string[],
  stems: readonly string[],
  lines: readonly CutLine[],
): FramesAnswer {
  const found = lines.flatMap((line) => (line.kind === "video" ? [line] : []));
  return {
    schema: "bobbin/answer-frames/1",
    folder,
    frames: found.reduce((sum, { taken }) => sum + taken, 0),
    videos: found.map(({ video, sha256, taken, decoded, claimed, broken, seconds, limited }) => ({
      video: basename(videos[video] ?? ""),
      sha256,
      group: stems[video] ?? "",
      taken,
      decoded,
      claimed,
      broken,
      seconds,
      headerLies: !limited && claimed > 0 && Math.abs(decoded - claimed) > Math.max(1, honest * claimed),
    })),
  };
}

function frameLines(videos: readonly string[], lines: readonly CutLine[]): readonly VideoFrame[] {
  const digests = new Map(lines.flatMap((line) => (line.kind === "video" ? [[line.video, line.sha256] as const] : [])));
  return lines.flatMap((line) => {
    if (line.kind !== "frame") return [];
    const { file, sha256, width, height, seconds, index, video } = line;
    const name = basename(videos[video] ?? "");
    return [{ frame: file, sha256, width, height, video: name, videoSha256: digests.get(video) ?? "", seconds, index }];
  });
}

function words(answer: FramesAnswer): string[] {
  const rows = answer.videos.map(({ video, group, taken, decoded, claimed, seconds }) => [
    plain(video),
    plain(group),
    String(taken),
    String(decoded),
    String(claimed),
    seconds.toFixed(1),
  ]);
  const notes = answer.videos.flatMap(({ video, decoded, claimed, broken, headerLies }) => [
    ...(headerLies
      ? [`${plain(video)}: its header claims ${claimed} frames, ${decoded} decode; those are all there are.`]
      : []),
    ...(broken > 0 ? [`${plain(video)}: ${broken} frames that were to be taken do not decode.`] : []),
  ]);
  return [
    `${answer.frames} frames in ${answer.folder}, with the source and time of each in frames.jsonl.`,
    ...table([["video", "folder", "taken", "decode", "header", "seconds"], ...rows]),
    ...notes,
    "",
    "Each video is a group: label them, then `bobbin init EXPORT --group-rule folder:1`.",
  ];
}

export async function frames(
  context: Context,
  [videos]: readonly [readonly string[]],
  options: FramesOptions,
): Promise<number> {
  const asked = askedOf(options);
  for (const path of videos) if (!existsSync(path)) throw new BobbinError("VideoMissing", { path });
  const folder = resolve(options.out);
  if (existsSync(folder)) throw new BobbinError("OutputExists", { path: folder });
  const stems = stemsOf(videos);
  const unfinished = `${folder}.unfinished-${process.pid}`;
  const lines: CutLine[] = [];
  try {
    const request = { ...asked, videos: videos.map((path, at) => ({ path, stem: stems[at] ?? "" })) };
    const place = { folder: unfinished, env: context.env, trainer: trainerFolder(), signal: context.signal };
    await cutVideos(request, place, (line) => {
      lines.push(line);
      if (lines.length % framesPerEvent === 0) tell(context, lines.length);
    });
    const answer = answerOf(folder, videos, stems, lines);
    assertFrames(answer, videos, options);
    const texts = frameLines(videos, lines).map((line) => `${JSON.stringify(line)}\n`);
    await writeFile(join(unfinished, "frames.jsonl"), texts.join(""));
    await rename(unfinished, folder);
    context.out.answer(answer, () => words(answer));
    return 0;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

function tell({ out }: Context, done: number): void {
  out.events.emit({ kind: "work", at: new Date().toISOString(), what: "frames taken", done, total: null });
}

/** @throws NoFramesInTime */
function assertFrames(answer: FramesAnswer, videos: readonly string[], { from, to }: FramesOptions): void {
  const at = answer.videos.findIndex(({ taken }) => taken === 0);
  const found = answer.videos[at];
  if (found === undefined) return;
  const wanted = `${from} and ${to ?? "its end"}`;
  throw new BobbinError("NoFramesInTime", { path: videos[at] ?? "", seconds: found.seconds, wanted });
}

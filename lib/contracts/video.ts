// Frames that were taken out of videos: where each comes from, and what decoding found.
import * as z from "zod";
import { count, document, sha256 } from "./common.ts";

export const videoFrame = document(
  "bobbin/video-frame/1",
  "One line of frames.jsonl: a frame that was taken out of a video.",
  z.strictObject({
    /** Path below the folder, `/` between folders; its first folder is the group. */
    frame: z.string().min(1),
    sha256,
    width: z.int().min(1),
    height: z.int().min(1),
    /** The video's file name, and the SHA-256 of its bytes. */
    video: z.string().min(1),
    videoSha256: sha256,
    /** Time of the frame in the video, as its container gives it. */
    seconds: z.number().min(0),
    /** Number of the frame among those that decode, from 0. */
    index: count,
  }),
);
export type VideoFrame = z.infer<typeof videoFrame>;

export const framesAnswer = document(
  "bobbin/answer-frames/1",
  "`bobbin frames`: how many frames came out of each video, and how many decode where the header claims another number.",
  z.strictObject({
    schema: z.literal("bobbin/answer-frames/1"),
    folder: z.string(),
    frames: count,
    videos: z.array(
      z.strictObject({
        video: z.string(),
        sha256,
        /** Its folder, which is its group by the rule folder:1. */
        group: z.string(),
        taken: count,
        /** Frames that decode up to --to. */
        decoded: count,
        /** Frames that the header claims; 0 where it claims nothing. */
        claimed: count,
        /** Frames that were to be taken and do not decode. */
        broken: count,
        /** Time of the last frame that was decoded. */
        seconds: z.number(),
        /** True: the header's number is off by more than a fiftieth. Said only where the video was read to its end. */
        headerLies: z.boolean(),
      }),
    ),
  }),
);
export type FramesAnswer = z.infer<typeof framesAnswer>;

/** What `python -m bobbin_videos` prints, a line each. */
export const cutLine = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("frame"),
    video: count,
    file: z.string(),
    sha256,
    index: count,
    seconds: z.number(),
    width: z.int().min(1),
    height: z.int().min(1),
  }),
  z.strictObject({
    kind: z.literal("video"),
    video: count,
    sha256,
    decoded: count,
    claimed: count,
    taken: count,
    broken: count,
    seconds: z.number(),
    limited: z.boolean(),
  }),
  z.strictObject({ kind: z.literal("failed"), video: count, found: z.string() }),
]);
export type CutLine = z.infer<typeof cutLine>;

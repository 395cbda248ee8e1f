// `bobbin frames` from command to folder, on real videos: one of them claims 444 frames and has 68.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { framesAnswer, videoFrame } from "../../lib/contracts/video.ts";
import { bobbin, bobbinJson } from "../support/bobbin.ts";
import { lastingFolder } from "../support/folder.ts";
import { sharedData } from "../support/shared.ts";

const videos = sharedData("videos");
const withVideos = videos === null ? it.skip : it;
const at = (name: string) => join(videos ?? "", name);
const sha256 = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

describe("bobbin frames", () => {
  withVideos("gives what decodes, says where the header lies, and keeps source and time of each frame", async () => {
    const folder = lastingFolder();
    const out = join(folder, "frames");
    const given = [at("tree.avi"), at("vtest.avi")];
    const { exit, value } = await bobbinJson(folder, "frames", ...given, "--every", "10s", "--to", "30s", "--out", out);
    expect(exit).toBe(0);
    const answer = framesAnswer.parse(value);
    expect(answer.videos).toMatchObject([
      { video: "tree.avi", group: "tree", taken: 3, decoded: 68, claimed: 444, broken: 0, headerLies: true },
      { video: "vtest.avi", group: "vtest", taken: 4, claimed: 795, broken: 0, headerLies: false },
    ]);
    const lines = readFileSync(join(out, "frames.jsonl"), "utf8").trim().split("\n");
    const frames = lines.map((line) => videoFrame.parse(JSON.parse(line)));
    expect(frames).toHaveLength(answer.frames);
    for (const frame of frames) {
      expect(sha256(join(out, frame.frame))).toBe(frame.sha256);
      expect(frame.videoSha256).toBe(sha256(at(frame.video)));
      expect(frame.frame).toBe(
        `${frame.frame.split("/")[0]}/${frame.frame.split("/")[0]}_${String(Math.round(frame.seconds * 1000)).padStart(9, "0")}.jpg`,
      );
    }
    expect(frames.filter(({ video }) => video === "vtest.avi").map(({ seconds }) => seconds)).toEqual([0, 10, 20, 30]);
  });

  withVideos("tells two videos of one name apart, and writes over nothing", async () => {
    const folder = lastingFolder();
    const out = join(folder, "frames");
    const run = () => bobbinJson(folder, "frames", at("tree.avi"), at("tree.avi"), "--every", "20s", "--out", out);
    expect(framesAnswer.parse((await run()).value).videos.map(({ group }) => group)).toEqual(["tree", "tree-2"]);
    expect(readdirSync(out).sort()).toEqual(["frames.jsonl", "tree", "tree-2"]);
    const again = await run();
    expect([again.exit, again.value]).toEqual([
      2,
      expect.objectContaining({ error: expect.objectContaining({ name: "OutputExists" }) }),
    ]);
  });

  withVideos("leaves nothing behind where a video gives no frame", async () => {
    const folder = lastingFolder();
    const broken = join(folder, "broken.mp4");
    writeFileSync(broken, "no video");
    const out = join(folder, "frames");
    const nameOf = async (...argv: string[]) => {
      const { value } = await bobbinJson(folder, "frames", ...argv, "--out", out);
      return (value.error as { name: string } | undefined)?.name;
    };
    expect(await nameOf(at("tree.avi"), broken, "--every", "5s")).toBe("VideoInvalid");
    expect(await nameOf(at("tree.avi"), "--every", "5s", "--from", "1h")).toBe("NoFramesInTime");
    expect(await nameOf(join(folder, "none.mp4"), "--every", "5s")).toBe("VideoMissing");
    expect(readdirSync(folder).sort()).toEqual(["broken.mp4"]);
    expect(existsSync(out)).toBe(false);
  });

  it("says what a time looks like", async () => {
    const folder = lastingFolder();
    for (const every of ["2 weeks", "0s", "-1s", "1:99", ""]) {
      expect((await bobbin(folder, "frames", "x.mp4", `--every=${every}`)).exit).toBe(2);
    }
  });
});

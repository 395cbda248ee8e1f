// CVAT for video 1.1: annotations.xml with tracks, with or without the frames as images.
import type { Format } from "../reader.ts";
import { lookForCvat, openCvat } from "./cvat/files.ts";
import { videoFrames } from "./cvat/video-frames.ts";

const title = "CVAT for video 1.1";

export const cvatVideo: Format = {
  id: "cvat-video",
  title,
  async detect(source) {
    const { videos } = await lookForCvat(source);
    const names = videos.map(({ name }) => name).join(", ");
    return videos.length === 0 ? null : { format: title, why: `${names} has <annotations> with <track> elements` };
  },
  async open(source) {
    const { files, videos } = await lookForCvat(source);
    return openCvat(files, videos, videoFrames);
  },
};

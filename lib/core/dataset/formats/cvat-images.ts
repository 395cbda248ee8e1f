// CVAT for images 1.1: annotations.xml of a task, a job or a project, with or without images.
import { BobbinError } from "../../../contracts/errors.ts";
import type { Format } from "../reader.ts";
import { lookForCvat, openCvat } from "./cvat/files.ts";
import { cvatFrames } from "./cvat/frames.ts";

const title = "CVAT for images 1.1";

export const cvatImages: Format = {
  id: "cvat-images",
  title,
  async detect(source) {
    const { images, videos } = await lookForCvat(source);
    if (images.length === 0) return null;
    if (videos.length > 0) {
      // Tracks beside them would go unread.
      const tracks = videos.map(({ name }) => name).join(", ");
      const both = `${title} (${images[0]?.name}) and CVAT for video 1.1 (${tracks})`;
      throw new BobbinError("FormatAmbiguous", { path: source.name, found: both });
    }
    const names = images.map(({ name }) => name).join(", ");
    return { format: title, why: `${names} has <annotations> with <image> elements` };
  },
  async open(source) {
    const { files, images } = await lookForCvat(source);
    return openCvat(files, images, cvatFrames);
  },
};

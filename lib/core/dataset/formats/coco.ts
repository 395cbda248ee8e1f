// COCO 1.0: instances, key points or labels as JSON, with images in a folder of their own or none.
import type { Format } from "../reader.ts";
import { lookForCoco } from "./coco/files.ts";
import { openCoco } from "./coco/frames.ts";

const title = "COCO 1.0";

export const coco: Format = {
  id: "coco",
  title,
  async detect(source) {
    const { read } = await lookForCoco(source);
    if (read.length === 0 || read.every(({ beside }) => beside)) return null;
    const names = read.map(({ entry, kind }) => `${entry.name} (${kind})`).join(", ");
    return { format: title, why: `${names} lists images with file_name, and annotations by image_id` };
  },
  open: async (source) => openCoco(await lookForCoco(source)),
};

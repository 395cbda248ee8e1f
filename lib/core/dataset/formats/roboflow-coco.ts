// Roboflow COCO: a COCO file in each part's folder, beside its images.
import type { Format } from "../reader.ts";
import { lookForCoco } from "./coco/files.ts";
import { openCoco } from "./coco/frames.ts";

const title = "Roboflow COCO";

export const roboflowCoco: Format = {
  id: "roboflow-coco",
  title,
  async detect(source) {
    const { read } = await lookForCoco(source);
    if (read.length === 0 || !read.every(({ beside }) => beside)) return null;
    const names = read.map(({ entry }) => entry.name).join(", ");
    return { format: title, why: `${names} lies beside the images that it lists, with annotations by image_id` };
  },
  open: async (source) => openCoco(await lookForCoco(source)),
};

// CVAT for video 1.1: annotations.xml with tracks, with or without the frames as images.
import type { ExportEntry, ExportSource } from "../../ports.ts";
import type { Format } from "../reader.ts";
import type { CvatFile } from "./cvat/frames.ts";
import { lookInto } from "./cvat/look.ts";
import { readMeta } from "./cvat/meta.ts";
import { videoFrames } from "./cvat/video-frames.ts";
import { sortFiles } from "./files.ts";

const title = "CVAT for video 1.1";
/** XML files that are opened to see what they are: a folder of Pascal VOC has one an image. */
const mostLooked = 50;

async function findXml(source: ExportSource): Promise<readonly ExportEntry[]> {
  const xmls = sortFiles(source).others.filter(({ name }) => /\.xml$/i.test(name));
  const found: ExportEntry[] = [];
  for (const entry of xmls.slice(0, mostLooked)) if ((await lookInto(entry)) === "cvat-video") found.push(entry);
  return found;
}

export const cvatVideo: Format = {
  id: "cvat-video",
  title,
  async detect(source) {
    const xmls = await findXml(source);
    const names = xmls.map(({ name }) => name).join(", ");
    return xmls.length === 0 ? null : { format: title, why: `${names} has <annotations> with <track> elements` };
  },
  async open(source) {
    const files = sortFiles(source);
    const xmls: CvatFile[] = [];
    for (const entry of await findXml(source)) xmls.push({ entry, meta: await readMeta(entry) });
    return {
      classNames: [...new Set(xmls.flatMap(({ meta }) => meta.classNames))],
      frames: (report) => videoFrames(files, xmls, report),
    };
  },
};

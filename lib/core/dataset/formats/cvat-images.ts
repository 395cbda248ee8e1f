// CVAT for images 1.1: annotations.xml of a task, a job or a project, with or without images.
import { BobbinError } from "../../../contracts/errors.ts";
import type { ExportEntry, ExportSource } from "../../ports.ts";
import type { Format } from "../reader.ts";
import { type CvatFile, cvatFrames } from "./cvat/frames.ts";
import { lookInto } from "./cvat/look.ts";
import { readMeta } from "./cvat/meta.ts";
import { sortFiles } from "./files.ts";

const title = "CVAT for images 1.1";
/** XML files that are opened to see what they are: a folder of Pascal VOC has one an image. */
const mostLooked = 50;

/** The XML files of this format, in the order of the export. Tracks beside them would go unread. @throws FormatAmbiguous */
async function findXml(source: ExportSource): Promise<readonly ExportEntry[]> {
  const xmls = sortFiles(source).others.filter(({ name }) => /\.xml$/i.test(name));
  const found: ExportEntry[] = [];
  const videos: string[] = [];
  for (const entry of xmls.slice(0, mostLooked)) {
    const kind = await lookInto(entry);
    if (kind === "cvat-images") found.push(entry);
    else if (kind === "cvat-video") videos.push(entry.name);
  }
  if (found.length > 0 && videos.length > 0) {
    const both = `${title} (${found[0]?.name}) and CVAT for video 1.1 (${videos.join(", ")})`;
    throw new BobbinError("FormatAmbiguous", { path: source.name, found: both });
  }
  return found;
}

export const cvatImages: Format = {
  id: "cvat-images",
  title,
  async detect(source) {
    const xmls = await findXml(source);
    const names = xmls.map(({ name }) => name).join(", ");
    return xmls.length === 0 ? null : { format: title, why: `${names} has <annotations> with <image> elements` };
  },
  async open(source) {
    const files = sortFiles(source);
    const xmls: CvatFile[] = [];
    for (const entry of await findXml(source)) xmls.push({ entry, meta: await readMeta(entry) });
    return {
      classNames: [...new Set(xmls.flatMap(({ meta }) => meta.classNames))],
      frames: (report) => cvatFrames(files, xmls, report),
    };
  },
};

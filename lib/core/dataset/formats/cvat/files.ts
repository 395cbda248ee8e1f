// The XML files of a CVAT export: which there are, of which kind, and how any of them is opened.
import type { IssueLine } from "../../../../contracts/dataset.ts";
import type { ExportEntry, ExportSource } from "../../../ports.ts";
import type { ReadFrame, Reading } from "../../reader.ts";
import { type ExportFiles, sortFiles } from "../files.ts";
import { oncePerExport } from "../once.ts";
import { lookInto } from "./look.ts";
import { type CvatMeta, readMeta } from "./meta.ts";

/** XML files that are opened to see what they are: a folder of Pascal VOC has one an image. */
const mostLooked = 50;

interface CvatExport {
  readonly files: ExportFiles;
  /** Each kind in the order of the export. */
  readonly images: readonly ExportEntry[];
  readonly videos: readonly ExportEntry[];
}

async function look(source: ExportSource): Promise<CvatExport> {
  const files = sortFiles(source);
  const images: ExportEntry[] = [];
  const videos: ExportEntry[] = [];
  for (const entry of files.others.filter(({ name }) => /\.xml$/i.test(name)).slice(0, mostLooked)) {
    const kind = await lookInto(entry);
    if (kind === "cvat-images") images.push(entry);
    else if (kind === "cvat-video") videos.push(entry);
  }
  return { files, images, videos };
}

export const lookForCvat = oncePerExport(look);

export interface CvatFile {
  readonly entry: ExportEntry;
  readonly meta: CvatMeta;
}

type Frames = (
  files: ExportFiles,
  xmls: readonly CvatFile[],
  report: (issue: IssueLine) => void,
) => AsyncIterable<ReadFrame>;

/** @throws LabelFileInvalid */
export async function openCvat(
  files: ExportFiles,
  entries: readonly ExportEntry[],
  framesOf: Frames,
): Promise<Reading> {
  const xmls: CvatFile[] = [];
  for (const entry of entries) xmls.push({ entry, meta: await readMeta(entry) });
  return {
    classNames: [...new Set(xmls.flatMap(({ meta }) => meta.classNames))],
    frames: (report) => framesOf(files, xmls, report),
  };
}

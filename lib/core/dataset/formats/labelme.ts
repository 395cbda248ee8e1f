// LabelMe JSON: one file an image, beside it or in a folder of its own. LabelMe's older XML is another format.
import type { IssueLine } from "../../../contracts/dataset.ts";
import type { ExportEntry, ExportSource } from "../../ports.ts";
import type { Format, ReadFrame } from "../reader.ts";
import { type ExportFiles, fileOf, folderOf, reportIgnored, sortFiles, stemOf } from "./files.ts";
import { commonFolder, FrameMaker, plainPath, reportUnused } from "./image-shelf.ts";
import { looksLikeLabelMe, readLabelMe } from "./labelme/document.ts";
import { oncePerExport } from "./once.ts";

const title = "LabelMe JSON";
/** JSON files that are opened to see what they are: an export has one an image. */
const mostLooked = 20;

interface LabelMeExport {
  readonly files: ExportFiles;
  readonly jsons: readonly ExportEntry[];
  /** The first that is one; null: none of those that were opened. */
  readonly first: ExportEntry | null;
}

async function look(source: ExportSource): Promise<LabelMeExport> {
  const files = sortFiles(source);
  const jsons = files.others.filter(({ name }) => /\.json$/i.test(name));
  for (const first of jsons.slice(0, mostLooked)) if (await looksLikeLabelMe(first)) return { files, jsons, first };
  return { files, jsons, first: null };
}

const lookForLabelMe = oncePerExport(look);

/** `../images/a.jpg` from the file's folder. */
function resolved(folder: string, path: string): string {
  const segments: string[] = [];
  for (const segment of `${folder}${path}`.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "." && segment !== "") segments.push(segment);
  }
  return segments.join("/");
}

/** Where the image lies: as the file says; else beside it under its own name, for programs rename images without telling. */
function pathOf(entry: ExportEntry, imagePath: string, images: ExportFiles["images"], stems: ReadonlySet<string>) {
  const said = plainPath(imagePath);
  const path = resolved(folderOf(entry.name), said);
  if (images.has(path)) return path;
  const stem = stemOf(entry.name);
  const own = stems.has(stem) ? imageOfStem(stem, images) : null;
  if (own !== null) return own;
  return said === "" ? `${stem}.jpg` : path;
}

function imageOfStem(stem: string, images: ExportFiles["images"]): string | null {
  for (const extension of ["jpg", "jpeg", "png", "JPG", "JPEG", "PNG", "bmp", "webp", "tif", "tiff"]) {
    if (images.has(`${stem}.${extension}`)) return `${stem}.${extension}`;
  }
  return null;
}

async function* labelMeFrames(
  { files, jsons }: LabelMeExport,
  report: (issue: IssueLine) => void,
): AsyncGenerator<ReadFrame> {
  reportIgnored(files, report);
  const maker = new FrameMaker(files, report);
  const stems = new Set([...files.images.keys()].map(stemOf));
  const used = new Set<ExportEntry>();
  const common = commonFolder([...files.images.keys(), ...jsons.map(({ name }) => name)]);
  const nameOf = (path: string) =>
    (path.startsWith(common) ? path.slice(common.length) : path).replace(/(^|\/)(?:images|img|imgs)\//, "$1");
  for (const entry of jsons) {
    if (!(await looksLikeLabelMe(entry))) continue;
    used.add(entry);
    const { imagePath, claimed, labels } = await readLabelMe(entry, report);
    const path = pathOf(entry, imagePath, files.images, stems);
    const frame = maker.make({
      name: nameOf(path),
      path: files.images.has(path) ? path : fileOf(path),
      folders: ["", folderOf(entry.name)],
      file: entry.name,
      line: 0,
      rest: { claimed, task: null, labels, part: null },
    });
    if (frame !== null) yield frame;
  }
  yield* maker.rest(nameOf);
  reportUnused(files, used, "images and a JSON file each", report);
}

export const labelMe: Format = {
  id: "labelme",
  title,
  async detect(source) {
    const { first } = await lookForLabelMe(source);
    return first === null
      ? null
      : {
          format: title,
          why: `${first.name} has shapes with label and points, or the imagePath and size of an image without any`,
        };
  },
  async open(source) {
    const found = await lookForLabelMe(source);
    // An export names its classes nowhere but at its shapes.
    return { classNames: [], frames: (report) => labelMeFrames(found, report) };
  },
};

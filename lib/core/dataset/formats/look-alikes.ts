// Formats that are not read (yet), known well enough to be named in FormatUnknown.
import type { ExportEntry, ExportSource } from "../../ports.ts";
import { type ExportFiles, readHead, sortFiles } from "./files.ts";

const headBytes = 256 * 1024;
const mostLooked = 20;

async function textHead(entry: ExportEntry): Promise<string> {
  return new TextDecoder("utf-8").decode(await readHead(entry, headBytes));
}

/** Signs in the first bytes of a JSON file, most telling first. */
const jsonSigns: readonly (readonly [RegExp, string])[] = [
  [/"dm_format_version"|"categories"\s*:\s*\{[\s\S]*"items"\s*:/, "Datumaro JSON of no images"],
  [/"(?:annotations|completions)"\s*:\s*\[[\s\S]*"(?:from_name|result)"\s*:/, "Label Studio JSON"],
  [/"segments_info"\s*:/, "COCO panoptic JSON"],
  [/"categories"\s*:\s*\[|"category_id"\s*:/, "COCO JSON"],
];

async function ofJson(entry: ExportEntry): Promise<string | null> {
  const head = await textHead(entry);
  const sign = jsonSigns.find(([pattern]) => pattern.test(head))?.[1];
  return sign === undefined ? null : `${sign} (${entry.name})`;
}

async function ofXml(entry: ExportEntry): Promise<string | null> {
  return /<annotation[\s>]/.test(await textHead(entry)) ? `LabelMe XML (${entry.name})` : null;
}

function ofNames(files: ExportFiles): string | null {
  if (files.others.some(({ name }) => /(?:^|\/)labelTxt\//.test(name)))
    return "Roboflow YOLO OBB (label files of the DOTA kind in labelTxt)";
  const yaml = files.others.find(({ name }) => /\.ya?ml$/i.test(name));
  if (yaml !== undefined && files.images.size > 0)
    return `${yaml.name} and images, but no label file where one is looked for`;
  const csv = files.others.find(({ name }) => /\.(?:csv|parquet|tfrecord|record)$/i.test(name));
  if (csv !== undefined && files.others.every(({ name }) => !/\.(?:json|xml)$/i.test(name)))
    return `a table (${csv.name})`;
  return null;
}

/** What an export that no format takes looks like, for the message. */
export async function seemsToBe(source: ExportSource): Promise<string> {
  const files = sortFiles(source);
  const named = ofNames(files);
  if (named !== null) return named;
  for (const entry of files.others.filter(({ name }) => /\.(?:json|xml)$/i.test(name)).slice(0, mostLooked)) {
    const kind = /\.json$/i.test(entry.name) ? await ofJson(entry) : await ofXml(entry);
    if (kind !== null) return kind;
  }
  const total = files.images.size + files.others.length;
  return total === 0 ? "no file" : `${files.images.size} images and ${files.others.length} other files`;
}

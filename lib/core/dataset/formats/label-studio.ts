// Label Studio JSON: a list of tasks, each with its image's address and the annotations of one or more people.
import { isBobbinError } from "../../../contracts/errors.ts";
import type { ExportEntry, ExportSource } from "../../ports.ts";
import type { Format } from "../reader.ts";
import { sortFiles } from "./files.ts";
import { parseJson, streamJson } from "./json/items.ts";
import { isTask, taskFrames } from "./label-studio/tasks.ts";

const title = "Label Studio JSON";
/** JSON files that are opened to see what they are. */
const mostLooked = 50;

/** By the first item of the file's list. */
async function looksLikeTasks(entry: ExportEntry): Promise<boolean> {
  let first: unknown;
  let seen = false;
  const handler = {
    item(key: string, bytes: Buffer, ordinal: number) {
      if (!seen && key === "" && ordinal === 1) first = parseJson(bytes);
      seen = true;
    },
  };
  try {
    for await (const _ of streamJson(entry, handler)) if (seen) break;
  } catch (error) {
    if (!isBobbinError(error, "LabelFileInvalid")) throw error;
  }
  return isTask(first);
}

async function findJson(source: ExportSource): Promise<readonly ExportEntry[]> {
  const jsons = sortFiles(source).others.filter(({ name }) => /\.json$/i.test(name));
  const found: ExportEntry[] = [];
  for (const entry of jsons.slice(0, mostLooked)) if (await looksLikeTasks(entry)) found.push(entry);
  return found;
}

export const labelStudio: Format = {
  id: "label-studio",
  title,
  async detect(source) {
    const jsons = await findJson(source);
    const names = jsons.map(({ name }) => name).join(", ");
    return jsons.length === 0 ? null : { format: title, why: `${names} is a list of tasks with data and annotations` };
  },
  async open(source, { annotator }) {
    const jsons = await findJson(source);
    // The classes stand in the project's configuration, which the export leaves out.
    return {
      classNames: [],
      frames: (report) => taskFrames(sortFiles(source), jsons, { annotator: annotator ?? null, report }),
    };
  },
};

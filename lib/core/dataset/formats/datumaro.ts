// Datumaro JSON: annotations/<subset>.json with images/<subset>/, as CVAT and Datumaro export it.
import type { IssueLine } from "../../../contracts/dataset.ts";
import type { ExportEntry, ExportSource } from "../../ports.ts";
import type { Format, ReadFrame, Reading } from "../reader.ts";
import { placesOf } from "./coco/files.ts";
import { datumaroItems, looksLikeDatumaro, readClasses } from "./datumaro/document.ts";
import { type ExportFiles, fileOf, reportIgnored, sortFiles, stemOf } from "./files.ts";
import { FrameMaker, plainPath, reportUnused } from "./image-shelf.ts";
import { MaskTally } from "./masks.ts";
import { oncePerExport } from "./once.ts";

const title = "Datumaro JSON";
/** JSON files that are opened to see what they are: an export has one a subset. */
const mostLooked = 50;

interface DatumaroExport {
  readonly files: ExportFiles;
  readonly jsons: readonly ExportEntry[];
}

async function look(source: ExportSource): Promise<DatumaroExport> {
  const files = sortFiles(source);
  const jsons: ExportEntry[] = [];
  for (const entry of files.others.filter(({ name }) => /\.json$/i.test(name)).slice(0, mostLooked))
    if (await looksLikeDatumaro(entry)) jsons.push(entry);
  return { files, jsons };
}

const lookForDatumaro = oncePerExport(look);

interface NamedFile {
  readonly entry: ExportEntry;
  readonly names: readonly string[];
}

/** Where images lie is what COCO's folders are: the file is called after its subset. */
const placed = (entry: ExportEntry) => ({ entry, subset: stemOf(fileOf(entry.name)), beside: false });

/** The one image that an item is called after: its id is a path without extension. */
function imageOf(id: string, byStem: ReadonlyMap<string, readonly string[]>): string | null {
  const fitting = (byStem.get(fileOf(id)) ?? []).filter((name) => `/${stemOf(name)}`.endsWith(`/${id}`));
  const [first] = fitting;
  return fitting.length === 1 && first !== undefined ? id + first.slice(stemOf(first).length) : null;
}

async function* datumaroFrames(
  files: ExportFiles,
  named: readonly NamedFile[],
  report: (issue: IssueLine) => void,
): AsyncGenerator<ReadFrame> {
  reportIgnored(files, report);
  const maker = new FrameMaker(files, report);
  const byStem = Map.groupBy(files.images.keys(), (name) => stemOf(fileOf(name)));
  const all = named.map(({ entry }) => placed(entry));
  for (const { entry, names } of named) {
    const file = placed(entry);
    const places = placesOf(file, all);
    const masks = new MaskTally();
    for await (const { id, path, claimed, labels, ordinal } of datumaroItems(entry, names, report)) {
      masks.add(labels);
      const image = path ?? imageOf(id, byStem) ?? id;
      const frame = maker.make({
        name: places.nameOf(image),
        path: plainPath(image),
        folders: places.foldersOf(image),
        file: entry.name,
        line: ordinal,
        rest: { claimed, task: null, labels, part: file.subset },
      });
      if (frame !== null) yield frame;
    }
    masks.report(entry.name, report);
  }
  yield* maker.rest((path) => path.replace(/(^|\/)images\//, "$1").replace(/^default\//, ""));
  reportUnused(files, new Set(named.map(({ entry }) => entry)), "images and annotations/<subset>.json", report);
}

async function open({ files, jsons }: DatumaroExport): Promise<Reading> {
  const named: NamedFile[] = [];
  for (const entry of jsons) named.push({ entry, names: await readClasses(entry) });
  return {
    classNames: [...new Set(named.flatMap(({ names }) => names))],
    frames: (report) => datumaroFrames(files, named, report),
  };
}

export const datumaro: Format = {
  id: "datumaro",
  title,
  async detect(source) {
    const { jsons } = await lookForDatumaro(source);
    const names = jsons.map(({ name }) => name).join(", ");
    return jsons.length === 0 ? null : { format: title, why: `${names} has items with id and annotations` };
  },
  open: async (source) => open(await lookForDatumaro(source)),
};

// `bobbin check --pairs FILE`: the likest frames of different parts as pictures, from the export or, for older frames, from the store.
import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import type { AlikePair } from "../contracts/dataset.ts";
import { BobbinError } from "../contracts/errors.ts";
import { dataKeys } from "../contracts/layout.ts";
import type { CheckReport } from "../core/dataset/ingest/check-export.ts";
import type { ObjectStore } from "../core/ports.ts";
import type { PagePicture, PicturedPair } from "../core/registry/report-input.ts";
import { codeOf } from "../local/error-code.ts";
import { pictures } from "../report/pages.ts";
import { renderPairs } from "../report/pairs.ts";

const frameSide = 640;

/** @throws OutputExists, UsageWrong where there is nothing to compare */
export async function writePairs(
  file: string,
  source: string,
  report: CheckReport,
  store: ObjectStore | null,
): Promise<void> {
  const { version } = report;
  const alike = version?.stats.alike ?? null;
  if (version === null || alike === null) {
    const problem = "--pairs has nothing to show: the images were not decoded, or the frames cannot be split.";
    throw new BobbinError("UsageWrong", { problem, command: "check" });
  }
  const lines = new Map(version.lines.map((line) => [line.name, line]));
  const pictureOf = async (name: string): Promise<PagePicture> => {
    const [entry, line] = [report.images.get(name), lines.get(name)];
    const stored = async () =>
      line === undefined || store === null ? null : (await store.get(dataKeys.frame(line.sha256, line.ext))).bytes;
    const bytes = entry === undefined ? await stored() : await entry.read();
    if (bytes === null) throw new RangeError(`no image of ${name}`);
    return { name, mime: "image/jpeg", bytes: await pictures.shrink(bytes, frameSide) };
  };
  const pictured: PicturedPair[] = [];
  for (const pair of alike.pairs) pictured.push(await picturedPair(pair, pictureOf));
  try {
    await writeFile(file, renderPairs({ source: basename(source), alike, pairs: pictured }), { flag: "wx" });
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw new BobbinError("OutputExists", { path: file });
    throw error;
  }
}

async function picturedPair(pair: AlikePair, pictureOf: (name: string) => Promise<PagePicture>): Promise<PicturedPair> {
  return { pair, first: await pictureOf(pair.frame), second: await pictureOf(pair.other) };
}

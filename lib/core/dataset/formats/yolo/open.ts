// Opens a YOLO export of either layout: its survey, whether it holds labels at all, and the names of its classes.
import { BobbinError } from "../../../../contracts/errors.ts";
import type { ExportSource } from "../../../ports.ts";
import type { FormatOptions, Reading } from "../../reader.ts";
import { oncePerExport } from "../once.ts";
import { yoloFrames } from "./frames.ts";
import { countLines, looksLikeLabels } from "./label-file.ts";
import type { LineRules } from "./label-line.ts";
import { type Survey, surveyYolo } from "./survey.ts";

/** Label files that are opened to see whether they are label files. */
const looked = 20;

/** Whether the text files beside the images hold labels. Empty ones say nothing, unless they lie in `labels`. */
async function holdsLabels({ layout }: Survey): Promise<boolean> {
  const texts = [...layout.images.flatMap(({ labels }) => labels ?? []), ...layout.unclaimed];
  let empty = false;
  for (const entry of texts.slice(0, looked)) {
    const bytes = await entry.read();
    if (looksLikeLabels(bytes)) return true;
    empty ||= countLines(bytes) === 0 && /(?:^|\/)labels\//i.test(entry.name);
  }
  return empty;
}

/** Why the export is taken for YOLO; null where it is none. */
export async function reasonOf(survey: Survey): Promise<string | null> {
  const { layout, descriptor } = survey;
  const labelled = layout.images.filter(({ labels }) => labels !== null).length;
  const described = descriptor !== null && labelled > 0;
  if (!described && !(await holdsLabels(survey))) return null;
  const files = `${labelled} of ${layout.images.length} images have a label file`;
  return descriptor === null ? files : `${descriptor.entry.name} describes it; ${files}`;
}

/** True for the layout of darknet, whose descriptor is obj.data. */
export const isDarknet = ({ descriptor }: Survey): boolean => descriptor !== null && descriptor.namesFile !== null;

/** Ids that the labels use, for people to see what they have to name. */
async function idsOf({ layout }: Survey): Promise<string> {
  const ids = new Set<number>();
  for (const { labels } of layout.images) {
    const text = labels === null ? "" : new TextDecoder("latin1").decode(await labels.read());
    for (const match of text.matchAll(/^[ \t]*(\d{1,9})[ \t]/gm)) ids.add(Number(match[1]));
  }
  const sorted = [...ids].sort((a, b) => a - b);
  return sorted.length > 40 ? `${sorted.slice(0, 40).join(", ")}, … (${sorted.length} ids)` : sorted.join(", ");
}

export const surveyOf = oncePerExport(surveyYolo);

/** @throws ClassNamesMissing */
export async function openYolo(source: ExportSource, options: FormatOptions): Promise<Reading> {
  const survey = await surveyOf(source);
  const names = survey.classNames.length > 0 ? survey.classNames : (options.names ?? []);
  if (names.length === 0) throw new BobbinError("ClassNamesMissing", { path: source.name, ids: await idsOf(survey) });
  const rules: LineRules = {
    nameOf: (id) => names[id],
    names: names.filter((name) => name !== undefined).length,
    keypoints: survey.descriptor?.data.keypoints ?? null,
  };
  return {
    classNames: names.filter((name) => name !== undefined),
    frames: (report) => yoloFrames(survey, rules, report),
  };
}

// Ultralytics YOLO: images, a text file of labels each, and mostly a data.yaml. Also the darknet layout and Roboflow's folders.
import { BobbinError } from "../../../contracts/errors.ts";
import type { ExportSource } from "../../ports.ts";
import type { Detection, Format, FormatOptions, Reading } from "../reader.ts";
import { yoloFrames } from "./yolo/frames.ts";
import { countLines, looksLikeLabels } from "./yolo/label-file.ts";
import type { LineRules } from "./yolo/label-line.ts";
import { type Survey, surveyYolo } from "./yolo/survey.ts";

const title = "Ultralytics YOLO";
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

async function detect(survey: Survey): Promise<Detection | null> {
  const { layout, descriptor } = survey;
  const labelled = layout.images.filter(({ labels }) => labels !== null).length;
  const described = descriptor !== null && labelled > 0;
  if (!described && !(await holdsLabels(survey))) return null;
  const files = `${labelled} of ${layout.images.length} images have a label file`;
  return { format: title, why: descriptor === null ? files : `${descriptor.entry.name} describes it; ${files}` };
}

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

/** An export does not change while it is open: detecting and reading it share one survey. */
const surveys = new WeakMap<ExportSource, Promise<Survey>>();

function surveyOf(source: ExportSource): Promise<Survey> {
  const known = surveys.get(source);
  if (known !== undefined) return known;
  const survey = surveyYolo(source);
  surveys.set(source, survey);
  return survey;
}

export const ultralyticsYolo: Format = {
  id: "ultralytics-yolo",
  title,
  async detect(source) {
    return detect(await surveyOf(source));
  },
  async open(source, options: FormatOptions): Promise<Reading> {
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
  },
};

// Every format that is read. A new one is a file beside this one and a line here.
import { BobbinError } from "../../../contracts/errors.ts";
import type { ExportSource } from "../../ports.ts";
import type { Detection, Format } from "../reader.ts";
import { coco } from "./coco.ts";
import { cvatImages } from "./cvat-images.ts";
import { cvatVideo } from "./cvat-video.ts";
import { darknetYolo } from "./darknet-yolo.ts";
import { datumaro } from "./datumaro.ts";
import { labelStudio } from "./label-studio.ts";
import { labelMe } from "./labelme.ts";
import { seemsToBe } from "./look-alikes.ts";
import { pascalVoc } from "./pascal-voc.ts";
import { roboflowCoco } from "./roboflow-coco.ts";
import { ultralyticsClassify } from "./ultralytics-classify.ts";
import { ultralyticsYolo } from "./ultralytics-yolo.ts";

const formats: readonly Format[] = [
  cvatImages,
  cvatVideo,
  ultralyticsYolo,
  ultralyticsClassify,
  coco,
  roboflowCoco,
  pascalVoc,
  labelStudio,
  labelMe,
  datumaro,
  darknetYolo,
];

/** Issues of one export that are kept; a file of nothing else than faults has said enough long before. */
const mostIssues = 1_000_000;

/** @throws LabelFileInvalid from its frames, where there are more faults than anybody can read */
function bounded(format: Format): Format {
  return {
    ...format,
    async open(source, options) {
      const reading = await format.open(source, options);
      return {
        ...reading,
        frames(report) {
          let issues = 0;
          return reading.frames((issue) => {
            issues += 1;
            if (issues > mostIssues) {
              const found = `more than ${mostIssues} faults, the last a ${issue.code}`;
              const line = issue.line ?? 1;
              throw new BobbinError("LabelFileInvalid", { file: issue.file, line, found, wanted: "labels" });
            }
            report(issue);
          });
        },
      };
    },
  };
}

export interface DetectedFormat {
  readonly format: Format;
  readonly detection: Detection;
}

/** The one format that the export's content speaks for. @throws FormatUnknown, FormatAmbiguous, ArchiveInvalid, LabelFileInvalid */
export async function detectFormat(source: ExportSource): Promise<DetectedFormat> {
  const found: DetectedFormat[] = [];
  for (const format of formats) {
    const detection = await format.detect(source);
    if (detection !== null) found.push({ format, detection });
  }
  const [first] = found;
  if (first === undefined) {
    const wanted = formats.map(({ title }) => title).join(" or ");
    throw new BobbinError("FormatUnknown", { path: source.name, found: await seemsToBe(source), wanted });
  }
  if (found.length > 1) {
    const both = found.map(({ format, detection }) => `${format.title} (${detection.why})`).join("; ");
    throw new BobbinError("FormatAmbiguous", { path: source.name, found: both });
  }
  return { ...first, format: bounded(first.format) };
}

// Ultralytics classification: no label file, but a folder a class, below the folders of the parts or at the top. The class of a
// frame is the name of its folder: numbers follow from the sorted names and mean nothing by themselves.
import type { IssueLine } from "../../../contracts/dataset.ts";
import type { ExportSource } from "../../ports.ts";
import { nameProblem } from "../archive/entry-name.ts";
import { issueOf } from "../issue-codes.ts";
import type { Format, ReadFrame } from "../reader.ts";
import { reportIgnored } from "./files.ts";
import { type ClassFolders, classNamesOf, surveyClassFolders } from "./folders/survey.ts";

const title = "Ultralytics classification folders";
const namesShown = 6;

function reasonOf(found: ClassFolders): string {
  const names = classNamesOf(found);
  const more = names.length > namesShown ? `, … (${names.length})` : "";
  const classes = `${names.slice(0, namesShown).join(", ")}${more}`;
  const parts = [...new Set(found.frames.flatMap(({ part }) => (part === null ? [] : [part])))];
  const where = parts.length === 0 ? "" : ` in each of ${parts.join(", ")}`;
  return `${found.frames.length} images lie in one folder a class${where} (${classes}), and no file holds labels`;
}

async function* framesOf(
  { files, frames, strays, unused }: ClassFolders,
  report: (issue: IssueLine) => void,
): AsyncGenerator<ReadFrame> {
  reportIgnored(files, report);
  const rest = { claimed: null, task: null };
  for (const { name, image, part, className } of frames) {
    const problem = nameProblem(name);
    if (problem !== null) {
      report(issueOf("FrameNameInvalid", { file: image.name, frame: name, labels: 1, ...problem }));
      continue;
    }
    const label = { class: className, kind: "tag" as const };
    yield {
      name,
      image,
      ...rest,
      labelled: true,
      labels: [{ label, relative: false, file: image.name, line: 1 }],
      part,
    };
  }
  for (const { name, image } of strays) {
    const place = { file: image.name, frame: name, found: "an image in no folder of a class" };
    report(issueOf("FrameNotListed", { ...place, wanted: "a folder that is named after its class" }));
    yield { name, image, ...rest, labelled: false, labels: [], part: null };
  }
  for (const entry of unused) {
    report(issueOf("FileUnused", { file: entry.name, found: "a file that is no image", wanted: "images by class" }));
  }
}

export const ultralyticsClassify: Format = {
  id: "ultralytics-classify",
  title,
  async detect(source: ExportSource) {
    const found = surveyClassFolders(source);
    return found === null ? null : { format: title, why: reasonOf(found) };
  },
  async open(source) {
    const found = surveyClassFolders(source);
    if (found === null) throw new RangeError("opened without having been detected");
    return { classNames: classNamesOf(found), frames: (report) => framesOf(found, report) };
  },
};

// Looks through an export once, for `init`: its format, frames, classes and kinds of labels. Images are not opened.
import type { IssueLine, Label } from "../contracts/dataset.ts";
import { detectFormat } from "../core/dataset/formats/table.ts";
import { outlinesOf } from "../core/dataset/outlines.ts";
import type { Detection } from "../core/dataset/reader.ts";
import { openExport } from "../local/export-source/open.ts";

export interface Survey {
  readonly detection: Detection;
  readonly frames: readonly {
    readonly name: string;
    readonly task: string | null;
    /** What is said of all of it; null where nothing is, or several things are. */
    readonly whole: string | null;
  }[];
  /** Names in the export's own order, with how many labels use each. */
  readonly classes: ReadonlyMap<string, number>;
  readonly kinds: ReadonlyMap<Label["kind"], number>;
  /** Labels that have an outline. */
  readonly outlined: number;
  readonly issues: number;
}

/** @throws ExportMissing, ArchiveInvalid, FormatUnknown, FormatAmbiguous, LabelFileInvalid, ClassNamesMissing */
export async function surveyExport(path: string, names: readonly string[] | null): Promise<Survey> {
  const source = await openExport(path);
  try {
    const { format, detection } = await detectFormat(source);
    const reading = await format.open(source, names === null ? {} : { names });
    const classes = new Map(reading.classNames.map((name) => [name, 0]));
    const kinds = new Map<Label["kind"], number>();
    let outlined = 0;
    const frames: { name: string; task: string | null; whole: string | null }[] = [];
    const issues: IssueLine[] = [];
    for await (const frame of reading.frames((issue) => issues.push(issue))) {
      const tags = frame.labels.filter(({ label }) => label.kind === "tag");
      const whole = tags.length === 1 ? (tags[0]?.label.class ?? null) : null;
      frames.push({ name: frame.name, task: frame.task, whole });
      for (const { label } of frame.labels) {
        classes.set(label.class, (classes.get(label.class) ?? 0) + 1);
        kinds.set(label.kind, (kinds.get(label.kind) ?? 0) + 1);
        if (outlinesOf(label) !== null) outlined += 1;
      }
    }
    return { detection, frames, classes, kinds, outlined, issues: issues.length };
  } finally {
    await source.close();
  }
}

// The one interface of every format. A format file turns an export into frames with labels and says what it could not take.
import type { DrawnBy, IssueLine, Label } from "../../contracts/dataset.ts";
import type { ExportEntry, ExportSource } from "../ports.ts";

/** One frame as the format has it: labels in pixels, not yet checked against the image. */
export interface ReadFrame {
  /** Name in the export, `/` between folders, as the format calls the frame (no `images/` prefix of the format's own). */
  readonly name: string;
  /** The image, where the export holds it. */
  readonly image: ExportEntry | null;
  /** Pixels the label file claims; null where it makes no claim. The claim is about the image as the labels see it. */
  readonly claimed: { readonly width: number; readonly height: number } | null;
  readonly task: string | null;
  /** False: the export says nothing about this frame. */
  readonly labelled: boolean;
  /** Absolute pixels, or where `relative` fractions of width and height that the caller scales. */
  readonly labels: readonly ReadLabel[];
  /** The part the export itself names (train, val, test): noted only, Bobbin splits by groups. */
  readonly part: string | null;
  /** Whose labels they are, where the export says so. */
  readonly drawnBy?: DrawnBy;
}

export interface ReadLabel {
  readonly label: Label;
  readonly relative: boolean;
  /** Where it stands: file and 1-based line (or ordinal of the element). */
  readonly file: string;
  readonly line: number;
  /** Of a mask: what became of its pixels. */
  readonly mask?: MaskNote;
}

export interface MaskNote {
  /** True: no outline is kept. */
  readonly isTooFine: boolean;
  readonly holes: number;
  readonly parts: number;
}

export interface Detection {
  readonly format: string;
  /** Why it is taken for this format, for people. */
  readonly why: string;
}

export interface FormatOptions {
  /** Class names by id, from the command line or the config, for exports that carry ids alone. */
  readonly names?: readonly string[];
  /** Whose annotations count, by id or e-mail address, where an export holds several people's. */
  readonly annotator?: string;
}

/** What reading tells besides frames. Every line has its labels counted: read = kept + listed. */
export interface Reading {
  /** Class names the export defines, in its order; used or not. */
  readonly classNames: readonly string[];
  /**
   * Frames in a stable order, one at a time.
   * `report` takes each issue as it is found; a label that is not yielded is reported with `labels: 1` or more.
   */
  frames(report: (issue: IssueLine) => void): AsyncIterable<ReadFrame>;
}

export interface Format {
  readonly id: string;
  readonly title: string;
  /** By content, never by file name alone; null: not this format. */
  detect(source: ExportSource): Promise<Detection | null>;
  /** @throws LabelFileInvalid, ClassNamesMissing */
  open(source: ExportSource, options: FormatOptions): Promise<Reading>;
}

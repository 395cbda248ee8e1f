// Reads a whole export as Ingest does, and keeps the ledger that every reader owes: labels read = yielded + listed.
import type { IssueLine } from "../../lib/contracts/dataset.ts";
import { detectFormat } from "../../lib/core/dataset/formats/table.ts";
import type { ReadFrame } from "../../lib/core/dataset/reader.ts";
import type { ExportSource } from "../../lib/core/ports.ts";

export interface ReadExport {
  readonly format: string;
  readonly classNames: readonly string[];
  readonly frames: readonly ReadFrame[];
  readonly issues: readonly IssueLine[];
  /** Labels in frames. */
  readonly yielded: number;
  /** Labels that issues account for. */
  readonly listed: number;
}

export async function readExport(source: ExportSource, names?: readonly string[]): Promise<ReadExport> {
  const { format } = await detectFormat(source);
  const reading = await format.open(source, names === undefined ? {} : { names });
  const issues: IssueLine[] = [];
  const frames: ReadFrame[] = [];
  for await (const frame of reading.frames((issue) => issues.push(issue))) frames.push(frame);
  return {
    format: format.id,
    classNames: reading.classNames,
    frames,
    issues,
    yielded: frames.reduce((sum, { labels }) => sum + labels.length, 0),
    listed: issues.reduce((sum, { labels }) => sum + labels, 0),
  };
}

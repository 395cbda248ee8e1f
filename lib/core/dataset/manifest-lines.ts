// One byte form of manifest.jsonl: fields in a fixed order, absent ones left out, lines sorted by name.
import type { DrawnBy, Label, ManifestLine } from "../../contracts/dataset.ts";

const chunkCharacters = 262_144;

function labelFields(label: Label) {
  return {
    class: label.class,
    kind: label.kind,
    box: label.box,
    points: label.points,
    parts: label.parts,
    rotation: label.rotation,
    occluded: label.occluded,
    attributes: label.attributes === undefined ? undefined : sortedRecord(label.attributes),
  };
}

const drawnByFields = ({ annotator, task }: DrawnBy) => ({ annotator, task });

function sortedRecord(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The line of a frame, without its line feed. */
export function lineText(line: ManifestLine): string {
  return JSON.stringify({
    name: line.name,
    sha256: line.sha256,
    bytes: line.bytes,
    ext: line.ext,
    width: line.width,
    height: line.height,
    orientation: line.orientation,
    phash: line.phash,
    thumb: line.thumb,
    group: line.group,
    task: line.task,
    labelled: line.labelled,
    labels: line.labels.map(labelFields),
    drawnBy: line.drawnBy === undefined ? undefined : drawnByFields(line.drawnBy),
    opinions: line.opinions?.map((each) => ({ ...drawnByFields(each), labels: each.labels?.map(labelFields) })),
  });
}

/** Texts as the bytes of a JSON lines file, in pieces of about a quarter of a megabyte. */
export function* jsonLinesBytes(texts: Iterable<string>): Generator<Uint8Array> {
  let piece = "";
  for (const text of texts) {
    piece += `${text}\n`;
    if (piece.length < chunkCharacters) continue;
    yield Buffer.from(piece);
    piece = "";
  }
  if (piece !== "") yield Buffer.from(piece);
}

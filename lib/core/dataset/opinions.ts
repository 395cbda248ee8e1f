// One picture under two names with different labels: two people's opinions, of which training can use one.
import type { Label, ManifestLine } from "../../contracts/dataset.ts";
import { BobbinError } from "../../contracts/errors.ts";
import type { Refuse } from "../split/proof.ts";

/** Refuses with TwoOpinions, which names the first pair. */
export function refuseTwoOpinions(lines: readonly ManifestLine[], refuse: Refuse): void {
  const seen = new Map<string, ManifestLine>();
  const pairs: (readonly [ManifestLine, ManifestLine])[] = [];
  for (const line of lines) {
    if (!line.labelled) continue;
    const first = seen.get(line.sha256);
    if (first === undefined) seen.set(line.sha256, line);
    else if (!isSame(first.labels, line.labels)) pairs.push([first, line]);
  }
  const [pair] = pairs;
  if (pair === undefined) return;
  const [one, other] = pair;
  const found = `${one.labels.length} labels as ${one.name}, ${other.labels.length} others as ${other.name}`;
  refuse(new BobbinError("TwoOpinions", { frames: pairs.length, frame: other.name, found }));
}

/** The same labels, in whatever order. */
function isSame(a: readonly Label[], b: readonly Label[]): boolean {
  if (a.length !== b.length) return false;
  const texts = (labels: readonly Label[]) => labels.map(textOf).sort();
  const [first, second] = [texts(a), texts(b)];
  return first.every((text, at) => text === second[at]);
}

const textOf = ({ class: name, kind, box, points, parts, rotation }: Label) =>
  JSON.stringify([name, kind, box, points, parts, rotation]);

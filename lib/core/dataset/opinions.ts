// What several people say of one picture. Training can use one opinion; the others are kept beside it and never written over.
import type { DrawnBy, Label, ManifestLine, Opinion } from "../../contracts/dataset.ts";
import { BobbinError } from "../../contracts/errors.ts";
import type { Refuse } from "../split/proof.ts";

type Whole = Opinion & Required<Pick<Opinion, "labels">>;

/** All opinions of a frame whose labels somebody is named for, the one that counts first. */
function opinionsOf({ drawnBy, labels, opinions = [] }: ManifestLine & { readonly drawnBy: DrawnBy }): Whole[] {
  return [{ ...drawnBy, labels }, ...opinions.map((each) => ({ ...each, labels: each.labels ?? labels }))];
}

/** Whether somebody says otherwise than the labels that count. */
export const isDisputed = ({ opinions = [] }: ManifestLine): boolean =>
  opinions.some(({ labels }) => labels !== undefined);

const isNamed = (line: ManifestLine): line is ManifestLine & { readonly drawnBy: DrawnBy } =>
  line.drawnBy !== undefined;

/** One person's work, or one task's: a task that was handed on is corrected, not drawn a second time. */
const isOfSame = (a: DrawnBy, b: DrawnBy) => a.annotator === b.annotator || (a.task !== undefined && a.task === b.task);

/** A line whose labels are one of its opinions, the others beside it in the order of their names. */
function withCounted(line: ManifestLine, all: readonly Whole[], counted: Whole): ManifestLine {
  const { opinions: _, ...rest } = line;
  const { labels, ...drawnBy } = counted;
  const others = all
    .filter((each) => each !== counted)
    .map(({ labels: theirs, ...who }): Opinion => (isSame(theirs, labels) ? who : { ...who, labels: theirs }));
  others.sort((a, b) => (a.annotator < b.annotator ? -1 : 1));
  return { ...rest, labels, drawnBy, ...(others.length > 0 ? { opinions: others } : {}) };
}

/** The same opinions, the chosen person's counted where they are among them. */
export function counting(line: ManifestLine, chosen: string | undefined): ManifestLine {
  if (!isNamed(line) || line.opinions === undefined) return line;
  const all = opinionsOf(line);
  const mine = all.find(({ annotator }) => annotator === chosen);
  return mine === undefined ? line : withCounted(line, all, mine);
}

/**
 * New labels of a picture that has some. Whoever is named, and is another than those before, has another opinion; everything
 * else is a correction: of one person's own labels, or, where nobody is named, of the frame.
 */
export function corrected(old: ManifestLine, line: ManifestLine, chosen: string | undefined): ManifestLine {
  if (!isNamed(old) || !isNamed(line)) return line;
  const before = opinionsOf(old);
  const mine: Whole = { ...line.drawnBy, labels: line.labels };
  const at = before.findIndex((each) => isOfSame(each, mine));
  const all = at === -1 ? [...before, mine] : before.with(at, mine);
  const counted = all.find(({ annotator }) => annotator === chosen) ?? (all[0] as Whole);
  // The task and the group of a frame are those of the labels that count.
  return withCounted(counted === mine ? line : { ...old, ...imageOf(line) }, all, counted);
}

/** What decoding may have found since. */
function imageOf({ phash, thumb }: ManifestLine): Partial<ManifestLine> {
  return phash === null ? {} : { phash, ...(thumb === undefined ? {} : { thumb }) };
}

const said = (labels: readonly Label[]) => `${labels.length} label${labels.length === 1 ? "" : "s"}`;

/** `3 labels by ann, 5 others by bo`. */
export function opinionText({ labels, drawnBy, opinions = [] }: ManifestLine): string {
  const others = opinions.flatMap((each) =>
    each.labels === undefined ? [] : [`${each.labels.length} others by ${each.annotator}`],
  );
  return [`${said(labels)} by ${drawnBy?.annotator ?? "?"}`, ...others].join(", ");
}

/** Refuses with TwoOpinions, which names the first frame, where nothing says whose labels count. */
export function refuseTwoOpinions(lines: readonly ManifestLine[], chosen: string | undefined, refuse: Refuse): void {
  const open = lines.filter((line) => isDisputed(line) && line.drawnBy?.annotator !== chosen);
  const [first] = open;
  if (first !== undefined) {
    refuse(new BobbinError("TwoOpinions", { frames: open.length, frame: first.name, found: opinionText(first) }));
  }
  refuseTwoNames(lines, refuse);
}

/** One picture under two names with different labels. */
function refuseTwoNames(lines: readonly ManifestLine[], refuse: Refuse): void {
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

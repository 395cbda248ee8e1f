// How far two people's labels of the same frames agree: the figures with their spread over groups, and the frames to talk about.
import type { Box } from "../../contracts/common.ts";
import { groupsForInterval, intervalLevel, jackknifeInterval } from "../evaluation/jackknife.ts";
import { type Figures, figureNames, matchIou, Tally } from "./tally.ts";

export interface Opinion {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly { readonly box: Readonly<Box>; readonly class: string }[];
}

/** A frame that both have looked at. */
export interface SharedFrame {
  readonly group: string;
  readonly a: Opinion;
  readonly b: Opinion;
}

export type FigureName = keyof Figures;

export interface Figure {
  readonly value: number | null;
  /** 95 %, jackknife over groups; null for fewer than 20 groups. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** Lowest and highest group, where no interval can be given: this is no interval. */
  readonly range: { readonly low: number; readonly high: number } | null;
}

export interface Disagreement {
  readonly name: string;
  readonly otherName: string;
  readonly group: string;
  readonly onlyA: number;
  readonly onlyB: number;
  readonly otherClass: number;
  readonly meanIou: number | null;
}

export interface Agreement {
  readonly frames: number;
  readonly groups: number;
  readonly boxesA: number;
  readonly boxesB: number;
  readonly matched: number;
  readonly figures: Readonly<Record<FigureName, Figure>>;
  readonly classes: readonly ({ readonly class: string } & ReturnType<Tally["ofClass"]>)[];
  /** Rows a, columns b; the last of each is "no box". */
  readonly table: readonly (readonly number[])[];
  readonly byGroup: readonly { readonly group: string; readonly frames: number; readonly f1SameClass: number | null }[];
  /** Frames on which they differ, the most first. */
  readonly disagreements: readonly Disagreement[];
}

/** An overlap below this is worth a look even where the boxes count as one. */
const looseIou = 0.75;

export function compareOpinions(frames: readonly SharedFrame[]): Agreement {
  const names = [...new Set(frames.flatMap(({ a, b }) => [...a.boxes, ...b.boxes].map((box) => box.class)))].sort();
  const indexOf = new Map(names.map((name, at) => [name, at]));
  const groups = new Map<string, Tally>();
  const disagreements: Disagreement[] = [];
  for (const { group, a, b } of frames) {
    const tally = groups.get(group) ?? new Tally(names.length);
    groups.set(group, tally);
    const boxesOf = (opinion: Opinion) =>
      opinion.boxes.map(({ box, class: name }) => ({ box, class: indexOf.get(name) ?? 0 }));
    const [ofA, ofB] = [boxesOf(a), boxesOf(b)];
    const matches = tally.take({ width: a.width, height: a.height, a: ofA, b: ofB });
    const ious = matches.map(({ iou }) => iou);
    const found: Disagreement = {
      name: a.name,
      otherName: b.name,
      group,
      onlyA: ofA.length - matches.length,
      onlyB: ofB.length - matches.length,
      otherClass: matches.filter((match) => ofA[match.a]?.class !== ofB[match.b]?.class).length,
      meanIou: ious.length === 0 ? null : ious.reduce((sum, iou) => sum + iou, 0) / ious.length,
    };
    if (weight(found) > 0 || ious.some((iou) => iou < looseIou)) disagreements.push(found);
  }
  const whole = new Tally(names.length);
  for (const tally of groups.values()) whole.add(tally);
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    frames: whole.frames,
    groups: groups.size,
    boxesA: whole.boxesA,
    boxesB: whole.boxesB,
    matched: whole.matched,
    figures: figuresOf(
      whole,
      sorted.map(([, tally]) => tally),
      names.length,
    ),
    classes: names.map((name, at) => ({ class: name, ...whole.ofClass(at) })),
    table: whole.table(),
    byGroup: sorted.map(([group, tally]) => ({
      group,
      frames: tally.frames,
      f1SameClass: tally.figures().f1SameClass,
    })),
    disagreements: disagreements.sort(
      (a, b) => weight(b) - weight(a) || (a.meanIou ?? 0) - (b.meanIou ?? 0) || (a.name < b.name ? -1 : 1),
    ),
  };
}

const weight = ({ onlyA, onlyB, otherClass }: Disagreement) => onlyA + onlyB + otherClass;

function figuresOf(whole: Tally, groups: readonly Tally[], classes: number): Readonly<Record<FigureName, Figure>> {
  const all = whole.figures();
  const apart = groups.map((tally) => tally.figures());
  const without = groups.map((tally) => {
    const rest = new Tally(classes);
    rest.add(whole);
    rest.add(tally, -1);
    return rest.figures();
  });
  const entries = figureNames.map((name): [FigureName, Figure] => {
    const value = all[name];
    const left = without.flatMap((figures) => figures[name] ?? []);
    const wanted = groups.length >= groupsForInterval && left.length === groups.length;
    const interval = value !== null && wanted ? intervalOf(value, left) : null;
    const own = apart.flatMap((figures) => figures[name] ?? []);
    const range = interval === null && own.length > 1 ? { low: Math.min(...own), high: Math.max(...own) } : null;
    return [name, { value, interval, range }];
  });
  return Object.fromEntries(entries) as Record<FigureName, Figure>;
}

/**
 * Of the logarithm of the disagreement, 1 − figure, and turned back: near perfect agreement a figure is as skewed as a share near 1,
 * and Student's interval of the figure itself falls short there. null where one group holds all disagreement, or there is none.
 */
function intervalOf(value: number, left: readonly number[]): Figure["interval"] {
  const [whole, ...without] = [value, ...left].map((figure) => Math.log(1 - figure));
  if (whole === undefined || ![whole, ...without].every(Number.isFinite)) return null;
  const { low, high } = jackknifeInterval(whole, without, intervalLevel);
  return { low: 1 - Math.exp(high), high: 1 - Math.exp(low) };
}

/** What each figure means, as it is printed beside it. */
export const definitions: Readonly<Record<FigureName, string>> = {
  f1SameClass: `boxes matched and given the same class by both ÷ mean number of boxes; matched one to one by falling overlap, IoU ≥ ${matchIou}`,
  f1: "the same of all matches, whatever the class",
  meanIou: `mean intersection over union of the matched boxes; from ${matchIou} to 1 by construction`,
  kappaClasses: "Cohen's κ of the classes of matched boxes; none where only one class occurs",
  kappaPresence: "Cohen's κ of “does this frame show this class?”, over all frames and classes",
  alphaBoxes:
    "Krippendorff's α, nominal, over objects: matched boxes and, as “no box”, those only one drew. What neither drew cannot be counted, so with one class it is near or below 0 even where people agree well",
  alphaArea:
    "Krippendorff's α, nominal, over pixels: inside a box of the class or not, disagreement added up over the classes. Large boxes weigh more",
};

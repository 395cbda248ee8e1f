// What `bobbin agreement` answers: how far two people's labels of the same frames agree.
import * as z from "zod";
import { count, document, task } from "./common.ts";

const bounds = z.strictObject({ low: z.number(), high: z.number() });
const figure = z.strictObject({
  /** null where the labels give nothing to compute it from. */
  value: z.number().nullable(),
  /** 95 %, jackknife over groups with Student's t; null for fewer than 20 groups. */
  interval: bounds.nullable(),
  /** Lowest and highest group where there is no interval: a range, and no interval. */
  range: bounds.nullable(),
  /** What it is, in words. */
  definition: z.string(),
});

export const gatedFigure = z.enum(["f1SameClass", "f1", "kappaClasses", "kappaPresence", "alphaBoxes", "alphaArea"]);

export const agreementAnswer = document(
  "bobbin/answer-agreement/1",
  "`bobbin agreement`: how far two people's labels of the same frames agree, beyond chance, and on which frames they do not.",
  z.strictObject({
    schema: z.literal("bobbin/answer-agreement/1"),
    /** What was compared: for classify the frames' tags, each as a box around the whole frame, for the others boxes. */
    task,
    a: z.string(),
    b: z.string(),
    /** Frames that both have looked at; the figures are about these alone. */
    frames: count,
    /** Frames that only one has looked at, or only one export has. */
    onlyA: count,
    onlyB: count,
    /** Groups over which intervals are taken; 1 without a group rule. */
    groups: count,
    boxesA: count,
    boxesB: count,
    matched: count,
    figures: z.strictObject({
      f1SameClass: figure,
      f1: figure,
      meanIou: figure,
      kappaClasses: figure,
      kappaPresence: figure,
      alphaBoxes: figure,
      alphaArea: figure,
    }),
    classes: z.array(
      z.strictObject({
        class: z.string(),
        boxesA: count,
        boxesB: count,
        /** Matched, and of this class to both. */
        same: count,
        f1SameClass: z.number().nullable(),
        kappaPresence: z.number().nullable(),
      }),
    ),
    /** Boxes by the class of a (rows) and b (columns), in the order of `classes`; the last of each is "no box". */
    table: z.array(z.array(count)),
    byGroup: z.array(z.strictObject({ group: z.string(), frames: count, f1SameClass: z.number().nullable() })),
    /** Frames on which they differ, the most first. */
    disagreements: z.array(
      z.strictObject({
        name: z.string(),
        otherName: z.string(),
        group: z.string(),
        onlyA: count,
        onlyB: count,
        otherClass: count,
        meanIou: z.number().nullable(),
      }),
    ),
    /** Labels that were not compared: where they are shapes, a conversion makes boxes of them. */
    leftOut: count,
    gate: z.strictObject({ figure: gatedFigure, threshold: z.number(), value: z.number().nullable(), ok: z.boolean() }),
    /** The page with the frames to talk about, where one was asked for. */
    page: z.string().nullable(),
  }),
);
export type AgreementAnswer = z.infer<typeof agreementAnswer>;
export type GatedFigure = z.infer<typeof gatedFigure>;

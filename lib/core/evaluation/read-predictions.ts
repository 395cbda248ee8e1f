// Predictions from predictions.jsonl, straight into columns: hundreds of megabytes pass through, a line at a time.

import * as z from "zod";
import type { Role } from "../../contracts/common.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { predictionLine } from "../../contracts/job.ts";
import { parseRle } from "../dataset/formats/coco/rle.ts";
import { isOfFrames } from "../tasks.ts";
import { type Boxes, BoxesBuilder, type BoxRow } from "./boxes.ts";
import type { Truth, TruthFrame } from "./evaluate.ts";
import { jsonLines, type Source } from "./json-lines.ts";

/** The boxes are checked one by one below, at a tenth of the time: there may be a million of them. */
const head = predictionLine.extend({
  boxes: z.custom<readonly unknown[]>(Array.isArray),
  masks: z.custom<readonly unknown[]>(Array.isArray).optional(),
});

function isBox(value: unknown, classes: number): value is BoxRow {
  if (!Array.isArray(value) || value.length !== 6) return false;
  for (const number of value) if (typeof number !== "number" || !Number.isFinite(number)) return false;
  const klass: number = value[0];
  return Number.isInteger(klass) && klass >= 0 && klass < classes;
}

type Line = Pick<z.infer<typeof head>, "boxes" | "masks" | "probabilities">;

/** Adds a line's boxes, where `size` is known each with its mask; returns what is wrong with them, or null. */
function addBoxes(
  builder: BoxesBuilder,
  { boxes, masks }: Line,
  classes: number,
  size: TruthFrame["size"],
): string | null {
  if (size !== undefined && masks?.length !== boxes.length) {
    return `${masks?.length ?? "no"} masks of ${boxes.length} boxes`;
  }
  for (const [i, each] of boxes.entries()) {
    if (!isBox(each, classes)) return `${JSON.stringify(each)} is no box`;
    const mask = size === undefined ? [] : runsOf(masks?.[i], size);
    if (mask === null) return `mask ${i + 1} does not fill ${size?.width} × ${size?.height} pixels`;
    builder.add(each, false, mask);
  }
  return null;
}

/** Adds a line's classes, the most probable first; returns what is wrong with them, or null. */
function addAnswer(builder: BoxesBuilder, { probabilities }: Line, classes: number): string | null {
  if (probabilities === undefined) return "no probabilities";
  const seen = new Set<number>();
  let last = 1;
  for (const [klass, probability] of probabilities) {
    if (klass >= classes || seen.has(klass)) return `class ${klass} is none of ${classes}, or stands there twice`;
    if (probability > last) return `${probability} stands behind ${last}`;
    seen.add(klass);
    last = probability;
    builder.add([klass, probability, 0, 0, 0, 0]);
  }
  return null;
}

/** The run lengths of a packed mask; null where they are none, or not those of this frame. */
function runsOf(text: unknown, { width, height }: NonNullable<TruthFrame["size"]>): readonly number[] | null {
  return typeof text === "string" ? (parseRle({ counts: text, size: [height, width] })?.runs ?? null) : null;
}

/**
 * Reads what each model predicted on each scored frame.
 * @param roles the models that must be there
 * @returns by role, the frames numbered as in `truth`
 * @throws ObjectCorrupt where a line is damaged, names another frame or picture, comes twice, or is missing
 */
export async function readPredictions(
  source: Source,
  truth: Pick<Truth, "frames" | "classes" | "task">,
  roles: readonly Role[],
): Promise<ReadonlyMap<Role, Boxes>> {
  const corrupt = (problem: string) => new BobbinError("ObjectCorrupt", { key: source.key, problem });
  const withMasks = truth.frames.some(({ size }) => size !== undefined);
  const builders = new Map(roles.map((role) => [role, new BoxesBuilder(truth.frames.length, withMasks)]));
  const places = new Map(truth.frames.map(({ name }, i) => [name, i]));
  for await (const { value, line } of jsonLines(source)) {
    const parsed = head.safeParse(value);
    if (!parsed.success) throw corrupt(`line ${line}: ${z.prettifyError(parsed.error)}`);
    const { frame, sha256, model } = parsed.data;
    const place = places.get(frame);
    const builder = builders.get(model);
    if (place === undefined || truth.frames[place]?.sha256 !== sha256) {
      throw corrupt(`line ${line}: ${frame} with SHA-256 ${sha256} is no scored frame`);
    }
    if (builder === undefined) throw corrupt(`line ${line}: no ${model} was asked for`);
    if (!builder.begin(place)) throw corrupt(`line ${line}: ${model} on ${frame} stands there twice`);
    const problem = isOfFrames(truth.task ?? "detect")
      ? addAnswer(builder, parsed.data, truth.classes.length)
      : addBoxes(builder, parsed.data, truth.classes.length, truth.frames[place]?.size);
    if (problem !== null) throw corrupt(`line ${line}: ${problem}`);
  }
  for (const [role, builder] of builders) {
    const missing = truth.frames[builder.firstMissing()];
    if (missing !== undefined) throw corrupt(`nothing of ${role} on ${missing.name}`);
  }
  return new Map([...builders].map(([role, builder]) => [role, builder.done()]));
}

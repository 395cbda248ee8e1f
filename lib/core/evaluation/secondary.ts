// Beside the one primary question: is the candidate better for this class, on this operation? Each is tested as the whole is, and all
// of them together are corrected for being many. They explain a verdict; none of them makes one.
import type { EndPoint } from "../../contracts/config.ts";
import type { SecondaryTest } from "../../contracts/evaluation.ts";
import type { Boxes } from "./boxes.ts";
import { bitsOf, type ComparedModel, commonClasses, type Pair, pooledOn } from "./compare-models.ts";
import { holm } from "./holm.ts";
import type { Partition } from "./partition.ts";
import { permutationTest } from "./permutation.ts";
import { leastGroups } from "./verdict.ts";

export interface SecondaryOptions {
  readonly of: readonly ("classes" | "attributes")[];
  readonly primary: EndPoint;
  readonly seed: number;
}

interface Question {
  readonly by: string;
  readonly value: string;
  readonly classes: readonly number[];
  readonly groups: Partition;
}

interface Asked {
  readonly truth: { readonly boxes: Boxes; readonly classes: readonly string[] };
  readonly candidate: ComparedModel;
  readonly reference: ComparedModel;
  /** The test groups, and the test frames by the value of each attribute. */
  readonly groups: Partition;
  readonly attributes: Readonly<Record<string, Partition>>;
}

/** The groups that have frames with this value, numbered anew. */
function groupsWithin(groups: Partition, values: Partition, value: number): Partition {
  const inside = groups.keyOfFrame.map((key, frame) => (values.keyOfFrame[frame] === value ? key : -1));
  const there = [...new Set(inside)].filter((key) => key !== -1).sort((a, b) => a - b);
  const place = new Map(there.map((key, i) => [key, i]));
  return {
    names: there.map((key) => groups.names[key] as string),
    keyOfFrame: inside.map((key) => place.get(key) ?? -1),
  };
}

function questionsOf(asked: Asked, of: SecondaryOptions["of"]): readonly Question[] {
  const { truth, groups, attributes } = asked;
  const known = commonClasses(truth, asked, groups.keyOfFrame).known;
  const byClass = known.map((klass) => ({
    by: "class",
    value: truth.classes[klass] as string,
    classes: [klass],
    groups,
  }));
  const byAttribute = Object.entries(attributes).flatMap(([by, values]) =>
    values.names.map((value, i) => ({ by, value, classes: known, groups: groupsWithin(groups, values, i) })),
  );
  return [
    ...(of.includes("classes") && byClass.length > 1 ? byClass : []),
    ...(of.includes("attributes") && known.length > 0 ? byAttribute : []),
  ];
}

/** Groups too few to decide anything leave a question out of the correction: that is known before anybody looks. */
export function secondaryTests(asked: Asked, { of, primary, seed }: SecondaryOptions): SecondaryTest[] {
  const bits = bitsOf(primary);
  const found = questionsOf(asked, of).map(({ by, value, classes, groups }): Omit<SecondaryTest, "corrected"> => {
    const pair: Pair = { candidate: asked.candidate, reference: asked.reference, recall: null, groups };
    const count = groups.names.length;
    const pooled = pooledOn({ boxes: asked.truth.boxes, pair, classes, bits }, groups.keyOfFrame);
    const none = { by, value, groups: count, candidate: null, reference: null, difference: null, p: null };
    if (pooled === null) return none;
    const [candidate, reference] = pooled(new Uint8Array(count));
    const difference = (flips: Uint8Array) => {
      const [own, other] = pooled(flips);
      return own - other;
    };
    const p = count < leastGroups ? null : permutationTest(count, difference, seed).p;
    return { by, value, groups: count, candidate, reference, difference: candidate - reference, p };
  });
  const corrected = holm(found.flatMap(({ p }) => (p === null ? [] : [p])));
  let next = 0;
  return found.map((one) => ({ ...one, corrected: one.p === null ? null : (corrected[next++] ?? null) }));
}

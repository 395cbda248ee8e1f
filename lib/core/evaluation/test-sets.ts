// Results on the test sets before this one: a list of frames is frozen when it gets its number, and every later report scores it too.
import type { Evaluation, ModelEvaluation } from "../../contracts/evaluation.ts";
import { parseCounter } from "../../contracts/names.ts";
import { partsOfGroups, readVersion, splitsBefore } from "../dataset/manifest-version.ts";
import type { ObjectStore } from "../ports.ts";
import type { SplitOutput } from "../steps/types.ts";
import { only, type ScoredFrames } from "./elsewhere.ts";
import { type EvaluateOptions, evaluate } from "./evaluate.ts";

export interface TestSetList {
  readonly version: string;
  readonly sha256: string;
  /** SHA-256 of each image by the frame's name. */
  readonly frames: ReadonlyMap<string, string>;
}

/** The lists that were frozen before a dataset version, each from the version that froze it; the version's own is not among them. */
export async function earlierTestSets(
  store: ObjectStore,
  { dataset, version, testSet }: Pick<SplitOutput, "dataset" | "version" | "testSet">,
): Promise<TestSetList[]> {
  const number = parseCounter("d", version) ?? 0;
  const first = new Map<string, { readonly version: string; readonly sha256: string }>();
  for await (const { version: each, split } of splitsBefore(store, dataset, number)) {
    const { version: name, sha256 } = split.testSet;
    if (name !== testSet && !first.has(name)) first.set(name, { version: each, sha256 });
  }
  const lists: TestSetList[] = [];
  for (const [name, from] of first) {
    const { lines, split } = await readVersion(store, dataset, from.version);
    const partOf = partsOfGroups(split);
    const frames = new Map(
      lines.flatMap(({ name: frame, sha256, group }) =>
        partOf.get(group) === "test" ? [[frame, sha256] as const] : [],
      ),
    );
    lists.push({ version: name, sha256: from.sha256, frames });
  }
  return lists;
}

type TestSets = NonNullable<Evaluation["testSets"]>;

/** @param judged the models as they were judged on everything: their operating points are kept */
export function onTestSets(
  lists: readonly TestSetList[],
  { truth, models }: ScoredFrames,
  judged: readonly ModelEvaluation[],
  options: EvaluateOptions,
): TestSets {
  const frozen = models.map((model) => {
    const threshold = judged.find(({ role }) => role === model.role)?.threshold ?? null;
    return { ...model, threshold };
  });
  return lists.map(({ version, sha256, frames }) => {
    const there = only(
      { truth, models: frozen },
      ({ name, sha256: image, part }) => part === "test" && frames.get(name) === image,
    );
    const scores = evaluate(there.truth, there.models, options);
    return {
      version,
      sha256,
      frames: frames.size,
      scored: there.truth.frames.length,
      models: scores.flatMap(({ role, parts }) => (parts.test === undefined ? [] : [{ role, all: parts.test.all }])),
    };
  });
}

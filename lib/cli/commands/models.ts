// bobbin models: all releases with their numbers on the test frames.
import type { ModelsAnswer } from "../../contracts/answers.ts";
import { type LeadingScores, leadingMeasures, leadingScores, taskOfScores } from "../../core/evaluation/measures.ts";
import type { ObjectStore } from "../../core/ports.ts";
import { modelInUse } from "../../core/registry/production.ts";
import type { Context } from "../context.ts";
import { openStore } from "../context.ts";
import { listReleases, type ReleaseKey, readEvaluation, readRelease } from "../releases.ts";
import { score, table } from "../text.ts";

type Row = ModelsAnswer["models"][number]["releases"][number];

async function rowOf(registry: ObjectStore, key: ReleaseKey): Promise<Row> {
  const release = await readRelease(registry, key);
  const test = (await readEvaluation(registry, release)).models.find(({ role }) => role === "candidate")?.parts.test
    ?.all;
  return {
    version: release.version,
    createdAt: release.createdAt,
    dataset: release.dataset.version,
    testSet: release.testSet.version,
    recipe: release.recipe.number,
    ...leadingScores(test),
    recall: test?.recall ?? null,
    decision: release.verdict.decision,
  };
}

/** The columns of scores: a model's releases may be of several tasks. */
function shownOf(releases: readonly Row[]): readonly (readonly [keyof LeadingScores, string])[] {
  const tasks = new Set(releases.map((row) => taskOfScores([row])));
  return [...new Map([...tasks].flatMap(leadingMeasures))];
}

function lines(answer: ModelsAnswer): string[] {
  if (answer.models.length === 0) return ["No releases yet: bobbin run EXPORT"];
  return answer.models.flatMap(({ model, production, releases }) => [
    `${model}  (in production: ${production})`,
    ...table([
      ["release", "made (UTC)", "data", "test", "recipe", ...shownOf(releases).map(([, t]) => t), "recall", "verdict"],
      ...releases.map((row) => [
        row.version,
        row.createdAt.slice(0, 16).replace("T", " "),
        row.dataset,
        row.testSet,
        row.recipe,
        ...shownOf(releases).map(([measure]) => score(row[measure])),
        score(row.recall),
        row.decision,
      ]),
    ]).map((line) => `  ${line}`),
  ]);
}

export async function models(context: Context): Promise<number> {
  const { registry } = (await openStore(context)).stores;
  const keys = await listReleases(registry);
  const names = [...new Set(keys.map(({ model }) => model))];
  const answer: ModelsAnswer = {
    schema: "bobbin/answer-models/1",
    models: await Promise.all(
      names.map(async (model) => ({
        model,
        production: await modelInUse(registry, model),
        releases: await Promise.all(keys.filter((key) => key.model === model).map((key) => rowOf(registry, key))),
      })),
    ),
  };
  context.out.answer(answer, () => lines(answer));
  return 0;
}

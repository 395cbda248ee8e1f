// bobbin models: all releases with their numbers on the test frames.
import type { ModelsAnswer } from "../../contracts/answers.ts";
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
    mAP50: test?.mAP50 ?? null,
    "mAP50-95": test?.["mAP50-95"] ?? null,
    recall: test?.recall ?? null,
    decision: release.verdict.decision,
  };
}

function lines(answer: ModelsAnswer): string[] {
  if (answer.models.length === 0) return ["No releases yet: bobbin run EXPORT"];
  return answer.models.flatMap(({ model, production, releases }) => [
    `${model}  (in production: ${production})`,
    ...table([
      ["release", "made (UTC)", "data", "test", "recipe", "mAP50", "mAP50-95", "recall", "verdict"],
      ...releases.map((row) => [
        row.version,
        row.createdAt.slice(0, 16).replace("T", " "),
        row.dataset,
        row.testSet,
        row.recipe,
        score(row.mAP50),
        score(row["mAP50-95"]),
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

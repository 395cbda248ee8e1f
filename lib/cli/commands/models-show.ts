// bobbin models show: one release in full.

import type { Evaluation } from "../../contracts/evaluation.ts";
import { registryKeys } from "../../contracts/layout.ts";
import type { Release } from "../../contracts/release.ts";
import { measuresOf } from "../../core/evaluation/measures.ts";
import { isOfFrames } from "../../core/tasks.ts";
import type { Context } from "../context.ts";
import { openStore } from "../context.ts";
import { filesOf, findRelease, readEvaluation } from "../releases.ts";
import { storePaths } from "../store-paths.ts";
import { plain, score, table } from "../text.ts";

function scores(evaluation: Evaluation): string[] {
  const shown = measuresOf(evaluation.models.flatMap(({ parts }) => Object.values(parts).map(({ all }) => all)));
  const rows = evaluation.models.flatMap((model) =>
    (["val", "test", "deployment"] as const).flatMap((part) => {
      const all = model.parts[part]?.all;
      return all === undefined
        ? []
        : [[model.role, part, String(all.frames), ...shown.map(([measure]) => score(all[measure]))]];
    }),
  );
  return table([["model", "part", "frames", ...shown.map(([, title]) => title)], ...rows]);
}

/** Where the release lies: two paths, or the place in a stack's bucket and the command that brings the report here. */
function places(release: Release, context: Context): string[][] {
  const { model, version } = release;
  const { stack } = context;
  if (stack !== null) {
    const report = `bobbin report ${version} --store aws:${stack}`;
    return [
      ["folder", `${registryKeys.release(model, version)} in the registry bucket`],
      ["report", report],
    ];
  }
  return [
    ["folder", storePaths.release(context.store, model, version)],
    ["report", storePaths.releaseFile(context.store, model, version, filesOf(release).report)],
  ];
}

function lines(release: Release, evaluation: Evaluation, context: Context): string[] {
  return [
    `${release.model} ${release.version} = ${release.dataset.version} + ${release.testSet.version} + recipe ${release.recipe.number} (${release.recipe.name})`,
    plain(release.verdict.reason),
    "",
    ...scores(evaluation),
    "",
    ...table([
      ["what", "value"],
      ["made", release.createdAt],
      ["run", release.runId],
      ["classes", plain(release.classes.join(", "))],
      [
        "frames",
        `${release.dataset.frames} in ${release.dataset.groups} groups, ${release.dataset.boxes} ${isOfFrames(release.task) ? "labels" : "boxes"}`,
      ],
      [
        "starting weights",
        `${release.base.name} ${release.base.sha256.slice(0, 12)}… ${release.base.official ? "official" : "unofficial"}`,
      ],
      [
        "trainer",
        `Ultralytics ${release.trainer.ultralytics}, torch ${release.trainer.torch}, ${release.trainer.device}`,
      ],
      ...places(release, context),
    ]).slice(1),
  ];
}

export async function modelsShow(context: Context, [version]: readonly [string]): Promise<number> {
  const { registry } = (await openStore(context)).stores;
  const release = await findRelease(registry, version, context.configFile);
  const evaluation = await readEvaluation(registry, release);
  context.out.answer(release, () => lines(release, evaluation, context));
  return 0;
}

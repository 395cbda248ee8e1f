// bobbin compare: two releases on the test frames of both, from the boxes that were kept when each was made.
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { monotonicFactory } from "ulid";
import type { CompareAnswer } from "../../contracts/answers.ts";
import { dataKeys } from "../../contracts/layout.ts";
import type { ReleaseComparison } from "../../contracts/release-comparison.ts";
import { measuresOf } from "../../core/evaluation/measures.ts";
import { readReleases } from "../../core/registry/versions.ts";
import { compareReleases } from "../../core/steps/compare-releases.ts";
import type { Context } from "../context.ts";
import { openStore } from "../context.ts";
import { findRelease } from "../releases.ts";
import { storePaths } from "../store-paths.ts";
import { plain, score, table } from "../text.ts";

/** @throws ReleaseMissing, EvaluationImpossible; ObjectMissing where the data of a release is gone */
export async function compare(context: Context, [first, second]: readonly [string, string]): Promise<number> {
  const { stores } = await openStore(context);
  const [one, two] = [
    await findRelease(stores.registry, first, context.configFile),
    await findRelease(stores.registry, second, context.configFile),
  ];
  const { all } = await readReleases(stores.registry, two.model);
  const runId = monotonicFactory()();
  const [{ drawComparison }, { pictures }] = await Promise.all([
    import("../../report/release-comparison.ts"),
    import("../../report/pages.ts"),
  ]);
  const document = await compareReleases(
    { runId, first: one, second: two, all },
    { stores, pictures, draw: drawComparison },
  );
  const answer = answerOf(document, runId, await placesOf(context, runId, stores.data));
  context.out.answer(answer, () => lines(document, answer));
  return 0;
}

type Places = Pick<CompareAnswer, "comparison" | "report">;

/** In a bucket the page has no path: it is laid into the folder where one stands. */
async function placesOf(
  context: Context,
  runId: string,
  data: Awaited<ReturnType<typeof openStore>>["stores"]["data"],
): Promise<Places> {
  if (context.stack === null) {
    const at = (file: "comparison.json" | "report.html") => storePaths.compared(context.store, runId, file);
    return { comparison: at("comparison.json"), report: at("report.html") };
  }
  const page = resolve(`comparison_${runId}.html`);
  await writeFile(page, (await data.get(dataKeys.compared(runId, "report.html"))).bytes);
  return { comparison: dataKeys.compared(runId, "comparison.json"), report: page };
}

function answerOf({ first, second, frames, comparison }: ReleaseComparison, runId: string, at: Places): CompareAnswer {
  const { groups, primary, difference, p, verdict, reason } = comparison;
  const [versions, found] = [
    { first: first.version, second: second.version },
    { groups, primary, difference, p, verdict, reason },
  ];
  return { schema: "bobbin/answer-compare/1", runId, ...versions, frames: frames.both, ...found, ...at };
}

function lines({ models, behaviour, comparison, second, first }: ReleaseComparison, answer: CompareAnswer): string[] {
  const of = (role: "candidate" | "production") => models.find((model) => model.role === role)?.parts.test?.all;
  const shown = measuresOf([of("production"), of("candidate")]);
  const rows = shown.map(([measure, title]) => [
    title,
    score(of("production")?.[measure]),
    score(of("candidate")?.[measure]),
  ]);
  const { errors: before } = behaviour.first;
  const { errors: after } = behaviour.second;
  const mistakes = (["missed", "background", "confused", "badBox", "double", "both"] as const).map((kind) => [
    kind,
    String(before?.counts?.[kind] ?? "–"),
    String(after?.counts?.[kind] ?? "–"),
  ]);
  const asked = (comparison.secondary ?? []).map(({ by, value, groups, difference, corrected }) => [
    plain(by),
    plain(value),
    String(groups),
    difference === null ? "–" : difference.toFixed(3),
    corrected === null ? "–" : corrected.toFixed(3),
  ]);
  return [
    ...table([[`${answer.frames} frames of both`, first.version, second.version], ...rows]),
    ...(after === undefined ? [] : ["", ...table([["mistakes", first.version, second.version], ...mistakes])]),
    ...(asked.length === 0 ? [] : ["", ...table([["by", "value", "groups", "difference", "p corrected"], ...asked])]),
    "",
    plain(comparison.reason),
    `Report ${answer.report}`,
  ];
}

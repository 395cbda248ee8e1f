// What a measurement found, as an answer and in words.
import type { MeasureAnswer } from "../contracts/answers.ts";
import { dataKeys, type MeasuredFile } from "../contracts/layout.ts";
import { type FrameTally, measurement } from "../contracts/measurement.ts";
import { readDocument } from "../core/registry/cas.ts";
import type { Context, Store } from "./context.ts";
import { filesHere } from "./files-here.ts";
import { plain, score, table } from "./text.ts";

const rowsShown = 30;

/** Prints it. @returns the exit code */
export async function answerMeasured(context: Context, { stores }: Store, runId: string): Promise<number> {
  const { out } = context;
  const { value } = await readDocument(stores.data, dataKeys.measured(runId, "measurement.json"), measurement);
  const key = (file: MeasuredFile) => dataKeys.measured(runId, file);
  const { answer, reason, moreGroups, all, recall, confidence } = value;
  const said: MeasureAnswer = {
    schema: "bobbin/answer-measure/1",
    runId,
    answer,
    reason,
    moreGroups,
    all,
    recall,
    confidence,
    files: await filesHere(context, stores.data, `measure_${runId}`, {
      measurement: key("measurement.json"),
      report: key("report.html"),
      figure: key("figure.svg"),
      csv: key("table.csv"),
      latex: key("table.tex"),
    }),
  };
  const slices = [...Object.entries(value.attributes), ["group", value.groups] as const];
  const rows = [
    row("all", "", all),
    ...slices.flatMap(([what, tallies]) => Object.entries(tallies).map(([name, one]) => row(what, name, one))),
  ];
  out.answer(said, () => [
    ...table([
      ["by", "name", "groups", "frames", "objects", "recall", "confidence", "false positives"],
      ...rows.slice(0, rowsShown),
    ]),
    ...(rows.length > rowsShown ? [`  and ${rows.length - rowsShown} more in the report`] : []),
    "",
    plain(reason),
    `Report   ${said.files.report}`,
    `For the paper: ${said.files.figure}, table.csv, table.tex`,
  ]);
  return 0;
}

function row(what: string, name: string, tally: FrameTally): string[] {
  const { groups, frames, objects, recall, medianConfidence, falsePositives } = tally;
  const counts = [groups, frames, objects].map(String);
  return [plain(what), plain(name), ...counts, score(recall), score(medianConfidence), String(falsePositives)];
}

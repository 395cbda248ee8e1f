// bobbin runs: the history as a table.
import type { RunRecord } from "../../contracts/run.ts";
import type { Context } from "../context.ts";
import { openStore } from "../context.ts";
import { duration, plain, table } from "../text.ts";

/** Which machine, and of an experiment how far it is. */
function workOf({ machine, trainings }: RunRecord): string {
  if (trainings === null) return machine;
  return `${trainings.kind} ${trainings.done}/${trainings.planned}`;
}

/** Of an experiment's states only the last lap is journaled; its trainings say what they took. */
function secondsWorked({ states, trainings }: RunRecord): number {
  const isLap = (state: string) => trainings !== null && (state === "Train" || state === "Predict");
  const journaled = states.filter(({ state }) => !isLap(state));
  return journaled.reduce((sum, { seconds }) => sum + (seconds ?? 0), trainings?.seconds ?? 0);
}

function row(record: RunRecord): string[] {
  return [
    record.runId,
    workOf(record),
    record.status,
    record.startedAt.slice(0, 16).replace("T", " "),
    duration(secondsWorked(record)),
    record.recipe ?? "",
    record.version ?? "",
    record.failure?.error.name ?? "",
    plain(record.source),
  ];
}

export async function runs(context: Context): Promise<number> {
  const all = await (await openStore(context)).runs();
  context.out.answer(all, () =>
    all.length === 0
      ? ["No runs yet: bobbin run EXPORT"]
      : table([
          ["run", "work", "status", "started (UTC)", "worked", "recipe", "release", "cause", "export"],
          ...all.map(row),
        ]),
  );
  return 0;
}

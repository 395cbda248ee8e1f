// bobbin runs: the history as a table.
import type { RunRecord } from "../../contracts/run.ts";
import type { Context } from "../context.ts";
import { openStore } from "../context.ts";
import { duration, plain, table } from "../text.ts";

function row(record: RunRecord): string[] {
  const seconds = record.states.reduce((sum, state) => sum + (state.seconds ?? 0), 0);
  return [
    record.runId,
    record.status,
    record.startedAt.slice(0, 16).replace("T", " "),
    duration(seconds),
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
      : table([["run", "status", "started (UTC)", "worked", "recipe", "release", "cause", "export"], ...all.map(row)]),
  );
  return 0;
}

// bobbin status: one run, state by state, with the cause of a failure in words.
import { BobbinError, reviveError } from "../../contracts/errors.ts";
import type { RunRecord } from "../../contracts/run.ts";
import type { Context } from "../context.ts";
import { openStore } from "../context.ts";
import { follow } from "../follow.ts";
import { duration, plain, table } from "../text.ts";

const trainingsText = ({ kind, done, planned }: NonNullable<RunRecord["trainings"]>) =>
  `${kind}: ${done} of ${planned} trainings done`;

function lines(record: RunRecord): string[] {
  const head = [
    `Run ${record.runId}  ${record.status}  started ${record.startedAt}`,
    `  ${[
      ...(record.source === "" ? [] : [plain(record.source)]),
      ...(record.recipe === null ? [] : [`recipe ${record.recipe}`]),
      ...(record.version === null ? [] : [`release ${record.version}`]),
      ...(record.trainings === null ? [] : [trainingsText(record.trainings)]),
    ].join(", ")}`,
    "",
  ];
  const states = table([
    ["state", "status", "time"],
    ...record.states.map((state) => [state.state, state.status, state.seconds === null ? "" : duration(state.seconds)]),
  ]);
  if (record.failure === null) return [...head, ...states];
  const { name, message, data } = record.failure.error;
  const todo = reviveError(name, data)?.todo;
  return [...head, ...states, "", `${name}: ${plain(message)}`, ...(todo === undefined ? [] : [`  → ${todo}`])];
}

export async function status(
  context: Context,
  [runId]: readonly [string | undefined],
  options: { readonly follow?: boolean },
): Promise<number> {
  const store = await openStore(context);
  const id = runId ?? (await store.runs())[0]?.runId;
  if (id === undefined) throw new BobbinError("RunMissing", { runId: "at all" });
  const record = options.follow === true ? await follow(id, store, context) : await store.status(id);
  context.out.answer(record, () => lines(record));
  return 0;
}

// Looks after runs that died: an execution that was stopped, or took too long, ran no Catch, so nobody settled for it. One run at a
// time holds the pipeline; where it is held and nothing runs, the holder is dead.
import { dataKeys } from "../../contracts/layout.ts";
import { type Lock, stepRecord, type Upload } from "../../contracts/run.ts";
import type { Executions } from "../ports.ts";
import { findDocument } from "../registry/cas.ts";
import { readLock, type Started } from "../registry/lock.ts";
import { anyRunning } from "./cloud-run.ts";
import { unpackFailure } from "./failure.ts";
import { type SettleInput, type SettlePorts, settleRun, writeFailure } from "./settle.ts";
import type { SettleOutput } from "./types.ts";
import { runStep } from "./wrapper.ts";

/** Between an upload that was started and its execution lie moments: only then is nobody there though all is well. */
const youngMilliseconds = 5 * 60_000;

/** A start whose answer was lost is made again for so long; whoever never begins after that is dead. */
const startMilliseconds = 60 * 60_000;

export interface LookAfterPorts extends SettlePorts {
  readonly executions: Pick<Executions, "anyRunning">;
}

export interface EndedRun {
  readonly runId: string;
  readonly attempt: number;
  /** By a person. */
  readonly cancelled: boolean;
  /** What it was started for, where its input says so. */
  readonly upload?: Upload;
}

/**
 * @param ended the run whose execution has just ended; null where nobody says so and all must be looked at
 * @returns null where there was nothing to do
 */
export async function lookAfter(ended: EndedRun | null, ports: LookAfterPorts): Promise<SettleOutput | null> {
  if (ended !== null) return settleOnce(ended, ports);
  const { holder } = await readLock(ports.stores.registry);
  if (holder === null || !(await isDead(holder.since, ports))) return null;
  const lost = await lostStart(holder, ports);
  if (lost === null) {
    const { runId } = holder;
    return settleOnce({ runId, attempt: await tryOf(runId, ports), cancelled: false }, ports);
  }
  await ports.start(lost);
  return null;
}

/** A try that nobody works for. @returns null where it is settled for already */
export function settleDead(
  { runId, attempt }: Pick<EndedRun, "runId" | "attempt">,
  ports: SettlePorts,
): Promise<SettleOutput | null> {
  return settleOnce({ runId, attempt, cancelled: false }, ports);
}

/** Also for a run that does not hold the pipeline: a function of it may still be at work, and take it. */
async function settleOnce(
  { runId, attempt, cancelled, upload }: EndedRun,
  ports: SettlePorts,
): Promise<SettleOutput | null> {
  const { data } = ports.stores;
  const settled = await findDocument(data, dataKeys.step(runId, "Settle"), stepRecord);
  if (settled !== null && (settled.value.attempt ?? 1) >= attempt) return null;
  const why = cancelled ? "By a person." : "Its execution was stopped, or took longer than it may.";
  const error = { Error: cancelled ? "Cancelled" : "RunStopped", Cause: why };
  // Before anything is looked at: see late.ts.
  const forUpload = upload === undefined || (await data.head(dataKeys.request(runId))) !== null ? {} : { upload };
  await writeFailure(runId, attempt, { ...unpackFailure(error, { runId }), ...forUpload }, ports);
  const settle = { state: "Settle", perAttempt: true, run: (input: SettleInput) => settleRun(input, ports) };
  const input = { runId, attempt, ...(cancelled ? { cancelled } : { error }), ...forUpload };
  return runStep(settle, input, { clock: ports.clock, data, sink: { emit: () => undefined } });
}

async function isDead(since: string, { clock, executions }: LookAfterPorts): Promise<boolean> {
  const old = clock.now().getTime() - Date.parse(since) >= youngMilliseconds;
  return old && !(await anyRunning(executions));
}

type Holder = NonNullable<Lock["holder"]>;

/** The run that was to be started for an upload that waited, and is not there yet; null where there is none. */
async function lostStart({ runId, since, upload }: Holder, { clock, stores }: LookAfterPorts): Promise<Started | null> {
  const young = clock.now().getTime() - Date.parse(since) < startMilliseconds;
  if (!young || upload === undefined || (await stores.data.head(dataKeys.request(runId))) !== null) return null;
  return { runId, ...upload };
}

/** The try that nobody has settled yet. By what is settled, not by what has failed: who settles writes the failure first, and may die. */
async function tryOf(runId: string, { stores: { data } }: LookAfterPorts): Promise<number> {
  const settled = await findDocument(data, dataKeys.step(runId, "Settle"), stepRecord);
  return (settled === null ? 0 : (settled.value.attempt ?? 1)) + 1;
}

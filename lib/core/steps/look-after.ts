// Looks after runs that died: an execution that was stopped, or took too long, ran no Catch, so nobody settled for it. One run at a
// time holds the pipeline; where it is held and nothing runs, the holder is dead.
import { dataKeys } from "../../contracts/layout.ts";
import type { Lock } from "../../contracts/run.ts";
import type { Executions } from "../ports.ts";
import { readLock, type Started } from "../registry/lock.ts";
import { type SettleInput, type SettlePorts, settleRun } from "./settle.ts";
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
  /** By a person. */
  readonly cancelled: boolean;
}

/**
 * @param ended the run whose execution has just ended; null where nobody says so and all must be looked at
 * @returns null where there was nothing to do
 */
export async function lookAfter(ended: EndedRun | null, ports: LookAfterPorts): Promise<SettleOutput | null> {
  const { holder } = await readLock(ports.stores.registry);
  if (holder === null || (holder.runId !== ended?.runId && !(await isDead(holder.since, ports)))) return null;
  const lost = holder.runId === ended?.runId ? null : await lostStart(holder, ports);
  if (lost !== null) {
    await ports.start(lost);
    return null;
  }
  const error = { Error: "RunStopped", Cause: "Its execution was stopped, or took longer than it may." };
  const settle = { state: "Settle", perAttempt: true, run: (input: SettleInput) => settleRun(input, ports) };
  const cancelled = ended?.runId === holder.runId && ended.cancelled;
  const how = cancelled ? { cancelled } : { error };
  const input = { runId: holder.runId, attempt: await tryOf(holder.runId, ports), ...how };
  return runStep(settle, input, { clock: ports.clock, data: ports.stores.data, sink: { emit: () => undefined } });
}

async function isDead(since: string, { clock, executions }: LookAfterPorts): Promise<boolean> {
  const old = clock.now().getTime() - Date.parse(since) >= youngMilliseconds;
  return old && !(await executions.anyRunning("train"));
}

type Holder = NonNullable<Lock["holder"]>;

/** The run that was to be started for an upload that waited, and is not there yet; null where there is none. */
async function lostStart({ runId, since, upload }: Holder, { clock, stores }: LookAfterPorts): Promise<Started | null> {
  const young = clock.now().getTime() - Date.parse(since) < startMilliseconds;
  if (!young || upload === undefined || (await stores.data.head(dataKeys.request(runId))) !== null) return null;
  return { runId, ...upload };
}

/** The try that nobody has settled yet. */
async function tryOf(runId: string, { stores: { data } }: LookAfterPorts): Promise<number> {
  let failed = 0;
  for await (const _ of data.list(dataKeys.failures(runId))) failed += 1;
  return failed + 1;
}

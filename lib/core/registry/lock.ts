// The pipeline's lock: one document that names the run which holds it and the uploads that wait, in order.
import { parseUploadKey, registryKeys } from "../../contracts/layout.ts";
import { type Lock, lock as lockSchema } from "../../contracts/run.ts";
import type { Clock, ObjectStore } from "../ports.ts";
import { change, findDocument } from "./cas.ts";

/** An upload that waits for the pipeline. */
export type Waiting = Pick<Lock["waiting"][number], "location" | "versionId" | "retrain">;
type Place = Pick<Waiting, "location" | "versionId">;

/** An upload that has the lock now, and the run that is to be started for it. */
export interface Started extends Place {
  readonly runId: string;
}

export interface LockPorts {
  readonly registry: ObjectStore;
  readonly clock: Clock;
}

const same = (a: Place, b: Place) => a.location === b.location && a.versionId === b.versionId;
const empty: Lock = { schema: "bobbin/lock/1", holder: null, waiting: [], nonce: "" };

export async function readLock(registry: ObjectStore): Promise<Lock> {
  return (await findDocument(registry, registryKeys.lock(), lockSchema))?.value ?? empty;
}

/**
 * Takes the lock for a run, or leaves it with whom it is.
 * @param wait where the lock is another's: the upload that joins the list, or null to leave the list alone
 * @returns the holder after that; the run itself where it holds the lock now
 */
export async function takeLock(
  runId: string,
  nonce: string,
  wait: Waiting | null,
  ports: LockPorts,
): Promise<NonNullable<Lock["holder"]>> {
  const at = ports.clock.now().toISOString();
  const mine = { runId, since: at };
  const after = await changeLock(ports, nonce, (current) => {
    const lock = current ?? empty;
    if (lock.holder === null) return { ...lock, holder: mine };
    if (lock.holder.runId === runId || wait === null || lock.waiting.some((one) => same(one, wait))) return lock;
    return { ...lock, waiting: [...lock.waiting, { ...wait, at, owed: false }] };
  });
  return after.holder ?? mine;
}

/** What a run leaves to those that wait. */
export interface Leaving {
  /** Its own upload, taken in but left to another that waits to be trained on; null where it is not. */
  readonly owed: Waiting | null;
  /** The data set it got as far as training on, or needed not to: nothing of it is owed any more. null where it did not get there. */
  readonly served: string | null;
}

const nothing: Leaving = { owed: null, served: null };

function listAfter(waiting: Lock["waiting"], { owed, served }: Leaving, at: string): Lock["waiting"] {
  const left = waiting.filter((one) => !one.owed || parseUploadKey(one.location)?.dataset !== served);
  return owed === null ? left : [...left, { ...owed, at, owed: true }];
}

/**
 * Gives the lock on: to the first upload that waits, under the run id it will have, or to nobody. A run that does not hold
 * the lock changes nothing.
 * @returns the upload that has the lock now and must be started; null where there is none
 */
export async function passLock(
  runId: string,
  nextRunId: string,
  nonce: string,
  ports: LockPorts,
  leaving = nothing,
): Promise<Started | null> {
  const since = ports.clock.now().toISOString();
  const after = await changeLock(ports, nonce, (current) => {
    if (current?.holder?.runId !== runId) return current ?? empty;
    const [first, ...waiting] = listAfter(current.waiting, leaving, since);
    if (first === undefined) return { ...current, holder: null, waiting };
    const upload = { location: first.location, versionId: first.versionId };
    return { ...current, holder: { runId: nextRunId, since, upload }, waiting };
  });
  if (after.nonce !== nonce || after.holder?.upload === undefined) return null;
  return { runId: after.holder.runId, ...after.holder.upload };
}

/** Takes a run off the lock where nobody waits for it; where somebody does, whoever looks after dead runs gives it on. */
export async function dropLock(runId: string, nonce: string, ports: LockPorts): Promise<void> {
  await changeLock(ports, nonce, (current) => {
    const mine = current?.holder?.runId === runId && current.waiting.length === 0;
    return mine ? { ...current, holder: null } : (current ?? empty);
  });
}

function changeLock({ registry }: LockPorts, nonce: string, decide: (current: Lock | null) => Lock): Promise<Lock> {
  return change<Lock>({ store: registry, key: registryKeys.lock(), schema: lockSchema, nonce, decide });
}

// How long a job on a rented machine may take, said once: it is promised, held to, and waited for by the same numbers. A start's own time
// begins with the start, so waiting for a machine takes nothing from it; and it costs nothing.

/** A machine that nobody needs any more goes away in a quarter of an hour. */
export const secondsAfter = 900;
/** What a start costs beside its own time: a quarter of an hour to boot, pull and stage, and one to go away. */
export const secondsAround = 900 + secondsAfter;

/** When its time is over, a start ends itself within a minute. After this long Batch asks it to end ... */
const overtimeSeconds = 90;
/** ... and kills it half a minute later. */
const killSeconds = 30;

/** The longest that a start goes on when its time is over. */
export const secondsToStop = overtimeSeconds + killSeconds;

/** When Batch ends a start, counted from that start. @param timeoutSeconds the recipe's limit */
export const attemptSeconds = (timeoutSeconds: number) => timeoutSeconds + overtimeSeconds;

export interface Patience {
  /** A job may be started so often, where its machine is taken away. */
  readonly tries: number;
  /** A start may wait so long for a machine before the queue gives it up. */
  readonly waitSeconds: number;
}

/** All starts of a job at their longest, each with its wait: whatever begins later, nobody waits for. */
export function latestSeconds(timeoutSeconds: number, { tries, waitSeconds }: Patience): number {
  return tries * (waitSeconds + secondsAround + timeoutSeconds + secondsToStop);
}

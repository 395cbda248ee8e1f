// What Ctrl-C does to work that takes long and that nothing has to be taken back of.

/**
 * The work's result. At Ctrl-C the work is left where it stands, and the process ends without it.
 *
 * @throws what the work throws; the signal's reason at Ctrl-C
 */
export async function orInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

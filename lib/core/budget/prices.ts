// What a run can cost at most, from prices that come in as data. Integer micro-dollars, always rounded up.

/** Prices of a place to run. Hours are begun hours' shares, not whole hours. */
export interface Prices {
  /** Everything around the jobs: requests, functions, storage of the upload. Per run. */
  readonly admission: number;
  readonly trainHour: number;
  readonly predictHour: number;
  /** A job may be started so often, where its machine is taken away. @default 1 */
  readonly tries?: number;
  /** What a start costs before and after its own time: boot, image, inputs, the machine's end. @default 0 */
  readonly secondsAround?: number;
  /** How long a start goes on when its time is over. @default 0 */
  readonly secondsToStop?: number;
}

/** A laptop costs nothing that Bobbin could promise. */
export const freePrices: Prices = { admission: 0, trainHour: 0, predictHour: 0 };

/** Predict may take as long as Train may: three passes over a part of the frames take a fraction of it. */
export function worstCaseOfJobs(timeoutSeconds: number, prices: Prices): number {
  const { tries = 1, secondsAround = 0, secondsToStop = 0 } = prices;
  const seconds = tries * (timeoutSeconds + secondsToStop + secondsAround);
  return hours(seconds, prices.trainHour) + hours(seconds, prices.predictHour);
}

function hours(seconds: number, price: number): number {
  return Math.ceil((seconds * price) / 3600);
}

// A conditional write, tried again where S3 says that another one is on its way (409): who won is only known afterwards.
import { setTimeout as wait } from "node:timers/promises";
import { BobbinError } from "../../contracts/errors.ts";
import { statusOf } from "./s3-errors.ts";

const tries = 6;
const firstPauseMilliseconds = 40;

/**
 * @param send makes one attempt
 * @throws StoreBusy after six refusals with 409; every other error of `send`
 */
export async function conditional<T>(key: string, send: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (statusOf(error) !== 409) throw error;
      if (attempt === tries) throw new BobbinError("StoreBusy", { key, tries }, { cause: error });
    }
    // Writers that met once would meet again after equal pauses.
    await wait(firstPauseMilliseconds * 2 ** (attempt - 1) * (0.5 + Math.random()));
  }
}

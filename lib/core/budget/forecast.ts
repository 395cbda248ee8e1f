// How long a training takes at a speed that was measured, and how many epochs its time limit has room for.
import { BobbinError } from "../../contracts/errors.ts";
import type { Recipe } from "../../contracts/recipe.ts";

export interface Measured {
  /** The run that it was measured in. */
  readonly runId: string;
  readonly imagesPerSecond: number;
}

export interface Forecast {
  readonly seconds: number;
  readonly epochs: number;
  /** Epochs that end within the recipe's time limit. */
  readonly fits: number;
}

export interface Training {
  readonly epochs: number;
  /** Of one epoch, validation included. */
  readonly images: number;
  readonly recipe: Pick<Recipe, "name" | "timeoutSeconds">;
}

export function forecast({ epochs, images, recipe }: Training, { imagesPerSecond }: Measured): Forecast {
  const seconds = Math.ceil((epochs * images) / imagesPerSecond);
  const fits = images === 0 ? epochs : Math.floor((recipe.timeoutSeconds * imagesPerSecond) / images);
  return { seconds, epochs, fits };
}

/** @throws RunTooLong where it cannot end within its time limit */
export function checkFits({ seconds, epochs, fits }: Forecast, recipe: Training["recipe"]): void {
  if (seconds <= recipe.timeoutSeconds) return;
  const { name, timeoutSeconds: timeout } = recipe;
  throw new BobbinError("RunTooLong", { recipe: name, predicted: seconds, timeout, epochs, fits });
}

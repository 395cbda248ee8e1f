// Turns progress events into lines for people: pure, so that a test can read what a person would.
import type { ProgressEvent } from "../contracts/job.ts";
import { duration } from "./text.ts";

type TrainEvent = Extract<ProgressEvent, { kind: "train" }>;

/** What the lines remember: when the first epoch of this process began, for the time left. */
export interface ProgressState {
  readonly epochStart: { readonly epoch: number; readonly at: number } | null;
}

export interface ProgressLine {
  readonly state: ProgressState;
  /** null: nothing to show. */
  readonly line: string | null;
  /** True where the next line replaces it. */
  readonly live: boolean;
}

export function startProgress(): ProgressState {
  return { epochStart: null };
}

const titles: Readonly<Record<string, string>> = {
  boxLoss: "box",
  classLoss: "class",
  dflLoss: "dfl",
  mAP50: "mAP50",
  "mAP50-95": "mAP50-95",
  loss: "loss",
  accuracyTop1: "top-1",
  accuracyTop5: "top-5",
  precision: "P",
  recall: "R",
  imagesPerSecond: "images/s",
};

function figures(metrics: TrainEvent["metrics"]): string {
  return Object.entries(titles)
    .flatMap(([name, title]) => {
      const value = metrics?.[name];
      return typeof value === "number" ? [`${title} ${value.toFixed(name === "imagesPerSecond" ? 1 : 3)}`] : [];
    })
    .join("  ");
}

function timeLeft(state: ProgressState, event: TrainEvent): string {
  const { epochStart } = state;
  if (epochStart === null || event.epoch === undefined || event.epochs === undefined) return "";
  const done =
    event.epoch - epochStart.epoch + (event.batch === undefined ? 1 : event.batch / Math.max(1, event.batches ?? 1));
  const spent = (Date.parse(event.at) - epochStart.at) / 1000;
  const left = event.epochs - epochStart.epoch + 1 - done;
  return done > 0.2 && left > 0 ? `  ${duration((spent / done) * left)} left` : "";
}

function trainLine(state: ProgressState, event: TrainEvent): ProgressLine {
  if (event.phase === "smoke") return { state, line: `    smoke test ${event.message ?? ""}`.trimEnd(), live: true };
  if (event.phase === "export" || event.phase === "validate")
    return { state, line: `    ${event.message ?? event.phase}`, live: true };
  if (event.phase !== "train" || event.epoch === undefined) return { state, line: null, live: true };
  const next = state.epochStart === null ? { epochStart: { epoch: event.epoch, at: Date.parse(event.at) } } : state;
  const live = event.batch !== undefined;
  const batch = live ? `  batch ${event.batch}/${event.batches ?? "?"}` : "";
  const line =
    `    epoch ${event.epoch}/${event.epochs ?? "?"}${batch}  ${figures(event.metrics)}${timeLeft(next, event)}`.trimEnd();
  return { state: next, line, live };
}

const marks = { entered: "▸", succeeded: "✓", failed: "✗", resumed: "↻" } as const;

/** The line for one event, and what to remember for the next. */
export function progressLine(state: ProgressState, event: ProgressEvent): ProgressLine {
  switch (event.kind) {
    case "state": {
      const time = event.seconds === undefined ? "" : `  ${duration(event.seconds)}`;
      const note = event.status === "resumed" ? "  done before" : event.error === undefined ? "" : `  ${event.error}`;
      return {
        state: startProgress(),
        line: `${marks[event.status]} ${event.state}${time}${note}`,
        live: event.status === "entered",
      };
    }
    case "work":
      return {
        state,
        line: `    ${event.what} ${event.done}${event.total === null ? "" : `/${event.total}`}`,
        live: true,
      };
    case "predict":
      return { state, line: `    ${event.model} ${event.done}/${event.total} frames`, live: event.done < event.total };
    case "train":
      return trainLine(state, event);
  }
}

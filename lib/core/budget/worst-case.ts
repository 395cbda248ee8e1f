// What a run can cost at most, line by line: each line says what it counts and by what assumption. Integer micro-dollars, rounded up.
import type { BudgetItem, Prices } from "../../contracts/ledger.ts";
import { monthsTouched } from "./idle.ts";

/** What is asked of a place, before anything is started. */
export interface RunSize {
  /** Of one try of a job; after that it is ended from outside. */
  readonly timeoutSeconds: number;
  /** Bytes of the upload; 0 where it stays where it is. */
  readonly uploadBytes: number;
  /** When it would start, and when the budget ends: what it stores is paid for so long. */
  readonly at: string;
  readonly ends: string;
  /** Of an experiment: each leaves what a run leaves. @default 1 */
  readonly trainings?: number;
}

export interface CostLine {
  readonly item: BudgetItem;
  readonly what: string;
  /** The arithmetic, in words and figures. */
  readonly how: string;
  readonly amount: number;
}

const gigabyte = 1e9;
/** Images lie in a zip as they are, labels five times smaller; what is stored beside an upload by Ingest is at most twice as large. */
const storedFactor = 2;
/** Weights, curves, predictions and reports of a run; checkpoints for half a month. */
const leftGigabytes = 1;
/** An upload goes three months after it was taken in. */
const uploadMonths = 4;

const hours = (seconds: number, price: number) => Math.ceil((seconds * price) / 3600);

/** The longest that the machine of one job can be up, all its tries together. */
export function secondsOfJob(timeoutSeconds: number, prices: Prices): number {
  const { tries = 1, secondsAround = 0, secondsToStop = 0, waitSeconds = 0 } = prices;
  return tries * (waitSeconds + timeoutSeconds + secondsToStop + secondsAround);
}

function jobLines(kind: "train" | "predict", timeoutSeconds: number, prices: Prices): CostLine[] {
  const { tries = 1, secondsAround = 0, secondsToStop = 0, waitSeconds = 0, overSeconds = 0, startFee = 0 } = prices;
  const price = kind === "train" ? prices.trainHour : prices.predictHour;
  const around = `${waitSeconds} s with a machine that does not take it + ${timeoutSeconds} s + ${secondsToStop} s to stop + ${secondsAround} s to boot, pull and go`;
  const at = `at $${price / 1e6} an hour`;
  return [
    {
      item: "jobs",
      what: `${kind}: its machine`,
      how: `${tries} tries × (${around}) ${at}`,
      amount: hours(secondsOfJob(timeoutSeconds, prices), price),
    },
    {
      item: "jobs",
      what: `${kind}: one machine more than the maximum`,
      how: `${tries} starts × ${overSeconds} s ${at}: Batch may start one too many; nobody needs it, so it goes`,
      amount: hours(tries * overSeconds, price),
    },
    {
      item: "jobs",
      what: `${kind}: what a machine fetches`,
      how: `${tries} starts × $${startFee / 1e6} through the NAT gateway; nothing where there is none, or from the region's own S3`,
      amount: tries * startFee,
    },
  ];
}

/** Predict may take as long as Train may: three passes over a part of the frames take a fraction of it. */
function linesOfJobs(
  timeoutSeconds: number,
  prices: Prices,
  kinds: readonly ("train" | "predict")[] = ["train", "predict"],
): CostLine[] {
  return kinds.flatMap((kind) => jobLines(kind, timeoutSeconds, prices));
}

export const sumOf = (lines: readonly CostLine[], item?: BudgetItem) =>
  lines.reduce((sum, line) => sum + (item === undefined || line.item === item ? line.amount : 0), 0);

/** @param kinds of job that are asked for; both where nothing is said */
export function worstCaseOfJobs(
  timeoutSeconds: number,
  prices: Prices,
  kinds?: readonly ("train" | "predict")[],
): number {
  return sumOf(linesOfJobs(timeoutSeconds, prices, kinds));
}

/** What a run leaves in the buckets for the rest of the phase. */
export function storageOf(
  { uploadBytes, at, ends, trainings = 1 }: Omit<RunSize, "timeoutSeconds">,
  prices: Prices,
): CostLine[] {
  const { gbMonth = 0 } = prices;
  const months = monthsTouched(at, ends);
  const gb = uploadBytes / gigabyte;
  const shown = gb.toFixed(3);
  const month = `$${gbMonth / 1e6} a GB and month`;
  return [
    {
      item: "storage",
      what: "the upload",
      how: `${shown} GB × ${Math.min(months, uploadMonths)} months at ${month}`,
      amount: Math.ceil(gb * Math.min(months, uploadMonths) * gbMonth),
    },
    {
      item: "storage",
      what: "its frames",
      how: `${shown} GB × ${storedFactor} × ${months} months, to the budget's end, at ${month}`,
      amount: Math.ceil(gb * storedFactor * months * gbMonth),
    },
    {
      item: "storage",
      what: "its release and what the run leaves",
      how: `${trainings * leftGigabytes} GB × ${months} months at ${month}`,
      amount: Math.ceil(trainings * leftGigabytes * months * gbMonth),
    },
  ];
}

export function worstCase(size: RunSize, prices: Prices): readonly CostLine[] {
  const { image = 0, admission } = prices;
  return [
    {
      item: "admission",
      what: "functions, requests, logs",
      how: "every function at its longest, four laps of Ingest, 50,000 requests",
      amount: admission,
    },
    ...storageOf(size, prices),
    {
      item: "image",
      what: "a build of the trainer's image",
      how: "an hour of CodeBuild, where it is missing",
      amount: image,
    },
    ...linesOfJobs(size.timeoutSeconds, prices),
    { item: "jobs", what: "data out of AWS", how: "nothing that a run does leaves the region", amount: 0 },
  ];
}

// What AWS charges, by region: dollars as AWS listed them on a date. A Spot machine never costs more than on demand.
// A region or machine that is not here must be priced in the settings: a bound that is guessed is none.
import type { PriceRow, Prices } from "../../contracts/ledger.ts";
import { secondsAfter, secondsAround, secondsToStop } from "./job-time.ts";

interface Listed {
  readonly usd: number;
  /** Month in which the price was looked up. */
  readonly seen: string;
}

/** Where the figures were looked up, region for region. */
export const priceSource = "https://aws.amazon.com/ec2/pricing/on-demand/";

const onDemand: Readonly<Record<string, Readonly<Record<string, Listed>>>> = {
  "us-east-1": {
    "g5.xlarge": { usd: 1.006, seen: "2026-06" },
    "g6.xlarge": { usd: 0.8048, seen: "2026-07" },
    "g6e.xlarge": { usd: 1.861, seen: "2026-11" },
  },
};
/** What a bucket of S3 Standard answers: `writes` are PUT, COPY, POST and LIST, `reads` are GET, HEAD and the rest; DELETE is free. */
export interface S3Requests {
  readonly writes: number;
  readonly reads: number;
}
/** Of a thousand, as https://aws.amazon.com/s3/pricing/ lists them. */
const perThousand: Readonly<Record<string, Readonly<Record<keyof S3Requests, Listed>>>> = {
  "us-east-1": { writes: { usd: 0.005, seen: "2026-11" }, reads: { usd: 0.0004, seen: "2026-11" } },
};
/** 100 GB of gp3 disk and a public address, an hour. */
const diskAndAddressUsd = 0.0207;
/** Batch may start one machine more than the maximum; nobody needs it, and it goes. */
const overSeconds = 900;
/** One run without its jobs, at most: $0.30 for fifteen minutes of each call of a function, four laps of Ingest among them, and $0.25 for
 * 50,000 requests that write (test/infra/functions.test.ts adds them up). */
const runUsd = 0.6;
/** Of one training of an experiment: its functions at their longest, and 5,000 requests that write. */
const trainingUsd = 0.1;
/** An hour of a medium Linux build at $0.01 a minute, and as long to wait for it, which is free. */
const imageUsd = 0.6;
/** S3 Standard. */
const gbMonthUsd = 0.023;
/** An image of 12 GB through a NAT gateway, at $0.045 a GB. */
const natStartUsd = 12 * 0.045;

const micro = (usd: number) => Math.ceil(usd * 1e6);

/** Micro-dollars of one run without its jobs, at most. */
export const pricePerRun = micro(runUsd);

/** Micro-dollars of one training of an experiment without its jobs, at most. */
export const pricePerTraining = micro(trainingUsd);

/** Micro-dollars of an hour of a machine with disk and address; null where nobody has looked it up. */
export function pricePerHour(region: string, instanceType: string): number | null {
  const listed = onDemand[region]?.[instanceType];
  return listed === undefined ? null : micro(listed.usd + diskAndAddressUsd);
}

/** What is in the table, for whoever compares it with AWS's own list: dollars an hour of the machine alone. */
export function listedPrices(): readonly (Listed & { readonly region: string; readonly machine: string })[] {
  return Object.entries(onDemand).flatMap(([region, machines]) =>
    Object.entries(machines).map(([machine, listed]) => ({ region, machine, ...listed })),
  );
}

export interface Place {
  readonly region: string;
  readonly instanceType: string;
  /** Micro-dollars of an hour, disk and address included. */
  readonly hour: number;
  /** True where a person said the price. */
  readonly said: boolean;
  readonly tries: number;
  readonly waitSeconds: number;
  /** Machines fetch their image through a NAT gateway. */
  readonly nat: boolean;
  /** Micro-dollars of a month in which nothing runs. */
  readonly idleMonth: number;
}

export function pricesOf({ region, instanceType, hour, said, tries, waitSeconds, nat, idleMonth }: Place): Prices {
  const seen = said ? "settings" : (onDemand[region]?.[instanceType]?.seen ?? "settings");
  const row: PriceRow = { region, machine: instanceType, hour, seen };
  return {
    ...{
      admission: pricePerRun,
      training: pricePerTraining,
      trainHour: hour,
      predictHour: hour,
      tries,
      secondsAround,
      secondsAfter,
    },
    ...{ secondsToStop, waitSeconds },
    ...{ overSeconds, startFee: nat ? micro(natStartUsd) : 0, image: micro(imageUsd), gbMonth: micro(gbMonthUsd) },
    ...{ idleMonth, row },
  };
}

/** Micro-dollars of requests to S3; null where nobody has looked up the region. */
export function priceOfRequests(region: string, { writes, reads }: S3Requests): number | null {
  const listed = perThousand[region];
  return listed === undefined ? null : micro((writes * listed.writes.usd + reads * listed.reads.usd) / 1000);
}

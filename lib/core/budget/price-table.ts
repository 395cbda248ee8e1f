// What an hour of a GPU machine costs on demand and what S3 takes for requests, by region: dollars as AWS listed them on a date. A Spot
// machine never costs more.
// A region or machine that is not here must be priced in the settings: a bound that is guessed is none.

interface Listed {
  readonly usd: number;
  /** Month in which the price was looked up. */
  readonly seen: string;
}

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
/** One run without its jobs, at most: fifteen minutes of every function, four laps of Ingest, 50,000 requests, a build's share. */
const runUsd = 0.5;

const micro = (usd: number) => Math.ceil(usd * 1e6);

/** Micro-dollars of one run without its jobs, at most. */
export const pricePerRun = micro(runUsd);

/** Micro-dollars of an hour of a machine with disk and address; null where nobody has looked it up. */
export function pricePerHour(region: string, instanceType: string): number | null {
  const listed = onDemand[region]?.[instanceType];
  return listed === undefined ? null : micro(listed.usd + diskAndAddressUsd);
}

/** Micro-dollars of requests to S3; null where nobody has looked up the region. */
export function priceOfRequests(region: string, { writes, reads }: S3Requests): number | null {
  const listed = perThousand[region];
  return listed === undefined ? null : micro((writes * listed.writes.usd + reads * listed.reads.usd) / 1000);
}

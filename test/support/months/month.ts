// A month of uploads through the real steps, over a bucket in memory, Batch as ./batch.ts has it, and a clock that jumps from event to
// event. At each of them AWS's bill until then is held against what the ledger has committed.
import { budgetConfig } from "../../../lib/contracts/config.ts";
import { dataKeys, registryKeys } from "../../../lib/contracts/layout.ts";
import type { Ledger, Prices } from "../../../lib/contracts/ledger.ts";
import { recipe } from "../../../lib/contracts/recipe.ts";
import { runRequest } from "../../../lib/contracts/run.ts";
import { secondsToStop } from "../../../lib/core/budget/job-time.ts";
import { ledgerReader } from "../../../lib/core/budget/ledger-document.ts";
import { committed } from "../../../lib/core/budget/limits.ts";
import { pricePerHour, pricesOf } from "../../../lib/core/budget/price-table.ts";
import { proveCost, type SeenJob } from "../../../lib/core/budget/proof.ts";
import { digestOf } from "../../../lib/core/config/canonical.ts";
import { documentBytes, type Found, findDocument, readDocument } from "../../../lib/core/registry/cas.ts";
import { admit } from "../../../lib/core/steps/admit.ts";
import { reserve } from "../../../lib/core/steps/reserve.ts";
import { settleRun } from "../../../lib/core/steps/settle.ts";
import type { TrainInput } from "../../../lib/core/steps/types.ts";
import { memoryStores } from "../memory-store.ts";
import { firstObjects, split } from "../model/programs.ts";
import { testConfig, testRequest } from "../run-request.ts";
import { Batch, type BatchLimits, chanceFrom, type Weather } from "./batch.ts";

export interface Month {
  readonly name: string;
  readonly weather: Weather;
  readonly uploadsPerDay: number;
  readonly uploadBytes: number;
  readonly capUsd: number;
  readonly days: number;
  /** What promise and proof reckon with instead of what they do; for tests of the comparison. */
  readonly prices?: Partial<Prices>;
}

export interface MonthSeen {
  readonly runs: number;
  readonly released: number;
  readonly failed: number;
  readonly rejected: number;
  /** Micro-dollars: AWS's bill at the end, what is committed then, and the most that was ever committed. */
  readonly bill: number;
  readonly committed: number;
  readonly peak: number;
  /** The least that was ever between what machines had cost and what was committed for them. */
  readonly margin: number;
}

const start = Date.parse("2026-12-01T00:00:00Z");
const day = 86_400;
const timeoutSeconds = 21_600;
const limits: BatchLimits = { tries: 2, waitSeconds: 3600, killSeconds: timeoutSeconds + secondsToStop };
const idleMonth = 2_870_000;
/** What functions, requests and logs of one run have cost, generously. */
const functionsUsd = 30_000;
/** Of one GB in S3, and what a run leaves there. */
const gbMonth = 23_000;
const leftBytes = 0.1e9;
const ingestSeconds = 120;

export async function liveMonth(month: Month, seed: number): Promise<MonthSeen> {
  return new Living(month, seed).live();
}

class Living {
  readonly #month: Month;
  readonly #stores = memoryStores();
  readonly #batch: Batch;
  readonly #chance: () => number;
  readonly #jobs = new Map<string, SeenJob[]>();
  readonly #queue: { readonly at: number; readonly work: () => Promise<void> }[] = [];
  readonly #seen = { runs: 0, released: 0, failed: 0, rejected: 0, peak: 0, margin: Number.POSITIVE_INFINITY };
  readonly #stored: { readonly at: number; readonly bytes: number }[] = [];
  readonly #budget;
  #read: Found<Ledger> | null = null;
  #admitted = 0;
  #now = 0;
  #ids = 0;

  constructor(month: Month, seed: number) {
    this.#month = month;
    this.#chance = chanceFrom(seed);
    this.#batch = new Batch(month.weather, limits, this.#chance);
    const ends = new Date(start + month.days * day * 1000).toISOString();
    this.#budget = budgetConfig.parse({ capUsd: month.capUsd, ends });
  }

  async live(): Promise<MonthSeen> {
    for (const [key, text] of firstObjects())
      await this.#stores.data.create(key.replace(/^data\//, ""), Buffer.from(text));
    const { days, uploadsPerDay } = this.#month;
    // No upload in the last twelve hours, so that the last run is settled at the month's end.
    for (let upload = 0; upload < (days - 0.5) * uploadsPerDay; upload += 1) {
      const at = ((upload + this.#chance()) / uploadsPerDay) * day;
      if (at < (days - 0.5) * day) this.#later(at, () => this.#begin(this.#nextId(), `u${upload}`));
    }
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.#now = next.at;
      await this.#compare();
      await next.work();
      await this.#compare();
    }
    this.#now = days * day;
    const held = await this.#compare();
    const { margin, peak, ...counts } = this.#seen;
    return { ...counts, bill: Math.ceil(this.#bill()), committed: held, peak, margin: Math.floor(margin) };
  }

  #later(at: number, work: () => Promise<void>): void {
    this.#queue.push({ at, work });
    this.#queue.sort((a, b) => a.at - b.at);
  }

  #nextId(): string {
    this.#ids += 1;
    return String(this.#ids).padStart(26, "0");
  }

  readonly #clock = { now: () => new Date(start + this.#now * 1000) };

  /** AWS's bill until now: machines, what idles, functions, storage. */
  #bill(): number {
    const idle = (idleMonth * this.#now) / (this.#month.days * day);
    const stored = this.#stored.reduce(
      (sum, { at, bytes }) => sum + ((bytes / 1e9) * gbMonth * (this.#now - at)) / (30 * day),
      0,
    );
    return this.#batch.billAt(this.#now) + idle + this.#admitted * functionsUsd + stored;
  }

  async #compare(): Promise<number> {
    const ledger = await this.#ledger();
    // Before the first promise nothing was started, and what idles is not the ledger's yet.
    if (ledger === null) return 0;
    const held = committed(ledger);
    if (ledger.closed !== null) throw new Error(`closed: ${ledger.closed.reason}`);
    if (held > ledger.cap) throw new Error(`${held} is committed and the cap is ${ledger.cap}`);
    const at = this.#clock.now().toISOString();
    const bill = this.#bill();
    if (bill > held) throw new Error(`${bill} was spent and ${held} is committed, at ${at}`);
    const margin = heldForJobs(ledger) - this.#batch.billAt(this.#now);
    if (margin < 0) throw new Error(`machines have cost ${-margin} more than is committed for them, at ${at}`);
    this.#seen.peak = Math.max(this.#seen.peak, held);
    // Before its first job nothing is held for one.
    if (this.#jobs.size > 0) this.#seen.margin = Math.min(this.#seen.margin, margin);
    return held;
  }

  async #ledger(): Promise<Ledger | null> {
    const key = registryKeys.ledger(this.#budget.name);
    const there = await this.#stores.registry.head(key);
    if (there?.etag !== this.#read?.etag) this.#read = await findDocument(this.#stores.registry, key, ledgerReader);
    return this.#read?.value ?? null;
  }

  #ports() {
    const machine = ["us-east-1", "g6.xlarge"] as const;
    const place = { region: machine[0], instanceType: machine[1], said: false, nat: false, idleMonth };
    const hour = pricePerHour(...machine) ?? Number.NaN;
    const { tries, waitSeconds } = limits;
    const prices = { ...pricesOf({ ...place, hour, tries, waitSeconds }), ...this.#month.prices };
    const requests = {
      read: async (runId: string) => (await readDocument(this.#stores.data, dataKeys.request(runId), runRequest)).value,
    };
    return {
      ...{ stores: this.#stores, clock: this.#clock, prices, requests, whenBusy: "wait" as const },
      trainer: { version: async () => "1" },
      ids: { next: () => this.#nextId() },
      costs: {
        of: async (runId: string, { staged }: { readonly staged: readonly SeenJob["kind"][] }) =>
          proveCost(this.#jobs.get(runId) ?? [], staged, prices),
      },
      notifier: { tell: async () => undefined },
      start: async (next: { readonly runId: string; readonly location: string }) => {
        const upload = /([^/]+)\.zip$/.exec(next.location)?.[1] ?? "";
        this.#later(this.#now + 1, () => this.#begin(next.runId, upload));
      },
    };
  }

  async #begin(runId: string, upload: string): Promise<void> {
    const config = testConfig({ budget: this.#budget });
    const plan = recipe.parse({
      ...{ schema: "bobbin/recipe/1", name: upload, args: {}, timeoutSeconds },
    });
    const bytes = this.#month.uploadBytes;
    const request = testRequest("-", {
      ...{ runId, config, configSha256: digestOf(config), recipe: plan, recipeSha256: digestOf(plan) },
      source: { location: `incoming/trays/${upload}.zip`, versionId: "v1", sha256: null, bytes },
    });
    await this.#stores.data.create(dataKeys.request(runId), documentBytes(request));
    const said = await admit({ runId }, this.#ports());
    if (said.outcome === "waiting") return;
    this.#seen.runs += 1;
    if (said.outcome !== "admitted") return this.#settle({ runId, admit: said });
    this.#admitted += 1;
    // The zip and the frames out of it, and what the run leaves.
    this.#stored.push({ at: this.#now, bytes: 2 * bytes + leftBytes });
    this.#later(this.#now + ingestSeconds, () => this.#reserve({ runId, admit: said }));
  }

  async #reserve(input: TrainInput): Promise<void> {
    const said = await reserve({ ...input, split }, this.#ports());
    const next = { ...input, reserve: said };
    if (said.outcome !== "reserved") return this.#settle(next);
    return this.#job("train", { ...next, stage: { BOBBIN_JOB: "train" } });
  }

  async #job(kind: SeenJob["kind"], input: TrainInput): Promise<void> {
    const { runId } = input;
    const { job, failed } = this.#batch.run(kind, `${runId}-${kind}`, this.#now, start);
    this.#jobs.set(runId, [...(this.#jobs.get(runId) ?? []), job]);
    const ended = ((job.endedAt ?? start) - start) / 1000;
    const error = { Error: "JobKilled", Cause: "the job failed" };
    this.#later(ended, () => {
      if (failed) return this.#settle({ ...input, error });
      if (kind === "train") return this.#job("predict", { ...input, stage: { BOBBIN_JOB: "predict" } });
      return this.#settle({ ...input, publish: { version: "v0", releaseSha256: "" } });
    });
  }

  async #settle(input: TrainInput): Promise<void> {
    const { outcome } = await settleRun(input, this.#ports());
    if (outcome === "released" || outcome === "failed" || outcome === "rejected") this.#seen[outcome] += 1;
  }
}

/** Of all that is committed, what may go to machines. */
function heldForJobs({ entries, folded }: Ledger): number {
  const open = entries.filter(({ item }) => item === "jobs");
  const rows = folded.filter(({ item }) => item === "jobs");
  return (
    open.reduce((sum, { settled, promised }) => sum + (settled ?? promised), 0) +
    rows.reduce((sum, { settled }) => sum + settled, 0)
  );
}

// Batch over a month, as AWS bills it: by the second, a minute at least, disk and address with every machine; machines that stay behind,
// one too many, images that cannot be pulled, machines that are up and take no job. Chance comes from a seed.
import type { SeenJob } from "../../../lib/core/budget/proof.ts";

/** How a month goes. Shares are of all attempts of jobs. */
export interface Weather {
  /** Of a machine alone, micro-dollars an hour. */
  readonly hour: number;
  readonly trainMinutes: readonly [number, number];
  readonly predictMinutes: readonly [number, number];
  /** Spot takes the machine away before the job is done. */
  readonly lost: number;
  /** The image cannot be fetched. */
  readonly noImage: number;
  /** A machine comes up and never takes the job, until the queue gives it up. */
  readonly stuck: number;
  /** No machine is to be had, until the queue gives up. */
  readonly noMachine: number;
  /** Batch starts one machine too many. */
  readonly surplus: number;
  /** The trainer hangs, until Batch ends it. */
  readonly hangs: number;
  /** Seconds that a machine stays which nobody needs any more, or ever needed. */
  readonly staySeconds: readonly [number, number];
}

export interface BatchLimits {
  readonly tries: number;
  readonly waitSeconds: number;
  /** When a start that hangs is dead at the latest. */
  readonly killSeconds: number;
}

/** Micro-dollars an hour of 100 GB of gp3 and a public address. */
const diskAndAddress = 20_700;
const bootSeconds: readonly [number, number] = [60, 300];
const pullSeconds: readonly [number, number] = [60, 480];

interface Machine {
  readonly from: number;
  readonly to: number;
}

/** Seconds since the month's begin, everywhere here. */
export class Batch {
  readonly #weather: Weather;
  readonly #limits: BatchLimits;
  readonly #chance: () => number;
  readonly #machines: Machine[] = [];
  /** The machine that ran the last job, while it stays. */
  #idle: { readonly index: number; readonly until: number } | null = null;

  constructor(weather: Weather, limits: BatchLimits, chance: () => number) {
    this.#weather = weather;
    this.#limits = limits;
    this.#chance = chance;
  }

  /** What all machines have cost until a moment, in micro-dollars. */
  billAt(now: number): number {
    const { hour } = this.#weather;
    const seconds = this.#machines
      .filter(({ from }) => from < now)
      .reduce((sum, { from, to }) => sum + Math.max(60, Math.min(to, now) - from), 0);
    return (seconds * (hour + diskAndAddress)) / 3600;
  }

  /** A job from its submission to its end, machines and all. @param start of the month, milliseconds since 1970 */
  run(
    kind: SeenJob["kind"],
    id: string,
    submitted: number,
    start: number,
  ): { readonly job: SeenJob; readonly failed: boolean } {
    const attempts: { startedAt: number | null; stoppedAt: number }[] = [];
    let now = submitted;
    const at = (seconds: number) => start + Math.round(seconds * 1000);
    const ended = (failed: boolean) => ({
      failed,
      job: { id, kind, createdAt: at(submitted), endedAt: at(now), attempts },
    });
    for (let number = 1; ; number += 1) {
      const machine = this.#machine(now);
      if (machine === null) {
        now += this.#limits.waitSeconds;
        return ended(true);
      }
      if (machine.ready === null) {
        now = machine.until;
        if (machine.began) attempts.push({ startedAt: null, stoppedAt: at(now) });
        return ended(true);
      }
      const begins = machine.ready;
      const { seconds, how } = this.#work(kind);
      now = begins + seconds;
      attempts.push({ startedAt: at(begins), stoppedAt: at(now) });
      this.#stays(machine.index, now, how === "lost" ? 0 : this.#between(this.#weather.staySeconds));
      if (how !== "lost") return ended(how === "hangs");
      if (number === this.#limits.tries) return ended(true);
    }
  }

  /** A machine for an attempt: where it is ready; null where there was none. */
  #machine(now: number) {
    const { noMachine, stuck, noImage } = this.#weather;
    if (this.#idle !== null && now < this.#idle.until) return { index: this.#idle.index, ready: now + 5 };
    if (this.#happens(this.#weather.surplus))
      this.#machines.push({ from: now, to: now + this.#between(this.#weather.staySeconds) });
    if (this.#happens(noMachine)) return null;
    const index = this.#machines.push({ from: now, to: Number.POSITIVE_INFINITY }) - 1;
    if (this.#happens(stuck)) {
      const until = now + this.#limits.waitSeconds;
      this.#stays(index, until, this.#between(this.#weather.staySeconds));
      return { index, ready: null, until, began: false };
    }
    const up = now + this.#between(bootSeconds);
    const ready = up + this.#between(pullSeconds);
    if (!this.#happens(noImage)) return { index, ready };
    this.#stays(index, ready, this.#between(this.#weather.staySeconds));
    return { index, ready: null, until: ready, began: true };
  }

  #work(kind: SeenJob["kind"]): { readonly seconds: number; readonly how: "done" | "lost" | "hangs" } {
    const { trainMinutes, predictMinutes, hangs, lost } = this.#weather;
    if (this.#happens(hangs)) return { seconds: this.#limits.killSeconds - this.#chance(), how: "hangs" };
    const whole = 60 * this.#between(kind === "train" ? trainMinutes : predictMinutes);
    return this.#happens(lost) ? { seconds: whole * this.#chance(), how: "lost" } : { seconds: whole, how: "done" };
  }

  #stays(index: number, until: number, more: number): void {
    const machine = this.#machines[index];
    if (machine === undefined) throw new RangeError(`no machine ${index}`);
    this.#machines[index] = { ...machine, to: until + more };
    this.#idle = more === 0 ? null : { index, until: until + more };
  }

  #happens(share: number): boolean {
    return this.#chance() < share;
  }

  #between([from, to]: readonly [number, number]): number {
    return from + this.#chance() * (to - from);
  }
}

/** Numbers in [0, 1) from a seed (mulberry32). */
export function chanceFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

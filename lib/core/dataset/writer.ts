// The one interface of every format that is written. A writer turns frames into files, and says of each label that the format
// cannot hold that it is left out, or what of it is.
import type { Label } from "../../contracts/dataset.ts";

export interface WrittenFrame {
  /** The frame's name: its path in a data set. */
  readonly name: string;
  /** Pixels after the EXIF turn, in which the labels are. */
  readonly width: number;
  readonly height: number;
  readonly labelled: boolean;
  readonly labels: readonly Label[];
  /** train, val or test, where something says so. */
  readonly part: string | null;
  /** The bytes are good until another image is asked for. null: the image is not here. */
  readonly image: (() => Promise<Uint8Array>) | null;
}

export interface OutFile {
  readonly path: string;
  readonly bytes: Uint8Array | AsyncIterable<Uint8Array>;
}

/** What a format cannot hold. */
export interface Loss {
  /** e.g. `3 × ellipse`; counted over all frames. */
  readonly what: string;
  readonly count: number;
  /** True: the whole label is gone. False: it is there without this. */
  readonly label: boolean;
}

export class Losses {
  readonly #counts = new Map<string, { count: number; label: boolean }>();

  add(what: string, label: boolean): void {
    const known = this.#counts.get(what);
    if (known === undefined) this.#counts.set(what, { count: 1, label });
    else known.count += 1;
  }

  /** Sorted by what was lost. */
  list(): readonly Loss[] {
    return [...this.#counts].map(([what, rest]) => ({ what, ...rest })).sort((a, b) => (a.what < b.what ? -1 : 1));
  }

  /** Labels that are not in the files at all. */
  get labels(): number {
    return [...this.#counts.values()].reduce((sum, { count, label }) => sum + (label ? count : 0), 0);
  }
}

/** Numbers of classes, from 0 in the order in which they are first named: some formats name them nowhere but at their labels. */
export class ClassIds {
  readonly #ids = new Map<string, number>();

  constructor(names: readonly string[]) {
    for (const name of names) this.idOf(name);
  }

  idOf(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    this.#ids.set(name, this.#ids.size);
    return this.#ids.size - 1;
  }

  get names(): readonly string[] {
    return [...this.#ids.keys()];
  }
}

export interface WriteOptions {
  readonly classes: ClassIds;
  readonly losses: Losses;
}

export interface Writer {
  readonly id: string;
  readonly title: string;
  /** Files, some of them while the frames are still coming: each must be stored before the next is asked for. */
  write(frames: AsyncIterable<WrittenFrame>, options: WriteOptions): AsyncGenerator<OutFile>;
}

/** Pixels with four digits: finer than any of the formats' readers, without the noise of binary fractions. */
export const pixels = (value: number): number => Math.round(value * 10_000) / 10_000;

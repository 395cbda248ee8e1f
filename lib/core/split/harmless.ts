// Frames that may be the same picture in two parts, since somebody said by name why that leaks nothing.
import type { Config } from "../../contracts/config.ts";

export interface Harmless {
  /** True for two frames of one entry. */
  has(a: string, b: string): boolean;
  /** True for a frame of any entry. */
  names(frame: string): boolean;
}

export function harmlessPairs(entries: Config["harmless"] = []): Harmless {
  const entriesOf = new Map<string, Set<number>>();
  for (const [entry, { frames }] of entries.entries()) {
    for (const frame of frames) entriesOf.set(frame, (entriesOf.get(frame) ?? new Set()).add(entry));
  }
  return {
    has(a, b) {
      const [first, second] = [entriesOf.get(a), entriesOf.get(b)];
      return first !== undefined && second !== undefined && [...first].some((entry) => second.has(entry));
    },
    names: (frame) => entriesOf.has(frame),
  };
}

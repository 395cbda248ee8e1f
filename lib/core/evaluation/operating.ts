// The operating point: the one confidence from which a box counts, and precision and recall there, at IoU 0.5.
import type { Matches } from "./match.ts";

/** Right and wrong boxes at or above a confidence, at IoU 0.5. */
export interface Hits {
  readonly found: number;
  readonly alarms: number;
}

/** @param ranked indices of matches by falling score; null threshold: none counts */
export function hitsAbove(matches: Matches, ranked: Uint32Array, threshold: number | null): Hits {
  let found = 0;
  let alarms = 0;
  if (threshold === null) return { found, alarms };
  for (const at of ranked) {
    if ((matches.scores[at] as number) < threshold) break;
    if (((matches.hits[at] as number) & 1) !== 0) found++;
    else if (((matches.ignored[at] as number) & 1) === 0) alarms++;
  }
  return { found, alarms };
}

/** F1 of boxes found, false alarms and truths; null without truth. */
export function f1(hits: Hits, truths: number): number | null {
  return truths === 0 ? null : (2 * hits.found) / (hits.found + hits.alarms + truths);
}

/**
 * The confidence of the best F1 at IoU 0.5, all classes counted together; the highest of equals.
 * Greedy matching goes by falling confidence, so cutting the list does not change who matched whom above the cut.
 * @param ranked indices of matches of every class, by falling score
 * @returns null without truth; 1 where no box is right at any confidence
 */
export function chooseThreshold(matches: Matches, ranked: Uint32Array, truths: number): number | null {
  if (truths === 0) return null;
  let found = 0;
  let alarms = 0;
  let best = 0;
  let threshold = 1;
  for (let i = 0; i < ranked.length; i++) {
    const at = ranked[i] as number;
    if (((matches.hits[at] as number) & 1) !== 0) found++;
    else if (((matches.ignored[at] as number) & 1) === 0) alarms++;
    const score = matches.scores[at] as number;
    const next = ranked[i + 1];
    // Boxes of one confidence pass together or not at all.
    if (next !== undefined && matches.scores[next] === score) continue;
    const here = f1({ found, alarms }, truths) ?? 0;
    if (here > best) {
      best = here;
      threshold = score;
    }
  }
  return threshold;
}

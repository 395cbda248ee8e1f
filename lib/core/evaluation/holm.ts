// Several questions asked of one test set: Holm's correction. Of the smallest p times all questions, the next times one less, and so
// on, none smaller than the one before: then the chance that any "yes" is wrong stays below alpha, however the questions hang together.

/** The corrected p of each, in the order given. */
export function holm(ps: readonly number[]): readonly number[] {
  const order = ps.map((_, i) => i).sort((a, b) => (ps[a] as number) - (ps[b] as number));
  const corrected = new Array<number>(ps.length).fill(1);
  let least = 0;
  order.forEach((place, rank) => {
    least = Math.max(least, Math.min(1, (ps[place] as number) * (ps.length - rank)));
    corrected[place] = least;
  });
  return corrected;
}

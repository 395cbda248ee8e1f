// Agreement beyond chance for categories: Cohen's kappa and Krippendorff's alpha of two people, from one table of counts.

/** counts[i][j]: how often the first said i and the second j. */
export type Table = readonly (readonly number[])[];

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Cohen (1960): (observed - expected) / (1 - expected), expected from each one's own shares. null where both said one thing only. */
export function cohenKappa(counts: Table): number | null {
  const total = sum(counts.map(sum));
  if (total === 0) return null;
  const rows = counts.map(sum);
  const columns = counts.map((_, column) => sum(counts.map((row) => row[column] ?? 0)));
  const observed = sum(counts.map((row, at) => row[at] ?? 0)) / total;
  const expected = sum(rows.map((row, at) => (row / total) * ((columns[at] ?? 0) / total)));
  return expected >= 1 ? null : (observed - expected) / (1 - expected);
}

/** Krippendorff (2011), nominal, two coders, nothing missing: 1 - observed / expected disagreement, expected from what both said together. */
export function krippendorffAlpha(counts: Table): number | null {
  const units = sum(counts.map(sum));
  const values = 2 * units;
  const said = counts.map((row, at) => sum(row) + sum(counts.map((other) => other[at] ?? 0)));
  const differing = units - sum(counts.map((row, at) => row[at] ?? 0));
  const alike = sum(said.map((count) => count * (count - 1)));
  const expected = values * (values - 1) - alike;
  return expected <= 0 ? null : 1 - (2 * differing * (values - 1)) / expected;
}

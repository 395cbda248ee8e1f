// The split as one bar of text: how the frames are shared out.

const cells = 48;
const fills = ["█", "▓", "▒", "░"] as const;

/** Widths of whole cells that add up to `total`, by largest remainder; a share above nothing gets at least one. */
function widths(shares: readonly number[], total: number): number[] {
  const sum = shares.reduce((all, share) => all + share, 0);
  if (sum === 0) return shares.map(() => 0);
  const exact = shares.map((share) => (share / sum) * total);
  const whole = exact.map((width, index) => Math.max(Math.floor(width), (shares[index] ?? 0) > 0 ? 1 : 0));
  const order = exact
    .map((width, index) => ({ index, rest: width - Math.floor(width) }))
    .sort((a, b) => b.rest - a.rest);
  for (const { index } of order) {
    if (whole.reduce((all, width) => all + width, 0) >= total) break;
    whole[index] = (whole[index] ?? 0) + 1;
  }
  return whole;
}

/** e.g. `███████▓▓▒▒  train 56 %  val 31 %  test 13 %` */
export function splitBar(parts: readonly { readonly name: string; readonly frames: number }[]): string {
  const sum = parts.reduce((all, { frames }) => all + frames, 0);
  const bar = widths(
    parts.map(({ frames }) => frames),
    cells,
  )
    .map((width, index) => (fills[index] ?? "·").repeat(width))
    .join("");
  const legend = parts.map(
    ({ name, frames }, index) => `${fills[index] ?? "·"} ${name} ${sum === 0 ? 0 : Math.round((100 * frames) / sum)} %`,
  );
  return `${bar}  ${legend.join("  ")}`;
}

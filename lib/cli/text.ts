// Figures and tables as text: pure helpers of the commands.

/** Seconds as people say them: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`;
}

/** A score with three decimals; `–` where there is none. */
export function score(value: number | null | undefined): string {
  return typeof value === "number" ? value.toFixed(3) : "–";
}

/** Width in terminal cells, near enough: combining marks take none, East Asian wide characters two. */
function width(text: string): number {
  let cells = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    cells += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u.test(character)
      ? 2
      : 1;
  }
  return cells;
}

/**
 * Rows as aligned columns, header first. Columns whose cells are all numbers are set to the right.
 * @returns one string a row; none where there is only a header
 */
export function table(rows: readonly (readonly string[])[]): string[] {
  const [header, ...body] = rows;
  if (header === undefined) return [];
  const widths = header.map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ""))));
  const numeric = header.map(
    (_, column) => body.length > 0 && body.every((row) => /^(?:[-+]?[\d.,]+ ?%?|–|)$/.test(row[column] ?? "")),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const space = " ".repeat(Math.max(0, (widths[column] ?? 0) - width(cell)));
        return numeric[column] ? space + cell : cell + space;
      })
      .join("  ")
      .trimEnd(),
  );
}

/** Text without characters that would steer a terminal; names in exports are hostile until proven otherwise. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, "\ufffd");
}

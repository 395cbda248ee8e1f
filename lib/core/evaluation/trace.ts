// The outlines of a mask, for drawing it: along the edges of its pixels, or of larger squares where that is fine enough.
import type { Outline } from "../dataset/outlines.ts";

interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly isOn: (column: number, row: number) => boolean;
}

/** One cell for each square of `step` pixels, on where the pixel in its middle is. */
function gridOf(runs: readonly number[], width: number, height: number, step: number): Grid {
  const [columns, rows] = [Math.ceil(width / step), Math.ceil(height / step)];
  const middle = (cell: number, size: number) => Math.min(size - 1, cell * step + Math.floor(step / 2));
  const columnAt = new Map(Array.from({ length: columns }, (_, column) => [middle(column, width), column]));
  const cells = new Uint8Array(columns * rows);
  let at = 0;
  for (const [index, run] of runs.entries()) {
    const end = at + run;
    for (let x = Math.floor(at / height); index % 2 === 1 && x * height < end; x++) {
      const column = columnAt.get(x);
      if (column === undefined) continue;
      for (let row = 0; row < rows; row++) {
        const place = x * height + middle(row, height);
        if (place >= at && place < end) cells[column * rows + row] = 1;
      }
    }
    at = end;
  }
  const isInside = (column: number, row: number) => column >= 0 && row >= 0 && column < columns && row < rows;
  return { columns, rows, isOn: (column, row) => isInside(column, row) && cells[column * rows + row] === 1 };
}

/** Each side of a cell that faces an empty one, by the corner it starts from; the cell lies to the right of the way. */
function edgesOf({ columns, rows, isOn }: Grid): Map<number, number[]> {
  const corner = (column: number, row: number) => column * (rows + 1) + row;
  const edges = new Map<number, number[]>();
  const add = (from: number, to: number) => {
    const known = edges.get(from);
    if (known === undefined) edges.set(from, [to]);
    else known.push(to);
  };
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      if (!isOn(column, row)) continue;
      if (!isOn(column, row - 1)) add(corner(column, row), corner(column + 1, row));
      if (!isOn(column + 1, row)) add(corner(column + 1, row), corner(column + 1, row + 1));
      if (!isOn(column, row + 1)) add(corner(column + 1, row + 1), corner(column, row + 1));
      if (!isOn(column - 1, row)) add(corner(column, row + 1), corner(column, row));
    }
  }
  return edges;
}

/**
 * Rings along the border of a mask, holes among them: filled by the even-odd rule they are the mask again.
 * @param runs run lengths down the columns; they fill the image
 * @param step pixels of a square; 1 is exact
 */
export function traceMask(runs: readonly number[], width: number, height: number, step = 1): readonly Outline[] {
  const grid = gridOf(runs, width, height, step);
  const edges = edgesOf(grid);
  const placeOf = (corner: number): [number, number] => [
    Math.min(width, Math.floor(corner / (grid.rows + 1)) * step),
    Math.min(height, (corner % (grid.rows + 1)) * step),
  ];
  const rings: Outline[] = [];
  for (const first of edges.keys()) {
    while ((edges.get(first)?.length ?? 0) > 0) {
      const ring: [number, number][] = [];
      // Every corner is left as often as it is reached, so the way ends where it began.
      for (let corner = first; ; ) {
        const next = edges.get(corner)?.pop();
        if (next === undefined) break;
        ring.push(placeOf(corner));
        corner = next;
      }
      rings.push(straightened(ring).flat());
    }
  }
  return rings;
}

/** Without the corners at which the way goes straight on. */
function straightened(ring: readonly [number, number][]): [number, number][] {
  return ring.filter(([x, y], at) => {
    const [before, after] = [ring.at(at - 1), ring[(at + 1) % ring.length]];
    if (before === undefined || after === undefined) return true;
    return !((before[0] === x && after[0] === x) || (before[1] === y && after[1] === y));
  });
}

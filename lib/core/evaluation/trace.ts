// The outlines of a mask: along the edges of its pixels, or for drawing of larger squares where that is fine enough.
import type { Outline } from "../dataset/outlines.ts";

/** Cells down the columns, 1 where the mask is. */
interface Grid {
  readonly cells: Uint8Array;
  readonly columns: number;
  readonly rows: number;
}

/** One way around, in cells: a border with the mask to its right, so that holes run the other way. */
export interface Ring {
  /** x1, y1, x2, y2, …: the corners alone. */
  readonly outline: Outline;
  readonly isHole: boolean;
  /** The cell below the first side: it belongs to the mask that the ring bounds. */
  readonly cell: readonly [column: number, row: number];
}

/** One cell for each square of `step` pixels, on where the pixel in its middle is. */
function gridOf(runs: readonly number[], width: number, height: number, step: number): Grid {
  const [columns, rows] = [Math.ceil(width / step), Math.ceil(height / step)];
  const middle = (cell: number, size: number) => Math.min(size - 1, cell * step + Math.floor(step / 2));
  const pixels = filled(runs, width * height);
  if (step === 1) return { cells: pixels, columns, rows };
  const cells = new Uint8Array(columns * rows);
  for (let at = 0; at < cells.length; at++) {
    const [column, row] = [Math.floor(at / rows), at % rows];
    cells[at] = pixels[middle(column, width) * height + middle(row, height)] ?? 0;
  }
  return { cells, columns, rows };
}

/** The pixels of run lengths; the first `skipped` of them, all off, are left away. */
function filled(runs: readonly number[], size: number, skipped = 0): Uint8Array {
  const cells = new Uint8Array(size);
  let at = -skipped;
  for (const [index, run] of runs.entries()) {
    if (index % 2 === 1) cells.fill(1, at, at + run);
    at += run;
  }
  return cells;
}

/** Right, down, left, up. */
const ways = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;
/** From a corner, the cells to the right and to the left of the way that leads on. */
const aheadRight = [
  [0, 0],
  [-1, 0],
  [-1, -1],
  [0, -1],
] as const;
const aheadLeft = [
  [0, -1],
  [0, 0],
  [-1, 0],
  [-1, -1],
] as const;

class Tracer {
  readonly #grid: Grid;
  /** Cells whose upper side is part of a ring already. */
  readonly #seen: Uint8Array;

  constructor(grid: Grid) {
    this.#grid = grid;
    this.#seen = new Uint8Array(grid.cells.length);
  }

  #isOn(column: number, row: number): boolean {
    const { cells, columns, rows } = this.#grid;
    return column >= 0 && row >= 0 && column < columns && row < rows && cells[column * rows + row] === 1;
  }

  /** null where the rings have more than `most` corners. Every ring has an upper side, and the first that is found is a corner. */
  rings(most: number): Ring[] | null {
    const { cells, rows } = this.#grid;
    const found: Ring[] = [];
    let left = most;
    for (let at = cells.indexOf(1); at !== -1; ) {
      if (this.#seen[at] === 0) {
        const ring = this.#follow(Math.floor(at / rows), at % rows, left);
        if (ring === null) return null;
        left -= ring.outline.length / 2;
        found.push(ring);
      }
      const foot = (Math.floor(at / rows) + 1) * rows;
      const off = cells.indexOf(0, at);
      at = cells.indexOf(1, off === -1 ? foot : Math.min(off, foot));
    }
    return found;
  }

  /** Cells that meet at a corner alone are taken for one. */
  #turn(way: number, x: number, y: number): number {
    const [left, right] = [aheadLeft[way] ?? [0, 0], aheadRight[way] ?? [0, 0]];
    if (this.#isOn(x + left[0], y + left[1])) return (way + 3) % 4;
    return this.#isOn(x + right[0], y + right[1]) ? way : (way + 1) % 4;
  }

  #follow(column: number, row: number, most: number): Ring | null {
    const outline: number[] = [];
    let [x, y, way, turned, doubleArea] = [column, row, 0, true, 0];
    do {
      if (turned) outline.push(x, y);
      if (outline.length > 2 * most) return null;
      if (way === 0) this.#seen[x * this.#grid.rows + y] = 1;
      const [dx, dy] = ways[way] ?? [0, 0];
      doubleArea += x * dy - y * dx;
      x += dx;
      y += dy;
      const next = this.#turn(way, x, y);
      turned = next !== way;
      way = next;
    } while (x !== column || y !== row || way !== 0);
    return { outline, isHole: doubleArea < 0, cell: [column, row] };
  }
}

/**
 * Rings along the border of a mask, holes among them: filled by the even-odd rule they are the mask again.
 * @param runs run lengths down the columns; they fill the image
 * @param step pixels of a square; 1 is exact
 */
export function traceMask(runs: readonly number[], width: number, height: number, step = 1): readonly Outline[] {
  const rings = new Tracer(gridOf(runs, width, height, step)).rings(Number.POSITIVE_INFINITY) ?? [];
  return rings.map(({ outline }) => outline.map((value, at) => Math.min(at % 2 === 0 ? width : height, value * step)));
}

/**
 * The rings of a mask in pixels; null where they have more than `most` corners.
 * @param columns the first column with a pixel that is on, and one past the last: no memory is spent on the others
 */
export function ringsOf(
  runs: readonly number[],
  height: number,
  [left, right]: readonly [number, number],
  most: number,
): readonly Ring[] | null {
  const cells = filled(runs, (right - left) * height, left * height);
  const rings = new Tracer({ cells, columns: right - left, rows: height }).rings(most);
  if (rings === null) return null;
  return rings.map(({ outline, isHole, cell: [column, row] }) => ({
    outline: outline.map((value, at) => (at % 2 === 0 ? value + left : value)),
    isHole,
    cell: [column + left, row],
  }));
}

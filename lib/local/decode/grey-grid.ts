// Reduces decoded pixels to the small grey picture that is hashed.
import { side } from "./phash.ts";

/** Samples a cell's side has at most: more would change its mean by nothing that a hash can see. */
const samples = 8;

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 1 or 2: grey first; 3 or 4: red, green, blue first. */
  readonly channels: number;
}

/** @param data 8 bits a channel, row by row. @returns the mean grey of each cell of a grid of 32 x 32 */
export function greyGrid(data: Uint8Array, { width, height, channels }: Pixels): Uint8Array {
  const grid = new Uint8Array(side * side);
  const columns = cuts(width);
  const rows = cuts(height);
  const [green, blue] = channels >= 3 ? [1, 2] : [0, 0];
  for (const [y, row] of rows.entries()) {
    for (const [x, column] of columns.entries()) {
      let sum = 0;
      for (let py = row.from; py < row.to; py += row.step) {
        const end = (py * width + column.to) * channels;
        for (let at = (py * width + column.from) * channels; at < end; at += column.step * channels) {
          sum += (data[at] ?? 0) + 2 * (data[at + green] ?? 0) + (data[at + blue] ?? 0);
        }
      }
      grid[y * side + x] = Math.round(sum / (4 * row.count * column.count));
    }
  }
  return grid;
}

/** Where each cell begins and ends, at least one pixel long, and how far apart its samples are. */
function cuts(length: number) {
  return Array.from({ length: side }, (_, index) => {
    const from = Math.min(Math.floor((index * length) / side), length - 1);
    const to = Math.max(Math.floor(((index + 1) * length) / side), from + 1);
    const step = Math.ceil((to - from) / samples);
    return { from, to, step, count: Math.ceil((to - from) / step) };
  });
}

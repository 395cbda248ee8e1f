// Reduces decoded pixels to the two small grey pictures that frames are told apart by: one that is hashed, one that is kept.
import { side } from "./phash.ts";

/** Points of a cell's side; more would change its mean by nothing that can be seen. */
const points = 8;
/** Cells of the hashed picture in one of the kept picture's, along a side. */
const joined = 2;

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 1 or 2: grey first; 3 or 4: red, green, blue first. */
  readonly channels: number;
}

export interface SmallPictures {
  /** 32 x 32 means. */
  readonly grid: Uint8Array;
  /** 16 x 16 means. */
  readonly thumb: Uint8Array;
}

/**
 * Cells are cut at fractions of a pixel and each is seen at points spread evenly over it: a picture of another size gives the same means.
 * @param data 8 bits a channel, row by row
 */
export function smallPictures(data: Uint8Array, { width, height, channels }: Pixels): SmallPictures {
  const columns = places(width, channels);
  const rows = places(height, width * channels);
  const [green, blue] = channels >= 3 ? [1, 2] : [0, 0];
  const sums = new Uint32Array(side * side);
  for (let y = 0; y < rows.length; y++) {
    const row = rows[y] ?? 0;
    const first = Math.floor(y / points) * side;
    for (let cell = 0; cell < side; cell++) {
      let sum = 0;
      const end = (cell + 1) * points;
      for (let x = end - points; x < end; x++) {
        const at = row + (columns[x] ?? 0);
        sum += (data[at] ?? 0) + 2 * (data[at + green] ?? 0) + (data[at + blue] ?? 0);
      }
      sums[first + cell] = (sums[first + cell] ?? 0) + sum;
    }
  }
  const grid = Uint8Array.from(sums, (sum) => Math.round(sum / (4 * points * points)));
  return { grid, thumb: joinedCells(sums) };
}

function joinedCells(sums: Uint32Array): Uint8Array {
  const small = side / joined;
  const totals = new Float64Array(small * small);
  for (const [cell, sum] of sums.entries()) {
    const [x, y] = [Math.floor((cell % side) / joined), Math.floor(cell / side / joined)];
    totals[y * small + x] = (totals[y * small + x] ?? 0) + sum;
  }
  return Uint8Array.from(totals, (sum) => Math.round(sum / (4 * points * points * joined * joined)));
}

/** Where the pixels nearest to points spread evenly over a length lie. */
function places(length: number, stride: number): Int32Array {
  const count = side * points;
  return Int32Array.from({ length: count }, (_, index) => Math.floor(((index + 0.5) * length) / count) * stride);
}

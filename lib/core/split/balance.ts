// The arithmetic of a split under way: how far frames and classes are from the wanted shares, and what a change would do.

/** Index of train, val, test. */
export type Place = 0 | 1 | 2;
export const places: readonly Place[] = [0, 1, 2];

/**
 * Groups as rows of shares: column 0 is the group's share of all frames, each further column its share of a class's boxes.
 * Every column adds up to 1.
 */
export interface ShareTable {
  readonly rows: number;
  readonly columns: number;
  /** Row after row. */
  readonly shares: Float64Array;
  /** Wanted share of train, val and test; they add up to 1. */
  readonly wanted: readonly [number, number, number];
}

/** Squared distance from the wanted shares: of frames alone, and of frames and classes together (classes by their mean). */
export interface Cost {
  readonly frames: number;
  readonly all: number;
}

/** Where every group stands, with the running residual (share got minus share wanted) of every part and column. */
export class Balance {
  readonly #table: ShareTable;
  readonly #place: (Place | null)[];
  readonly #residual: Float64Array;
  readonly #held = [0, 0, 0];
  readonly #classWeight: number;

  /** Starts with every group nowhere. */
  constructor(table: ShareTable) {
    this.#table = table;
    this.#place = Array.from({ length: table.rows }, () => null);
    this.#residual = new Float64Array(3 * table.columns);
    for (const place of places) {
      this.#residual.fill(-table.wanted[place], place * table.columns, (place + 1) * table.columns);
    }
    this.#classWeight = table.columns > 1 ? 1 / (table.columns - 1) : 0;
  }

  placeOf(row: number): Place | null {
    return this.#place[row] ?? null;
  }

  /** Groups in a part. */
  held(place: Place): number {
    return this.#held[place] ?? 0;
  }

  /** Puts a group into a part, out of the one where it stood. */
  put(row: number, place: Place): void {
    const from = this.placeOf(row);
    if (from !== null) this.#count(row, from, -1);
    this.#count(row, place, 1);
    this.#place[row] = place;
  }

  cost(): Cost {
    const { columns } = this.#table;
    let frames = 0;
    let classes = 0;
    for (let index = 0; index < this.#residual.length; index++) {
      const distance = this.#residual[index] ?? 0;
      if (index % columns === 0) frames += distance * distance;
      else classes += distance * distance;
    }
    return { frames, all: frames + classes * this.#classWeight };
  }

  /** The change in cost if `row` went from `from` to `to`, and `other`, where one is given, came back in exchange. */
  change(row: number, from: Place, to: Place, other: number | null): Cost {
    const { columns, shares } = this.#table;
    const [leaving, source, target] = [row * columns, from * columns, to * columns];
    const coming = other === null ? -1 : other * columns;
    let frames = 0;
    let classes = 0;
    for (let column = 0; column < columns; column++) {
      const back = coming < 0 ? 0 : (shares[coming + column] ?? 0);
      const share = (shares[leaving + column] ?? 0) - back;
      const gap = (this.#residual[target + column] ?? 0) - (this.#residual[source + column] ?? 0);
      const change = 2 * share * (gap + share);
      if (column === 0) frames = change;
      else classes += change;
    }
    return { frames, all: frames + classes * this.#classWeight };
  }

  /** The cost that `row`, standing nowhere, would add in `place`. */
  added(row: number, place: Place): number {
    const { columns, shares } = this.#table;
    let sum = 0;
    for (let column = 0; column < columns; column++) {
      const share = shares[row * columns + column] ?? 0;
      const residual = this.#residual[place * columns + column] ?? 0;
      sum += share * (2 * residual + share) * (column === 0 ? 1 : this.#classWeight);
    }
    return sum;
  }

  #count(row: number, place: Place, sign: 1 | -1): void {
    const { columns, shares } = this.#table;
    this.#held[place] = this.held(place) + sign;
    for (let column = 0; column < columns; column++) {
      const at = place * columns + column;
      this.#residual[at] = (this.#residual[at] ?? 0) + sign * (shares[row * columns + column] ?? 0);
    }
  }
}

// Sorting by falling score, equal scores in the order they came: the order every COCO figure hangs on.

/** Below this a comparison sort is faster than counting 65,536 buckets. */
const radixFrom = 4096;

/** Bits of each double as two unsigned words (low, high) that together rise while the score falls. */
function fallingKeys(scores: Float64Array): Uint32Array {
  // Adding 0 turns -0 into 0: the two are the same score.
  const words = new Uint32Array(scores.map((score) => score + 0).buffer);
  for (let i = 0; i < words.length; i += 2) {
    const high = words[i + 1] as number;
    if (high >>> 31 === 1) continue;
    words[i] = ~(words[i] as number);
    words[i + 1] = high ^ 0x7fffffff;
  }
  return words;
}

/** One pass of a stable radix sort over 16 bits of the keys; `from` itself where all keys agree in them. */
function pass(keys: Uint32Array, digit: number, from: Uint32Array, to: Uint32Array): Uint32Array {
  const word = digit >> 1;
  const shift = (digit & 1) * 16;
  const places = new Uint32Array(65537);
  for (const row of from) {
    const bucket = ((keys[2 * row + word] as number) >>> shift) & 0xffff;
    places[bucket + 1] = (places[bucket + 1] as number) + 1;
  }
  if (places.includes(from.length)) return from;
  for (let i = 1; i < places.length; i++) places[i] = (places[i] as number) + (places[i - 1] as number);
  for (const row of from) {
    const bucket = ((keys[2 * row + word] as number) >>> shift) & 0xffff;
    const place = places[bucket] as number;
    places[bucket] = place + 1;
    to[place] = row;
  }
  return to;
}

/** Indices of `scores` (finite), highest first; equal scores keep their order. */
export function byFallingScore(scores: Float64Array): Uint32Array {
  let rows = new Uint32Array(scores.length);
  for (let i = 0; i < rows.length; i++) rows[i] = i;
  if (scores.length < radixFrom) return rows.sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
  const keys = fallingKeys(scores);
  let spare = new Uint32Array(rows.length);
  for (let digit = 0; digit < 4; digit++) {
    if (pass(keys, digit, rows, spare) === spare) [rows, spare] = [spare, rows];
  }
  return rows;
}

// The 64-bit perceptual hash: which low frequencies of a picture are stronger than their median. Alike pictures differ in few bits.

/** The picture is handed in as this many grey values a side. */
export const side = 32;
const kept = 8;

/** cosine[u][x] of the discrete cosine transform's low frequencies. */
const cosines = Array.from({ length: kept }, (_, u) =>
  Float64Array.from({ length: side }, (_, x) => Math.cos(((2 * x + 1) * u * Math.PI) / (2 * side))),
);

/** @param grey 32 x 32 values, row by row. @returns 16 hexadecimal digits */
export function perceptualHash(grey: Uint8Array): string {
  const rows = new Float64Array(side * kept);
  for (let y = 0; y < side; y++) {
    for (const [u, cosine] of cosines.entries()) {
      let sum = 0;
      for (let x = 0; x < side; x++) sum += (grey[y * side + x] ?? 0) * (cosine[x] ?? 0);
      rows[y * kept + u] = sum;
    }
  }
  const frequencies: number[] = [];
  for (const cosine of cosines) {
    for (let u = 0; u < kept; u++) {
      let sum = 0;
      for (let y = 0; y < side; y++) sum += (rows[y * kept + u] ?? 0) * (cosine[y] ?? 0);
      frequencies.push(sum);
    }
  }
  // The first value is the mean brightness, far above all others; it would only shift the median.
  const sorted = frequencies.slice(1).sort((a, b) => a - b);
  const median = sorted[(sorted.length - 1) / 2] ?? 0;
  let hash = "";
  for (let start = 0; start < frequencies.length; start += 4) {
    const bits = frequencies.slice(start, start + 4);
    hash += bits.reduce((digit, value) => digit * 2 + (value > median ? 1 : 0), 0).toString(16);
  }
  return hash;
}

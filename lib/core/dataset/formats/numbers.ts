// Numbers as label files may write them: plain decimals. What parseFloat would make of the rest is nobody's business.

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const whole = /^\d{1,9}$/;

/** A finite decimal number; null for anything else (`nan`, `inf`, `1,5`, `0x1`, an overflow). */
export function parseDecimal(text: string): number | null {
  if (!decimal.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** A whole number from 0 to 999,999,999; null for anything else. */
export function parseWhole(text: string): number | null {
  return whole.test(text) ? Number(text) : null;
}

/** Text from a file as it may stand in an issue: one line, not endless. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}

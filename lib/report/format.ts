// Numbers, times and sizes as people read them. Same input, same text, on every machine.

export const none = "–";

/** A score from 0 to 1, three decimals; a dash where there is nothing to score. */
export function score(value: number | null | undefined): string {
  return value === null || value === undefined ? none : value.toFixed(3);
}

/** A difference of scores with its sign: +0.012, −0.300, ±0.000. */
export function signed(value: number | null): string {
  if (value === null) return none;
  const digits = Math.abs(value).toFixed(3);
  if (Number(digits) === 0) return "±0.000";
  return `${value > 0 ? "+" : "\u2212"}${digits}`;
}

/** A whole number with commas: 12,345. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** "1 frame", "2 frames". */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** A share of 1 as a percentage. */
export function percent(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}

/** Seconds as 0.4 s, 48 s, 3 min 05 s, 2 h 07 min. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const pad = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** Micro-dollars as dollars with cents. */
export function dollars(micro: number): string {
  return `$${(micro / 1_000_000).toFixed(2)}`;
}

/** An ISO time to the minute, in UTC. */
export function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

export function fileSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** A probability: 0.031, < 0.001. */
export function probability(value: number | null): string {
  if (value === null) return none;
  return value < 0.001 ? "< 0.001" : value.toFixed(3);
}

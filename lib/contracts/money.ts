// Micro-dollars as people read them.

const micro = 1_000_000;
const cent = 10_000;

/**
 * `$12.34`; what is less than a cent keeps its digits, so that nothing small reads as free.
 * @param amount integer micro-dollars
 */
export function usd(amount: number): string {
  const sign = amount < 0 ? "-" : "";
  const size = Math.abs(amount);
  const digits = size > 0 && size < cent ? 6 : 2;
  // By hand, not by toFixed: a sum is shown no lower than it is.
  const unit = digits === 2 ? cent : 1;
  const shown = Math.ceil(size / unit) * unit;
  const whole = Math.floor(shown / micro);
  const rest = String(shown % micro).padStart(6, "0");
  return `${sign}$${whole}.${rest.slice(0, digits)}`;
}

/** The other way: what is left is shown no higher than it is. */
export function usdDown(amount: number): string {
  return amount >= cent ? usd(Math.floor(amount / cent) * cent) : usd(amount);
}

/** The price of an hour, as price lists have it: four decimals. */
export function hourly(amount: number): string {
  return `$${(amount / micro).toFixed(4)}`;
}

// How long AWS watches a budget. It deletes a budget with its alarms at the end, and bills come late: so it watches a year longer.
const monthsAfter = 12;

/**
 * @param starts,ends dates, e.g. 2026-12-01
 * @returns midnights UTC, in seconds since 1970
 */
export function alarmPeriod(starts: string, ends: string): { readonly start: number; readonly end: number } {
  const end = new Date(`${ends}T00:00:00Z`);
  end.setUTCMonth(end.getUTCMonth() + monthsAfter);
  return { start: Date.parse(`${starts}T00:00:00Z`) / 1000, end: end.getTime() / 1000 };
}

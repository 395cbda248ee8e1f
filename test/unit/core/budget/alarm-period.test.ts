// How long AWS watches a budget.
import { expect, it } from "@jest/globals";
import { alarmPeriod } from "../../../../lib/core/budget/alarm-period.ts";

const seconds = (moment: string) => Date.parse(moment) / 1000;

it.each([
  ["2026-12-01", "2027-11-30", "2026-12-01T00:00:00Z", "2028-11-30T00:00:00Z"],
  // A leap day has no twin a year later: the day after it.
  ["2027-06-15", "2028-02-29", "2027-06-15T00:00:00Z", "2029-03-01T00:00:00Z"],
])("from %s, and a year longer than to %s", (starts, ends, start, end) => {
  expect(alarmPeriod(starts, ends)).toEqual({ start: seconds(start), end: seconds(end) });
});

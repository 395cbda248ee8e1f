// The months that are lived, with the recipe's own time limit of six hours.
import type { Weather } from "./batch.ts";
import type { Month } from "./month.ts";

/** A g6.xlarge of us-east-1, micro-dollars an hour, without disk and address. */
const [onDemand, spot] = [804_800, 380_000];

const calm: Weather = {
  ...{ hour: onDemand, trainMinutes: [60, 180], predictMinutes: [5, 15], staySeconds: [120, 840] },
  ...{ lost: 0, noImage: 0, stuck: 0, noMachine: 0, surplus: 0.05, hangs: 0 },
};
/** What goes away goes at the last moment. */
const hard: Weather = { ...calm, staySeconds: [880, 899], surplus: 0.5 };
const base = { uploadsPerDay: 1, uploadBytes: 0.5e9, capUsd: 200, days: 30 };

/** What is committed at their end is at most so often the bill. */
export const normal: readonly (Month & { readonly most: number })[] = [
  { ...base, name: "a normal month on demand", weather: calm, most: 2 },
  { ...base, name: "a normal month on Spot", weather: { ...calm, hour: spot, lost: 0.05 }, most: 4 },
];

export const others: readonly Month[] = [
  {
    ...base,
    ...{ name: "trainings of 10 to 40 minutes, two a day, on demand", uploadsPerDay: 2 },
    weather: { ...calm, trainMinutes: [10, 40], predictMinutes: [2, 6] },
  },
  {
    ...base,
    name: "Spot storms: most machines are taken away",
    weather: { ...hard, hour: spot, lost: 0.7, noMachine: 0.2 },
  },
  { ...base, name: "jobs stuck RUNNABLE beside a machine that is up", weather: { ...hard, stuck: 0.5 } },
  { ...base, name: "images that cannot be pulled", weather: { ...hard, noImage: 0.6 } },
  {
    ...base,
    // On the fourth day the cap is full.
    ...{ name: "fifty uploads a day, for five days", uploadsPerDay: 50, uploadBytes: 0.05e9, days: 5 },
    weather: { ...calm, trainMinutes: [10, 40], predictMinutes: [2, 6] },
  },
  {
    ...base,
    name: "trainers that hang, and one machine too many at every start",
    weather: { ...hard, hangs: 0.4, surplus: 1 },
  },
  {
    ...base,
    ...{ name: "all of it", uploadsPerDay: 10 },
    weather: { ...hard, lost: 0.3, noImage: 0.2, stuck: 0.2, noMachine: 0.1, surplus: 1, hangs: 0.2 },
  },
];

// The months that are lived.
import type { Month } from "./month.ts";

/** Of g6.xlarge in us-east-1: alone, and with disk and address as the ledger counts it. */
const [onDemand, spot, ledgerHour] = [804_800, 380_000, 825_500];

const calm = {
  ...{ hour: onDemand, trainMinutes: [10, 40], predictMinutes: [2, 6] },
  ...{ lost: 0, noImage: 0, stuck: 0, noMachine: 0, surplus: 0.05, hangs: 0 },
} as const;
const base = { uploadsPerDay: 2, uploadBytes: 0.5e9, hour: ledgerHour, capUsd: 200, days: 30 };

export const normal: readonly Month[] = [
  { ...base, name: "a normal month on demand", weather: calm },
  { ...base, name: "a normal month on Spot", weather: { ...calm, hour: spot, lost: 0.05 } },
];

export const hard: readonly Month[] = [
  { ...base, name: "Spot storms: most machines are taken away", weather: { ...calm, hour: spot, lost: 0.7, noMachine: 0.2 } },
  { ...base, name: "jobs stuck RUNNABLE beside a machine that is up", weather: { ...calm, stuck: 0.5, surplus: 0.5 } },
  { ...base, name: "images that cannot be pulled", weather: { ...calm, noImage: 0.6 } },
  { ...base, name: "fifty uploads a day", uploadsPerDay: 50, uploadBytes: 0.05e9, weather: calm },
  { ...base, name: "trainers that hang, and one machine too many at every start", weather: { ...calm, hangs: 0.4, surplus: 1 } },
  {
    ...base,
    ...{ name: "all of it, on demand", uploadsPerDay: 10 },
    weather: { ...calm, lost: 0.3, noImage: 0.2, stuck: 0.2, noMachine: 0.1, surplus: 1, hangs: 0.2 },
  },
];

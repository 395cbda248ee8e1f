// A thread of bench:stats: one cell.
import { parentPort, workerData } from "node:worker_threads";
import { runCell, truthOf } from "./cell.ts";

/** Groups from which the truth is taken: its own chance is then a hundredth of an interval's width. */
const endless = 20_000;

const { scenario, ...rest } = workerData;
const truth = scenario.gain === 0 ? 0 : truthOf(scenario.world, endless, 1);
parentPort?.postMessage(runCell({ world: scenario.world, truth, ...rest }));

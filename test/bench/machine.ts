// What the machine itself costs: the states of `train` on the laptop's engine, with the real journal, lock and ledger on disk, the
// steps that need data or a trainer left out. `npm run bench:machine`. Peer in the same run: the same writes without a machine.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { dataKeys } from "../../lib/contracts/layout.ts";
import { documentBytes } from "../../lib/core/registry/cas.ts";
import type { TrainInput } from "../../lib/core/steps/types.ts";
import { runStep } from "../../lib/core/steps/wrapper.ts";
import { execute } from "../../lib/local/engine/engine.ts";
import { loadStateMachine } from "../../lib/local/engine/library.ts";
import { localSteps, type StepOptions } from "../../lib/local/steps.ts";
import { openStores } from "../../lib/local/store/open.ts";
import { toAsl } from "../../lib/workflow/asl.ts";
import { trainMachine } from "../../lib/workflow/train.ts";
import { testRequest } from "../support/run-request.ts";

const rounds = 15;
const outputs: Readonly<Record<string, object>> = {
  Ingest: { done: true, cursor: null, frames: 1, boxes: 1 },
  Split: {},
  Reserve: { outcome: "reserved", version: "v0" },
  Train: {},
  Predict: {},
  Compare: {},
  Publish: { version: "v0", releaseSha256: "" },
};
const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const runIdOf = (round: number) => `01ARZ3NDEKTSV4RRFFQ69G5F${String(round).padStart(2, "0")}`;

function optionsIn(folder: string): StepOptions {
  const unused = () => Promise.reject(new Error("not in this bench"));
  return {
    stores: openStores(path.join(folder, "store")),
    workOf: (runId) => path.join(folder, "work", runId),
    env: "",
    trainer: "",
    sink: { emit: () => undefined },
    signer: { fingerprint: unused, publicKey: unused, sign: unused },
    clock: { now: () => new Date() },
    ids: { next: () => runIdOf(99) },
  };
}

async function once(options: StepOptions, runId: string): Promise<number> {
  const request = testRequest("/x.zip", { runId });
  await options.stores.data.create(dataKeys.request(runId), documentBytes(request));
  const asl = toAsl(trainMachine, (step, seconds) => ({ Resource: `bobbin:${step}`, TimeoutSeconds: seconds }));
  const started = performance.now();
  const handlers = Object.fromEntries(
    Object.entries(trainMachine.states).flatMap(([state, made]) => {
      if (made.kind !== "step") return [];
      const { step } = made;
      const handler = (input: object, signal: AbortSignal) => {
        const real = () => localSteps(options, signal)[step](input as TrainInput);
        const run = async (): Promise<object> => outputs[state] ?? real();
        const wrapped = { state, run, perAttempt: ["Admit", "Reserve", "Settle"].includes(state) };
        return runStep<TrainInput, object>(wrapped, input as TrainInput, { ...options, data: options.stores.data });
      };
      return [[state, handler]];
    }),
  );
  const ending = await execute({ asl, input: { runId, attempt: 1 }, handlers });
  if (ending.status !== "succeeded") throw new Error(JSON.stringify(ending));
  return performance.now() - started;
}

/** The same number of small writes, each flushed to the disk, and nothing else. */
function plainWrites(folder: string, count: number): number {
  const started = performance.now();
  for (let index = 0; index < count; index += 1) {
    const file = path.join(folder, `plain-${performance.now()}-${index}`);
    const descriptor = fs.openSync(file, "wx");
    fs.writeSync(descriptor, "{}".repeat(200));
    fs.fsyncSync(descriptor);
    fs.closeSync(descriptor);
  }
  return performance.now() - started;
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "bobbin-bench-"));
try {
  const loading = performance.now();
  await loadStateMachine();
  const load = performance.now() - loading;
  const options = optionsIn(folder);
  const machine: number[] = [];
  const peer: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    machine.push(await once(options, runIdOf(round)));
    peer.push(plainWrites(folder, 13));
  }
  const total = load + median(machine);
  const report = {
    cpu: os.cpus()[0]?.model,
    node: process.version,
    n: rounds,
    engineLoadMs: Math.round(load),
    machineMs: Math.round(median(machine)),
    plainWritesMs: Math.round(median(peer)),
    ratio: Number((median(machine) / median(peer)).toFixed(2)),
    totalMs: Math.round(total),
    limitMs: 600,
  };
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  if (total > report.limitMs) process.exitCode = 1;
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}

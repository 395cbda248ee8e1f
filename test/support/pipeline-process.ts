// The pipeline in a process of its own: `node pipeline-process.ts FOLDER EPOCHS [RUN [STATE STATUS [TIMES]]]`. Without RUN it starts one,
// else it resumes that; with `ablate` for RUN it starts an experiment of two trainings. With STATE and STATUS it kills itself, -9, at that
// event, the n-th of it where TIMES says so. Prints every event and at last the record.
import { openSample, sampleRequest, smallRecipe } from "./pipeline-run.ts";

const [folder = "", epochs = "1", runId, state, status, times = "1"] = process.argv.slice(2);
let left = Number(times);
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
const { pipeline } = await openSample(folder, {
  emit(event) {
    say(event);
    if (event.kind !== "state" || event.state !== state || event.status !== status) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, "SIGKILL");
  },
});
const stop = new AbortController();
process.on("SIGINT", () => stop.abort());
const options = { signal: stop.signal, started: (id: string) => say({ started: id }) };
const request = sampleRequest(smallRecipe(Number(epochs)));
const vary = [{ argument: "fliplr", values: [0, 0.5] }];
const ablation = { ...request, machine: "experiment", experiment: { kind: "ablate", vary, seeds: 1 } } as const;
const record =
  runId === undefined || runId === "ablate"
    ? await pipeline.run(
        runId === undefined ? request : { ...ablation, experiment: { ...ablation.experiment, vary } },
        options,
      )
    : await pipeline.resume(runId, options);
say(record);

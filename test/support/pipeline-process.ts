// The pipeline in a process of its own: `node pipeline-process.ts FOLDER EPOCHS [RUN [STATE STATUS]]`. Without RUN it starts one,
// else it resumes that. With STATE and STATUS it kills itself, -9, at that event. Prints every event and at last the record.
import { openSample, sampleRequest, smallRecipe } from "./pipeline-run.ts";

const [folder = "", epochs = "1", runId, state, status] = process.argv.slice(2);
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
const { pipeline } = await openSample(folder, {
  emit(event) {
    say(event);
    if (event.kind === "state" && event.state === state && event.status === status)
      process.kill(process.pid, "SIGKILL");
  },
});
const stop = new AbortController();
process.on("SIGINT", () => stop.abort());
const options = { signal: stop.signal, started: (id: string) => say({ started: id }) };
const record =
  runId === undefined
    ? await pipeline.run(sampleRequest(smallRecipe(Number(epochs))), options)
    : await pipeline.resume(runId, options);
say(record);

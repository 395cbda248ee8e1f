// How a job ended, by its own answer; where it left none, by what Batch saw.
import { describe, expect, it } from "@jest/globals";
import { dataKeys } from "../../../../lib/contracts/layout.ts";
import { documentBytes } from "../../../../lib/core/registry/cas.ts";
import { collectJob } from "../../../../lib/core/steps/collect-job.ts";
import { memoryStores } from "../../../support/memory-store.ts";
import { runIds } from "../../../support/run-request.ts";

const [runId] = runIds;
const failed = (name: string, data: object) => ({
  schema: "bobbin/result/1",
  runId,
  kind: "train",
  status: "failed",
  startedAt: "2026-01-02T03:04:05.000Z",
  endedAt: "2026-01-02T03:05:05.000Z",
  environment: {
    trainer: "0.1.0",
    python: "3.11.7",
    torch: "2.15.0",
    ultralytics: "8.4.190",
    platform: "Linux",
    processor: "x",
    device: "cpu",
    threads: 2,
    lockSha256: null,
  },
  error: { name, message: "said by the trainer", data },
});
const batch = (job: object) => ({ Error: "States.TaskFailed", Cause: JSON.stringify(job) });

describe("a job that did not end well", () => {
  it("says the trainer's own words, those of its last start", async () => {
    const { data } = memoryStores();
    await data.create(dataKeys.failedResult(runId, "train", 1), documentBytes(failed("Interrupted", { epoch: 1 })));
    await data.create(
      dataKeys.failedResult(runId, "train", 2),
      documentBytes(failed("LossNotFinite", { epoch: 3, batch: 7 })),
    );
    await expect(collectJob("train", runId, batch({ Container: { ExitCode: 65 } }), data)).rejects.toMatchObject({
      name: "LossNotFinite",
      data: { epoch: 3 },
    });
  });

  it.each([
    [
      batch({ StatusReason: "Host EC2 (instance i-1) terminated." }),
      "JobKilled",
      { signal: "Host EC2 (instance i-1) terminated." },
    ],
    [batch({ Container: { ExitCode: 137 } }), "JobKilled", { signal: "signal 9" }],
    [{ Error: "States.Timeout", Cause: "" }, "JobKilled", { signal: "States.Timeout" }],
    [
      batch({ StatusReason: "Essential container in task exited", Container: { ExitCode: 1 } }),
      "JobFailed",
      { exitCode: 1 },
    ],
    [undefined, "JobFailed", { problem: "it left no answer" }],
  ] as const)("and left no answer is told from %j", async (caught, name, data) => {
    await expect(collectJob("predict", runId, caught, memoryStores().data)).rejects.toMatchObject({ name, data });
  });
});

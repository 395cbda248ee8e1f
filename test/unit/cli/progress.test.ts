// Progress as a person reads it: states, epochs with figures, the time left.
import { describe, expect, it } from "@jest/globals";
import { progressLine, startProgress } from "../../../lib/cli/progress.ts";
import type { ProgressEvent } from "../../../lib/contracts/job.ts";

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

function linesOf(events: readonly ProgressEvent[]) {
  let state = startProgress();
  return events.map((event) => {
    const next = progressLine(state, event);
    state = next.state;
    return { line: next.line, live: next.live };
  });
}

describe("progress lines", () => {
  it("name each state with its time, and the error of a failed one", () => {
    expect(
      linesOf([
        { kind: "state", at: at(0), state: "Split", status: "entered" },
        { kind: "state", at: at(1), state: "Split", status: "succeeded", seconds: 1.26 },
        { kind: "state", at: at(2), state: "Train", status: "failed", seconds: 75, error: "OutOfMemory" },
        { kind: "state", at: at(3), state: "Admit", status: "resumed" },
      ]),
    ).toEqual([
      { line: "▸ Split", live: true },
      { line: "✓ Split  1.3 s", live: false },
      { line: "✗ Train  1 min 15 s  OutOfMemory", live: false },
      { line: "↻ Admit  done before", live: false },
    ]);
  });

  it("tell losses and the time left from the epochs of this process", () => {
    const epoch = (number: number, second: number): Extract<ProgressEvent, { kind: "train" }> => ({
      kind: "train",
      at: at(second),
      phase: "train",
      epoch: number,
      epochs: 10,
      metrics: { boxLoss: 1.2345, mAP50: null },
    });
    const lines = linesOf([{ ...epoch(4, 0), batch: 1, batches: 4 }, epoch(4, 5), epoch(5, 10)]);
    expect(lines[1]).toEqual({
      line: "    epoch 4/10  box 1.234  30 s left".replace("1.234", (1.2345).toFixed(3)),
      live: false,
    });
    expect(lines[2]?.line).toContain("25 s left");
  });

  it("does not guess a time before anything was done", () => {
    expect(
      linesOf([{ kind: "train", at: at(0), phase: "train", epoch: 1, epochs: 3, batch: 0, batches: 9 }])[0]?.line,
    ).toBe("    epoch 1/3  batch 0/9");
  });
});

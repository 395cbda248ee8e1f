import { describe, expect, it } from "@jest/globals";
import { evaluationAnswer, evaluationLines } from "../../../lib/cli/evaluate-answer.ts";
import { evaluateAnswer } from "../../../lib/contracts/answers.ts";
import type { Metrics, ModelEvaluation } from "../../../lib/contracts/evaluation.ts";
import type { Lot } from "../../../lib/core/evaluation/elsewhere.ts";
import { evaluationExample } from "../../support/report-example.ts";

const runId = "01ARZ3NDEKTSV4RRFFQ69G5FA0";

const places = { evaluation: "/store/evaluation.json", report: "/store/report.html" };

function model(role: ModelEvaluation["role"], frames: number, mAP50: number): ModelEvaluation {
  const all: Metrics = {
    frames,
    truths: 9,
    predictions: 9,
    mAP50,
    "mAP50-95": 0.25,
    precision: null,
    recall: 0.5,
    f1: null,
  };
  const parts = frames === 0 ? {} : { test: { all, classes: {}, groups: {}, attributes: {} } };
  return { role, name: `the ${role}`, sha256: "0".repeat(64), unknownClasses: [], threshold: 0.3, parts };
}

function evaluated(lots: readonly Lot[], leftOut: Record<string, number> = {}) {
  const unseen = lots.filter((lot) => lot === "unseen").length;
  const { evaluation } = evaluationExample();
  return {
    runId,
    evaluation: { ...evaluation, models: [model("candidate", unseen, 0.75), model("base", unseen, 0.125)] },
    frames: lots.map((lot, i) => ({ name: `f${i}.jpg`, group: `g${i}`, lot })),
    seen: [model("candidate", lots.length - unseen, 1), model("base", lots.length - unseen, 0.5)],
    leftOut,
  };
}

function answered(lots: readonly Lot[], leftOut?: Record<string, number>) {
  const found = evaluated(lots, leftOut);
  const answer = evaluateAnswer.parse(evaluationAnswer(places, "v0.1", found));
  return { answer, text: evaluationLines(answer, found) };
}

describe("what evaluate answers", () => {
  it("names every frame that was seen with the way it was, and keeps the scores of both lots apart", () => {
    const { answer, text } = answered(["unseen", "seenByHash", "seenByGroup", "seenByGroup"]);
    expect(answer.frames).toBe(4);
    expect(answer.seen).toEqual({
      byHash: 1,
      byGroup: 2,
      frames: [
        { name: "f1.jpg", group: "g1", by: "hash" },
        { name: "f2.jpg", group: "g2", by: "group" },
        { name: "f3.jpg", group: "g3", by: "group" },
      ],
    });
    expect(answer.unseen).toEqual({ frames: 1, mAP50: 0.75, "mAP50-95": 0.25, precision: null, recall: 0.5 });
    expect(answer.seenScores).toMatchObject({ frames: 3, mAP50: 1 });
    expect(text).toEqual(
      expect.arrayContaining([
        "3 of 4 frames v0.1 may have seen in training; they are scored apart:",
        "  1 images that were in train or val themselves: f1.jpg",
        "  2 of groups that were in train or val: f2.jpg, f3.jpg",
        "unseen  the candidate       1  0.750     0.250          –   0.500",
        "seen    the base            3  0.500     0.250          –   0.500",
      ]),
    );
    expect(text.at(-1)).toBe("Report /store/report.html");
  });

  it("has no scores and says so where no frame was unseen", () => {
    const { answer, text } = answered(["seenByHash"]);
    expect(answer.unseen).toEqual({ frames: 0, mAP50: null, "mAP50-95": null, precision: null, recall: null });
    expect(text).toContain("unseen  the candidate       0      –         –          –       –");
  });

  it("shows the first names of many, and the labels that are left out", () => {
    const { text } = answered(new Array<Lot>(7).fill("seenByGroup"), { "sp\u001boon": 3 });
    expect(text).toContain(
      "  7 of groups that were in train or val: f0.jpg, f1.jpg, f2.jpg, f3.jpg, f4.jpg and 2 more",
    );
    expect(text).toContain("Labels left out, as v0.1 has no such class: sp\ufffdoon (3).");
    expect(answered(["unseen"]).text[0]).toBe("None of the 1 frames was in train or val of v0.1.");
  });
});

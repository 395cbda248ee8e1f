// A measurement as a team might have it: 21 videos of two operations and three cameras, one of them with a hostile name.
import { type Measurement, measurement } from "../../lib/contracts/measurement.ts";
import { Chance } from "../../lib/core/evaluation/chance.ts";
import { groupShares, histogram, type MeasuredFrame, talliesBy, tallyOf } from "../../lib/core/evaluation/measure.ts";
import { sufficiencyOf } from "../../lib/core/evaluation/sufficiency.ts";

export function measurementExample(hostile = "video-00"): Measurement {
  const chance = new Chance(4);
  const frames: MeasuredFrame[] = Array.from({ length: 252 }, (_, i) => {
    const group = Math.floor(i / 12);
    const objects = i % 17 === 0 ? 0 : 1 + (i % 2);
    const found = Math.min(objects, chance.uniform() < (group === 20 ? 0.4 : 0.97) ? objects : 0);
    const name = group === 0 ? hostile : `hall-${group % 3}_video-${String(group).padStart(2, "0")}_2025-09`;
    return {
      name: `${i}`,
      group: name,
      objects,
      found,
      falsePositives: chance.uniform() < 0.1 ? 1 : 0,
      topConfidence: objects === 0 ? 0.3 * chance.uniform() : 0.4 + 0.55 * chance.uniform(),
    };
  });
  const attributes = { operation: ["pick", "carry"], camera: ["east", "west", "gate"] };
  const nameBy = (values: readonly string[]) => (frame: MeasuredFrame) =>
    values[Math.floor(Number(frame.name) / 12) % values.length];
  const thresholds = { recall: 0.95, medianConfidence: 0.55 };
  const digest = "a".repeat(64);
  return measurement.parse({
    schema: "bobbin/measurement/1",
    runId: "01ARZ3NDEKTSV4RRFFQ69G5FA0",
    createdAt: "2026-01-02T03:04:05.000Z",
    project: "hall",
    model: "hall",
    dataset: "hall",
    source: { name: "videos.zip", format: "cvat-video" },
    configSha256: digest,
    framesSha256: digest,
    predictionsSha256: digest,
    base: { name: "yolov8n", sha256: digest, official: true },
    classes: ["person"],
    unknownClasses: [],
    protocol: { iou: 0.5, confidence: 0.25, medianConfidence: 0.55, imgsz: 640, nmsIou: 0.7, maxDetections: 300 },
    all: tallyOf(frames),
    groups: talliesBy(frames, ({ group }) => group),
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, values]) => [name, talliesBy(frames, nameBy(values))]),
    ),
    topConfidence: histogram(frames),
    ...sufficiencyOf({ groups: groupShares(frames, 0.55), thresholds, unknown: [], seed: 0 }),
  });
}

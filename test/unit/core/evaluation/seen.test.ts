import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { SeenRecorder } from "../../../../lib/core/evaluation/seen.ts";
import { holds } from "../../../support/property.ts";

interface Box {
  readonly side: 0 | 1;
  readonly group: number;
  readonly event: boolean;
}

function counter(boxes: readonly Box[], groups: number) {
  const recorder = new SeenRecorder(groups);
  for (const { side, group, event } of boxes) {
    recorder.box(side, group);
    if (event) recorder.event();
  }
  return recorder.done();
}

/** Boxes of the first list after the swap, counted one by one. */
function counted(boxes: readonly Box[], flips: Uint8Array): number[] {
  let seen = 0;
  return boxes.flatMap(({ side, group, event }) => {
    if (side === flips[group]) seen++;
    return event ? [seen] : [];
  });
}

/** Few groups take the tables, many the entries. */
describe.each([1, 2, 7, 13, 400])("SeenCounter of %i groups", (groups) => {
  it("counts as if the boxes were swapped one by one", () => {
    const box = fc.record({
      side: fc.constantFrom<0 | 1>(0, 1),
      group: fc.integer({ min: 0, max: groups - 1 }),
      event: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    });
    const flips = fc.uint8Array({ minLength: groups, maxLength: groups, max: 1 });
    holds(
      fc.property(
        fc.array(box, { maxLength: 300, size: "max" }),
        fc.array(flips, { minLength: 1, maxLength: 3 }),
        (boxes, swaps) => {
          const seen = counter(boxes, groups);
          for (const swap of swaps) {
            const out = new Int32Array(boxes.filter(({ event }) => event).length);
            seen.fill(swap, out);
            expect([...out]).toEqual(counted(boxes, swap));
          }
        },
      ),
    );
  });
});

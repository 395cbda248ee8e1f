// Reading ahead gives the bytes that were asked for, whatever the order, and fetches little more than is used.
import { expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { readAhead } from "../../../lib/aws/exports/read-ahead.ts";

const body = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 7919) % 253));

function counted() {
  const fetched: number[] = [];
  const read = readAhead(async (start, end) => {
    expect(end).toBeLessThanOrEqual(body.length);
    fetched.push(end - start);
    return body.subarray(start, end);
  }, body.length);
  return { read, fetched };
}

it("gives any bytes in any order, also at the same time", async () => {
  const range = fc
    .tuple(fc.nat(body.length), fc.nat(300_000))
    .map(([start, size]) => [start, Math.min(body.length, start + size)] as const);
  await fc.assert(
    fc.asyncProperty(fc.array(range, { maxLength: 8 }), fc.boolean(), async (ranges, together) => {
      const { read } = counted();
      const one = async ([start, end]: readonly [number, number]) =>
        expect(Buffer.compare(await read(start, end), body.subarray(start, end))).toBe(0);
      if (together) await Promise.all(ranges.map(one));
      else for (const each of ranges) await one(each);
    }),
    { numRuns: 100 },
  );
});

it("asks seldom for reads that go on, and for no byte more where they jump", async () => {
  const forward = counted();
  for (let at = 0; at < body.length; at += 10_000) await forward.read(at, at + 10_000);
  expect(forward.fetched.length).toBeLessThan(10);
  const jumping = counted();
  for (let at = body.length - 10_000; at > 0; at -= 400_000) await jumping.read(at, at + 10_000);
  expect(new Set(jumping.fetched)).toEqual(new Set([10_000]));
});

it("asks seldom where two places are read in turns, as pictures and labels of an export are", async () => {
  const { read, fetched } = counted();
  const labels = body.length / 2;
  for (let frame = 0; frame < 100; frame += 1) {
    await read(frame * 14_000, (frame + 1) * 14_000);
    await read(labels + frame * 100, labels + (frame + 1) * 100);
  }
  expect(fetched.length).toBeLessThan(12);
  expect(fetched.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(body.length);
});

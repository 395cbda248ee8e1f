// A hundred thousand damaged inputs for a parser, others each time: a case that fails prints the seed that makes it again. Parsers stand
// in several files of test/proof/fuzz, so that they are tried side by side.
import { describe, expect, it } from "@jest/globals";
import { fuzz } from "./fuzz.ts";
import { parsers } from "./parsers.ts";

const cases = 100_000;

export const json = ["COCO", "Roboflow COCO", "Label Studio", "Datumaro JSON", "LabelMe"] as const;
export const xml = ["CVAT for images", "CVAT for video", "Pascal VOC"] as const;

export function proveFuzzed(chosen: (name: string) => boolean): void {
  describe.each(Object.entries(parsers).filter(([name]) => chosen(name)))("the parser of %s", (_, parser) => {
    it("ends in an error that has a name, or keeps its promises", async () => {
      expect(await fuzz(parser, cases)).toBeGreaterThan(0);
    }, 3_600_000);
  });
}

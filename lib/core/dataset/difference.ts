// How one set of manifest lines differs from another; printed before it counts.
import type { Difference, ManifestLine } from "../../contracts/dataset.ts";
import { lineText } from "./manifest-lines.ts";
import { isDisputed } from "./opinions.ts";

export function differenceOf(
  before: ReadonlyMap<string, ManifestLine>,
  after: ReadonlyMap<string, ManifestLine>,
  boxes: (line: ManifestLine) => number,
): Difference {
  let [added, changed, unchanged] = [0, 0, 0];
  for (const [name, line] of after) {
    const old = before.get(name);
    if (old === undefined) added += 1;
    else if (old === line || lineText(old) === lineText(line)) unchanged += 1;
    else changed += 1;
  }
  const opinions = [...after.values()].filter(isDisputed).length;
  const count = (lines: ReadonlyMap<string, ManifestLine>) =>
    [...lines.values()].reduce((sum, line) => sum + boxes(line), 0);
  return {
    framesAdded: added,
    framesRemoved: before.size - changed - unchanged,
    framesChanged: changed,
    framesUnchanged: unchanged,
    boxesBefore: count(before),
    boxesAfter: count(after),
    ...(opinions > 0 ? { opinions } : {}),
  };
}

// Manifest lines for tests: a frame with boxes, everything else as plain as can be.
import { createHash } from "node:crypto";
import type { Box } from "../../lib/contracts/common.ts";
import type { ManifestLine } from "../../lib/contracts/dataset.ts";

export function frameLine(
  name: string,
  boxes: readonly (readonly [string, Box])[],
  changes: Partial<ManifestLine> = {},
): ManifestLine {
  return {
    name,
    sha256: createHash("sha256").update(name).digest("hex"),
    bytes: 1000,
    ext: "jpg",
    width: 640,
    height: 360,
    orientation: 1,
    phash: null,
    group: name.split("/")[0] ?? name,
    labelled: true,
    labels: boxes.map(([label, box]) => ({ class: label, kind: "box", box })),
    ...changes,
  };
}

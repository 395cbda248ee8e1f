import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parseConfig } from "../../../lib/core/config/parse.ts";
import { checkFrame } from "../../../lib/core/dataset/check/frame.ts";
import { applyGroupRule } from "../../../lib/core/dataset/group-rule/apply.ts";
import { probeImage, turnedSize } from "../../../lib/core/dataset/image/probe.ts";
import { openExport } from "../../../lib/local/export-source/open.ts";
import { readExport } from "../../support/read-export.ts";
import { sharedData } from "../../support/shared.ts";
import { thaalZip } from "../../support/thaal-sample.ts";

const sample = (name: string) => join(import.meta.dirname, "../../../samples/thaal", name);

describe("samples/thaal", () => {
  it("holds whole images whose labels lie inside, in three days by the config's rule", async () => {
    const config = parseConfig("bobbin.json", readFileSync(sample("bobbin.json"), "utf8"));
    const { frames, classNames, issues, yielded } = await readExport(await openExport(sample("thaal-cvat.zip")));
    const days = new Map<string | null, number>();
    for (const frame of frames) {
      const day = applyGroupRule(config.groupRule, frame, { groupOfFrame: {}, attributes: {} });
      days.set(day, (days.get(day) ?? 0) + 1);
      const { image } = probeImage(await frame.image!.read());
      expect(checkFrame(frame, { ...turnedSize(image!), orientation: image!.orientation }).issues).toEqual([]);
    }
    // ATTRIBUTION.md says these numbers too.
    expect(Object.fromEntries(days)).toEqual({ "2025-09-11": 14, "2025-09-18": 34, "2025-09-25": 60 });
    expect([classNames, yielded, issues]).toEqual([["thaal"], 207, []]);
    expect(config.classes.map(({ name }) => name)).toEqual(classNames);
  });

  it("has the weights that WEIGHTS.md tells of", () => {
    const digest = createHash("sha256")
      .update(readFileSync(sample("yolov8n-rebuilt.pt")))
      .digest("hex");
    expect(readFileSync(sample("WEIGHTS.md"), "utf8")).toContain(digest);
  });

  it("is what its frames and labels give when it is made again", async () => {
    const folder = sharedData("thaal-days");
    if (folder === null) return;
    const again = await openExport(sample("thaal-cvat.zip"));
    const digest = createHash("sha256")
      .update(await thaalZip(folder))
      .digest("hex");
    expect(digest).toBe(await again.sha256());
  });
});

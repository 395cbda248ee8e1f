// edge_build: commands that name the release's own files, and a document of its schema.
import { describe, expect, it } from "@jest/globals";
import { edgeBuild } from "../../../../lib/contracts/release.ts";
import { edgeBuildOf } from "../../../../lib/core/registry/edge-build.ts";
import { reportExample } from "../../../support/report-example.ts";

const file = { name: "yolov8n_lbzf_v0.onnx", bytes: 9, sha256: "a".repeat(64) };
const onnx = { ...file, opset: 17 };
const files = { model: "yolov8n_lbzf_v0", weights: "yolov8n_lbzf_v0.pt", onnx: file.name };

describe("edgeBuildOf", () => {
  it("is a document of its schema, for the file that the release holds", async () => {
    const { release } = await reportExample();
    const built = edgeBuildOf(release, onnx, 640, files);
    expect(edgeBuild.parse(built)).toEqual(built);
    expect([built.onnx, built.version, built.input.imgsz, built.classes]).toEqual([
      file,
      "v0.10",
      640,
      release.classes,
    ]);
  });

  it("builds on the device from the released file, by what JetPack brings", async () => {
    const { targets } = edgeBuildOf((await reportExample()).release, onnx, 320, files);
    expect(targets.find(({ precision, tensorrt }) => precision === "fp16" && tensorrt === "10.3")?.command).toBe(
      "/usr/src/tensorrt/bin/trtexec --onnx=yolov8n_lbzf_v0.onnx --saveEngine=yolov8n_lbzf_v0_fp16.engine --fp16",
    );
    const reference = targets.find(({ precision }) => precision === "fp32");
    expect(reference?.command).not.toMatch(/--fp|--int8/);
  });

  it("exports anew for a TensorRT that cannot read the released opset, and only then", async () => {
    const { release } = await reportExample();
    const ofTensorRt8 = (opset: number) =>
      edgeBuildOf(release, { ...file, opset }, 320, files).targets.filter(({ tensorrt }) => tensorrt.startsWith("8."));
    expect(ofTensorRt8(17).map(({ command }) => command.includes("yolo export"))).toEqual([false]);
    for (const { command } of ofTensorRt8(18)) {
      expect(command).toContain("yolo export model=yolov8n_lbzf_v0.pt format=onnx opset=17 imgsz=320 && ");
    }
  });
});

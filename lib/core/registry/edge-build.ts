// edge_build_<version>.json: what to build on which device, and how. A TensorRT engine fits one TensorRT version and one GPU,
// so it is built on the device itself; a release never holds one.
import type * as z from "zod";
import type { FileEntry } from "../../contracts/common.ts";
import type { edgeBuild } from "../../contracts/release.ts";
import type { ReleaseDraft } from "./release.ts";

export type EdgeBuild = z.infer<typeof edgeBuild>;
type Target = EdgeBuild["targets"][number];

/** trtexec comes with JetPack, here. */
const trtexec = "/usr/src/tensorrt/bin/trtexec";

/** What the commands name: files of the release, without their folder. */
interface EdgeFiles {
  readonly model: string;
  readonly weights: string;
  readonly onnx: string;
}

const buildWith = (onnx: string, model: string, precision: Target["precision"]) =>
  [
    trtexec,
    `--onnx=${onnx}`,
    `--saveEngine=${model}_${precision}.engine`,
    ...(precision === "fp32" ? [] : [`--${precision}`]),
  ].join(" ");

/**
 * Versions, as their makers state them: JetPack 6.1 and 6.2 carry TensorRT 10.3 with CUDA 12.6 (docs.pytorch.org/TensorRT, "Torch-TensorRT in JetPack");
 * JetPack 5.0.2 carries TensorRT 8.4.1 (developer.nvidia.com/embedded/jetpack-sdk-502). TensorRT 8.6 still stops at ONNX opset 17
 * (onnx-tensorrt, docs/operators.md), so an ONNX file of opset 18 or later is exported anew for every TensorRT 8; TensorRT 7.2 took opset 13 already.
 */
function targets(files: EdgeFiles, imgsz: number): Target[] {
  const { model, weights, onnx } = files;
  const orin = { device: "Jetson Orin family", jetpack: "6.1 or 6.2", tensorrt: "10.3" };
  return [
    {
      ...orin,
      precision: "fp16",
      command: buildWith(onnx, model, "fp16"),
      notes:
        "The usual choice. Evaluate the engine on the device before it counts anything: its scores are not those of the .pt.",
    },
    {
      ...orin,
      precision: "fp32",
      command: buildWith(onnx, model, "fp32"),
      notes: "The reference: nearest to the evaluated model, slower.",
    },
    {
      device: "Jetson Xavier and Orin with JetPack 5",
      jetpack: "5.0.2",
      tensorrt: "8.4.1",
      precision: "fp16",
      command: `yolo export model=${weights} format=onnx opset=13 imgsz=${imgsz} && ${buildWith(weights.replace(/\.pt$/, ".onnx"), model, "fp16")}`,
      notes:
        "TensorRT 8 does not read the ONNX file of this release: the first command, in a copy of the folder, writes one of opset 13 over that copy. Needs Ultralytics on the device.",
    },
  ];
}

/** @param onnx the release's own entry of the ONNX file; @param imgsz side of the square input in pixels */
export function edgeBuildOf(draft: ReleaseDraft, onnx: FileEntry, imgsz: number, files: EdgeFiles): EdgeBuild {
  return {
    schema: "bobbin/edge-build/1",
    version: draft.version,
    onnx,
    input: {
      imgsz,
      layout: "NCHW",
      channels: "RGB",
      scale: "Resize to fit with the aspect ratio kept, pad with grey 114, divide by 255 into 0 to 1, 32-bit floats.",
    },
    classes: draft.classes,
    targets: targets(files, imgsz),
  };
}

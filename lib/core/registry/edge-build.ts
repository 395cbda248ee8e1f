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

/** onnx-tensorrt, branch release/8.5-GA, docs/operators.md: TensorRT 8.5 reads ONNX up to this opset. */
const newestOpsetOfTensorRt8 = 17;

/**
 * Versions, as their makers state them: JetPack 6.1 and 6.2 carry TensorRT 10.3 with CUDA 12.6 (docs.pytorch.org/TensorRT,
 * "Torch-TensorRT in JetPack"); JetPack 5.1.2 and 5.1.4 carry TensorRT 8.5.2 with CUDA 11.4 (developer.nvidia.com/embedded/jetpack-sdk-512
 * and NVIDIA's archived release notes of JetPack 5.1.4).
 */
function targets(files: EdgeFiles, imgsz: number, opset: number): Target[] {
  const { model, weights, onnx } = files;
  const jetpack6 = { device: "Jetson Orin family", jetpack: "6.1 or 6.2", tensorrt: "10.3" };
  const readable = opset <= newestOpsetOfTensorRt8;
  const exported = weights.replace(/\.pt$/, ".onnx");
  const again = `yolo export model=${weights} format=onnx opset=${newestOpsetOfTensorRt8} imgsz=${imgsz} && ${buildWith(exported, model, "fp16")}`;
  return [
    {
      ...jetpack6,
      precision: "fp16",
      command: buildWith(onnx, model, "fp16"),
      notes:
        "The usual choice. Evaluate the engine on the device before it counts anything: its scores are not those of the .pt.",
    },
    {
      ...jetpack6,
      precision: "fp32",
      command: buildWith(onnx, model, "fp32"),
      notes: "The reference: nearest to the evaluated model, slower.",
    },
    {
      device: "Jetson Xavier and Orin families",
      jetpack: "5.1.2 to 5.1.4",
      tensorrt: "8.5.2",
      precision: "fp16",
      command: readable ? buildWith(onnx, model, "fp16") : again,
      notes: readable
        ? `The ONNX file is of opset ${opset}; TensorRT 8.5 reads up to ${newestOpsetOfTensorRt8}.`
        : `TensorRT 8.5 does not read the released ONNX file of opset ${opset}: work in a copy of the folder, where the first command overwrites it. Needs Ultralytics on the device.`,
    },
  ];
}

/** How a frame becomes the square that the model was evaluated on. */
const fitted: Readonly<Record<ReleaseDraft["task"], string>> = {
  detect: "Resize to fit with the aspect ratio kept, pad with grey 114",
  segment: "Resize to fit with the aspect ratio kept, pad with grey 114",
  classify: "Resize the short side with the aspect ratio kept, cut out the middle",
};

/** @param onnx the release's own entry of the ONNX file, and its opset; @param imgsz side of the square input in pixels */
export function edgeBuildOf(
  draft: ReleaseDraft,
  onnx: FileEntry & { readonly opset: number },
  imgsz: number,
  files: EdgeFiles,
): EdgeBuild {
  return {
    schema: "bobbin/edge-build/1",
    version: draft.version,
    onnx: { name: onnx.name, bytes: onnx.bytes, sha256: onnx.sha256 },
    input: {
      imgsz,
      layout: "NCHW",
      channels: "RGB",
      scale: `${fitted[draft.task]}, divide by 255 into 0 to 1, 32-bit floats.`,
    },
    classes: draft.classes,
    targets: targets(files, imgsz, onnx.opset),
  };
}

"""Writes the ONNX file and measures it against the .pt on real frames."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnxruntime
import torch
from ultralytics import YOLO
from ultralytics.utils import ops

from ..cleaning import clean_value
from ..errors import TrainerError
from .classifier import Classifier, crop
from .detector import BOX, Detector
from .frames import letterbox, read_frame, to_batch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Exported = Callable[[torch.Tensor], list[torch.Tensor]]
    Compare = Callable[[np.ndarray], tuple[float, float]]

# Opset 17 is read by TensorRT 8.5 (JetPack 5) and later; nothing in a YOLO detection head needs a newer one.
OPSET = 17
ALLOWED_PIXELS = 0.5
ALLOWED_SCORE = 1e-3
PARITY_FRAMES = 8
# Boxes of anchors with less are noise, in both.
COMPARED_SCORE = 1e-3


@dataclass(frozen=True)
class Parity:
    """Largest differences over all frames: pixels of a box side, and score."""

    frames: int
    max_box_pixels: float
    max_score: float

    def demand(self) -> None:
        """Raise ExportParity where the files are two models. NaN is never allowed."""
        if not (self.max_box_pixels <= ALLOWED_PIXELS and self.max_score <= ALLOWED_SCORE):
            raise TrainerError(
                "ExportParity",
                maxBoxPixels=self.max_box_pixels,
                maxScore=self.max_score,
                allowedBoxPixels=ALLOWED_PIXELS,
                allowedScore=ALLOWED_SCORE,
            )


def export_onnx(weights: Path, target: Path, imgsz: int, scratch: Path, task: str) -> None:
    """Export `weights` (.pt) to `target` (.onnx): one frame of imgsz x imgsz, float32, no path of this machine."""
    scratch.mkdir(parents=True, exist_ok=True)
    copy = scratch / weights.name
    shutil.copyfile(weights, copy)
    settings = {"imgsz": imgsz, "batch": 1, "dynamic": False, "simplify": False, "opset": OPSET, "device": "cpu"}
    model = onnx.load(YOLO(str(copy), task=task).export(format="onnx", **settings))
    for entry in model.metadata_props:
        entry.value = str(clean_value(entry.value))
        if entry.key == "description":
            entry.value = f"{target.stem}, trained with Ultralytics"
    for node in model.graph.node:
        # The tracer may leave a stack trace with source paths.
        node.doc_string = ""
    onnx.checker.check_model(model)
    onnx.save(model, str(target))


def measure_parity(weights: Path, exported: Path, frames: list[Path], imgsz: int, task: str) -> Parity:
    """Compare raw outputs of both files on frames that are spread evenly over `frames`."""
    chosen = frames[:: max(1, len(frames) // PARITY_FRAMES)][:PARITY_FRAMES]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(exported), options, providers=["CPUExecutionProvider"])

    def exported_answers(batch: torch.Tensor) -> list[torch.Tensor]:
        return [torch.from_numpy(np.asarray(one)) for one in session.run(None, {"images": batch.numpy()})]

    compare = COMPARISONS[task](weights, imgsz, task, exported_answers)
    pixels, score = 0.0, 0.0
    for file in chosen:
        frame = read_frame(file)
        if frame is None:
            raise TrainerError("TrainingDataChanged", file=file.name, problem="it cannot be decoded any more")
        one_pixels, one_score = compare(frame)
        pixels, score = max(pixels, one_pixels), max(score, one_score)
    return Parity(len(chosen), pixels, score)


def _compare_boxes(weights: Path, imgsz: int, task: str, exported: Exported) -> Compare:
    """Boxes and scores, with masks their coefficients and prototypes."""
    detector = Detector(weights, [], torch.device("cpu"), task)

    def compare(frame: np.ndarray) -> tuple[float, float]:
        batch = to_batch([letterbox(frame, imgsz)], torch.device("cpu"))
        answers = exported(batch)
        raw, prototypes = detector.raw(batch)
        pixels, score = difference(raw, answers[0])
        return pixels, score if prototypes is None else max(score, _largest(prototypes, answers[1]))

    return compare


def _compare_frames(weights: Path, imgsz: int, _task: str, exported: Exported) -> Compare:
    """Probabilities of classes; there is no box, so no pixel of one is off."""
    classifier = Classifier(weights, [], torch.device("cpu"))

    def compare(frame: np.ndarray) -> tuple[float, float]:
        batch = crop(frame, imgsz)[None]
        return 0.0, _largest(classifier.raw(batch), exported(batch)[0])

    return compare


COMPARISONS = {"detect": _compare_boxes, "segment": _compare_boxes, "classify": _compare_frames}


def _largest(first: torch.Tensor, second: torch.Tensor) -> float:
    """Largest difference of two tensors; infinite where they have other shapes."""
    return float((first - second).abs().max()) if first.shape == second.shape else float("inf")


def difference(first: torch.Tensor, second: torch.Tensor) -> tuple[float, float]:
    """Largest difference of two raw outputs (1, 4 + classes, anchors): box side in pixels, score.

    Coefficients of masks, behind the scores, count as scores.
    """
    if first.shape != second.shape:
        return float("inf"), float("inf")
    scores = torch.maximum(first[:, BOX:].amax(1), second[:, BOX:].amax(1))[0]
    # At least the best anchors are compared: a model that sees nothing must agree too.
    chosen = scores >= min(COMPARED_SCORE, float(scores.topk(min(10, len(scores))).values[-1]))
    corners = [ops.xywh2xyxy(raw[0, :BOX].T[chosen]) for raw in (first, second)]
    sides = (corners[0] - corners[1]).abs().max()
    return float(sides), float((first[:, BOX:] - second[:, BOX:]).abs().max())

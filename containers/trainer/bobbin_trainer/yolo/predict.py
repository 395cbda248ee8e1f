"""One pass of one model over the frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from ultralytics.utils import ops

from ..errors import TrainerError
from ..run_lengths import pack, runs_of
from .classifier import Classifier, crop
from .detector import FOUND
from .frames import Letterboxed, letterbox, read_frame, to_batch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np

    from .detector import Detector, Found
    from .library import Messages

NMS_GAVE_UP = "NMS time limit"
PIXEL_DIGITS = 3
SCORE_DIGITS = 6
MASKS_AT_ONCE = 8


def predict(
    detector: Detector, role: str, frames: list[dict[str, Any]], job: dict[str, Any], folder: Path, messages: Messages
) -> Iterator[list[dict[str, Any]]]:
    """The prediction lines of `detector` in order of `frames`, batch by batch.

    Raises PredictionIncomplete: a frame cannot be decoded or has another size than the job says, or NMS gave up.
    """
    for start in range(0, len(frames), job["batch"]):
        part = frames[start : start + job["batch"]]
        boxed = [_open(folder / frame["file"], frame, role, job["imgsz"]) for frame in part]
        messages.lines.clear()
        batch = to_batch(boxed, detector.device)
        found = detector.detect(batch, job["confidence"], job["iou"], job["maxDetections"])
        if said := messages.about(NMS_GAVE_UP):
            raise TrainerError("PredictionIncomplete", model=role, problem=f"{said} at {part[0]['name']}")
        masked = detector.task == "segment"
        yield [_line(frame, role, one, each, masked) for frame, one, each in zip(part, boxed, found, strict=True)]


def classify(
    classifier: Classifier, role: str, frames: list[dict[str, Any]], job: dict[str, Any], folder: Path
) -> Iterator[list[dict[str, Any]]]:
    """The same for whole frames."""
    for start in range(0, len(frames), job["batch"]):
        part = frames[start : start + job["batch"]]
        batch = torch.stack([crop(_decode(folder / frame["file"], frame, role), job["imgsz"]) for frame in part])
        found = classifier.classify(batch.to(classifier.device), job["maxDetections"])
        yield [
            {
                **_head(frame, role),
                "boxes": [],
                "probabilities": [[number, round(probability, SCORE_DIGITS)] for number, probability in classes],
            }
            for frame, classes in zip(part, found, strict=True)
        ]


def _open(file: Path, frame: dict[str, Any], role: str, imgsz: int) -> Letterboxed:
    """Decode and letterbox a frame."""
    return letterbox(_decode(file, frame, role), imgsz)


def _decode(file: Path, frame: dict[str, Any], role: str) -> np.ndarray:
    """The pixels of a frame. Raises PredictionIncomplete."""
    pixels = read_frame(file)
    if pixels is None:
        raise TrainerError("PredictionIncomplete", model=role, problem=f"{frame['name']} cannot be decoded")
    height, width = pixels.shape[:2]
    if (width, height) != (frame["width"], frame["height"]):
        problem = f"{frame['name']} decodes to {width}x{height}, the job says {frame['width']}x{frame['height']}"
        raise TrainerError("PredictionIncomplete", model=role, problem=problem)
    return pixels


def _head(frame: dict[str, Any], role: str) -> dict[str, Any]:
    return {"frame": frame["name"], "sha256": frame["sha256"], "part": frame["part"], "model": role}


def _line(frame: dict[str, Any], role: str, boxed: Letterboxed, found: Found, masked: bool) -> dict[str, Any]:  # noqa: FBT001
    """One document bobbin/prediction-line/1."""
    placed = boxed.to_frame(found.boxes[:, :4])
    corners = placed.tolist()
    scores, classes = found.boxes[:, 4].tolist(), found.boxes[:, 5].tolist()
    boxes = [
        [int(number), round(score, SCORE_DIGITS), *(round(value, PIXEL_DIGITS) for value in box)]
        for number, score, box in zip(classes, scores, corners, strict=True)
    ]
    masks = _masks(boxed, found, placed) if masked else [""] * len(boxes)
    # Equal scores come in any order; the file must not.
    rows = sorted(zip(boxes, masks, strict=True), key=lambda row: (-row[0][1], row[0][0], row[0][2:], row[1]))
    return {
        **_head(frame, role),
        "boxes": [box for box, _ in rows],
        **({"masks": [mask for _, mask in rows]} if masked else {}),
    }


def _masks(boxed: Letterboxed, found: Found, placed: torch.Tensor) -> list[str]:
    """The mask of each box over the whole frame, packed; a few at a time, for each is as large as the frame."""
    if found.prototypes is None:
        return []
    masks = []
    for start in range(0, len(placed), MASKS_AT_ONCE):
        part = slice(start, start + MASKS_AT_ONCE)
        coefficients = found.boxes[part, FOUND:]
        pixels = ops.process_mask_native(found.prototypes, coefficients, placed[part], boxed.shape)
        masks.extend(pack(runs_of(mask)) for mask in pixels.numpy())
    return masks

"""One pass of one model over the frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import TrainerError
from .frames import Letterboxed, letterbox, read_frame, to_batch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import torch

    from .detector import Detector
    from .library import Messages

NMS_GAVE_UP = "NMS time limit"
PIXEL_DIGITS = 3
SCORE_DIGITS = 6


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
        yield [_line(frame, role, one, boxes) for frame, one, boxes in zip(part, boxed, found, strict=True)]


def _open(file: Path, frame: dict[str, Any], role: str, imgsz: int) -> Letterboxed:
    """Decode and letterbox a frame."""
    pixels = read_frame(file)
    if pixels is None:
        raise TrainerError("PredictionIncomplete", model=role, problem=f"{frame['name']} cannot be decoded")
    height, width = pixels.shape[:2]
    if (width, height) != (frame["width"], frame["height"]):
        problem = f"{frame['name']} decodes to {width}x{height}, the job says {frame['width']}x{frame['height']}"
        raise TrainerError("PredictionIncomplete", model=role, problem=problem)
    return letterbox(pixels, imgsz)


def _line(frame: dict[str, Any], role: str, boxed: Letterboxed, found: torch.Tensor) -> dict[str, Any]:
    """One document bobbin/prediction-line/1."""
    corners = boxed.to_frame(found[:, :4]).tolist()
    scores, classes = found[:, 4].tolist(), found[:, 5].tolist()
    boxes = [
        [int(number), round(score, SCORE_DIGITS), *(round(value, PIXEL_DIGITS) for value in box)]
        for number, score, box in zip(classes, scores, corners, strict=True)
    ]
    # Equal scores come in any order; the file must not.
    boxes.sort(key=lambda box: (-box[1], box[0], box[2:]))
    return {"frame": frame["name"], "sha256": frame["sha256"], "part": frame["part"], "model": role, "boxes": boxes}

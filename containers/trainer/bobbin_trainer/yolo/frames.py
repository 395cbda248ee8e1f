"""Reads frames as Ultralytics' own validation does, with the fixed protocol: a square letterbox.

Two steps, as there: the long side is resized to imgsz, then grey is added to a square.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import torch
from ultralytics.data.augment import LetterBox
from ultralytics.utils import ops
from ultralytics.utils.patches import imread

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

RatioPad = tuple[tuple[float, float], tuple[int, int]]


@dataclass(frozen=True)
class Letterboxed:
    """A frame as the model sees it.

    `image`: (imgsz, imgsz, 3), BGR, 8 bit. `shape`: (height, width) of the decoded frame, EXIF turned.
    """

    image: np.ndarray
    shape: tuple[int, int]
    ratio_pad: RatioPad
    imgsz: int

    def to_frame(self, boxes: torch.Tensor) -> torch.Tensor:
        """Boxes (n, 4) xyxy from letterboxed pixels to pixels of the frame, clipped to it."""
        size = (self.imgsz, self.imgsz)
        return ops.scale_boxes(size, boxes.clone(), self.shape, ratio_pad=self.ratio_pad)


def read_frame(file: Path) -> np.ndarray | None:
    """The frame as BGR, 8 bit, EXIF turned, (height, width, 3); None where it cannot be decoded."""
    return imread(str(file), flags=cv2.IMREAD_COLOR)


def letterbox(frame: np.ndarray, imgsz: int) -> Letterboxed:
    """Resize the long side to `imgsz` and pad to a square."""
    height, width = frame.shape[:2]
    ratio = imgsz / max(height, width)
    if ratio != 1:
        size = (min(math.ceil(width * ratio), imgsz), min(math.ceil(height * ratio), imgsz))
        frame = cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR)
    gains = (frame.shape[0] / height, frame.shape[1] / width)
    boxed = LetterBox(new_shape=(imgsz, imgsz), scaleup=False)({"img": frame, "ratio_pad": gains})
    return Letterboxed(boxed["img"], (height, width), boxed["ratio_pad"], imgsz)


def to_batch(frames: list[Letterboxed], device: torch.device) -> torch.Tensor:
    """Letterboxed frames as one input (n, 3, imgsz, imgsz): RGB, 0 to 1, float32."""
    images = [torch.from_numpy(frame.image[..., ::-1].transpose(2, 0, 1).copy()) for frame in frames]
    return torch.stack(images).to(device).float() / 255

"""A model that says what a whole frame shows, in the project's classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import torch
from PIL import Image
from ultralytics.data.augment import classify_transforms
from ultralytics.nn.autobackend import AutoBackend

from .detector import channels_of
from .weights import class_names, open_weights

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np


def crop(frame: np.ndarray, imgsz: int) -> torch.Tensor:
    """A frame (BGR, 8 bit) as Ultralytics' own validation shows it: the short side resized, the middle cut out.

    Returns (3, imgsz, imgsz): RGB, 0 to 1, float32.
    """
    return classify_transforms(imgsz)(Image.fromarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)))


class Classifier:
    """An open model with its class map."""

    def __init__(self, file: Path, class_map: list[dict[str, Any]], device: torch.device, *others: str) -> None:
        """Open `file` (digest checked before). Raises WeightsCorrupt, WeightsTaskMismatch.

        A model of one of the `others` tasks cannot answer: it knows no class.
        """
        model, _ = open_weights(file, "classify", *others)
        names = class_names(model) if model.task == "classify" else []
        self.device = device
        self.channels = channels_of(class_map, names)
        self.unknown = [entry["class"] for entry, group in zip(class_map, self.channels, strict=True) if not group]
        self._forward: Callable[[torch.Tensor], Any] = AutoBackend(model, device=device).eval()

    @torch.inference_mode()
    def raw(self, batch: torch.Tensor) -> torch.Tensor:
        """Probabilities of the model's own classes: (n, classes)."""
        answer = self._forward(batch)
        return answer[0] if isinstance(answer, list | tuple) else answer

    def classify(self, batch: torch.Tensor, most: int) -> list[list[tuple[int, float]]]:
        """For each frame the project's classes with their probabilities, the most probable first; at most `most`.

        Several names of one class are several ways to be it: their probabilities add up.
        """
        known = [(number, group) for number, group in enumerate(self.channels) if group]
        if not known:
            return [[] for _ in batch]
        raw = self.raw(batch).float().cpu().double()
        folded = torch.stack([raw[:, group].sum(1) for _, group in known], 1).clamp(0, 1)
        numbers = [number for number, _ in known]
        return [
            sorted(zip(numbers, row, strict=True), key=lambda pair: (-pair[1], pair[0]))[:most]
            for row in folded.tolist()
        ]

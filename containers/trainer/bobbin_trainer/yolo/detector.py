"""A model that answers in the project's classes: score channels are folded before boxes compete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from ultralytics.nn.autobackend import AutoBackend
from ultralytics.utils import nms

from .weights import class_names, open_weights

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BOX = 4
# NMS gives up after 2 s and this much per frame, and leaves the other frames of the batch empty.
NMS_SECONDS_PER_IMAGE = 60.0


def channels_of(class_map: list[dict[str, Any]], names: list[str]) -> list[list[int]]:
    """For each project class, in order, the model's channels that mean it; none where the model cannot know it."""
    return [[names.index(name) for name in entry["from"] if name in names] for entry in class_map]


def fold(raw: torch.Tensor, channels: list[list[int]]) -> torch.Tensor:
    """Raw output (n, 4 + classes, anchors) with one score channel for each known project class: the highest of its own.

    Folding comes before NMS: boxes of classes nobody asked for must not take a place or suppress a neighbour.
    """
    scores = [raw[:, [BOX + channel for channel in group]].amax(1, keepdim=True) for group in channels if group]
    return torch.cat([raw[:, :BOX], *scores], 1)


class Detector:
    """An open model with its class map."""

    def __init__(self, file: Path, class_map: list[dict[str, Any]], device: torch.device) -> None:
        """Open `file` (digest checked before). Raises WeightsCorrupt."""
        model, _ = open_weights(file)
        names = class_names(model)
        self.device = device
        self.channels = channels_of(class_map, names)
        self.known = [number for number, group in enumerate(self.channels) if group]
        self.unknown = [entry["class"] for entry, group in zip(class_map, self.channels, strict=True) if not group]
        self._forward: Callable[[torch.Tensor], Any] = AutoBackend(model, device=device, end2end=False).eval()

    @torch.inference_mode()
    def raw(self, batch: torch.Tensor) -> torch.Tensor:
        """Boxes (xywh, letterboxed pixels) and scores of all anchors: (n, 4 + classes, anchors)."""
        answer = self._forward(batch)
        return answer[0] if isinstance(answer, list | tuple) else answer

    @torch.inference_mode()
    def detect(self, batch: torch.Tensor, confidence: float, iou: float, most: int) -> list[torch.Tensor]:
        """For each frame (n, 6): xyxy in letterboxed pixels, score, project class number; by falling score."""
        if not self.known:
            return [torch.zeros((0, BOX + 2)) for _ in batch]
        found = nms.non_max_suppression(
            fold(self.raw(batch), self.channels),
            confidence,
            iou,
            multi_label=True,
            max_det=most,
            max_time_img=NMS_SECONDS_PER_IMAGE,
        )
        for boxes in found:
            boxes[:, 5] = torch.tensor(self.known, device=boxes.device)[boxes[:, 5].long()]
        return [boxes.cpu() for boxes in found]

"""A model that answers in the project's classes: score channels are folded before boxes compete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from ultralytics.nn.autobackend import AutoBackend
from ultralytics.utils import nms

from .weights import class_names, open_weights

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BOX = 4
# Box, score, class.
FOUND = 6
# NMS gives up after 2 s and this much per frame, and leaves the other frames of the batch empty.
NMS_SECONDS_PER_IMAGE = 60.0


def channels_of(class_map: list[dict[str, Any]], names: list[str]) -> list[list[int]]:
    """For each project class, in order, the model's channels that mean it; none where the model cannot know it."""
    return [[names.index(name) for name in entry["from"] if name in names] for entry in class_map]


def fold(raw: torch.Tensor, channels: list[list[int]], classes: int | None = None) -> torch.Tensor:
    """Raw output (n, 4 + classes, anchors) with one score channel for each known project class: the highest of its own.

    What stands behind the model's `classes`, coefficients of masks, stays behind.

    Folding comes before NMS: boxes of classes nobody asked for must not take a place or suppress a neighbour.
    """
    scores = [raw[:, [BOX + channel for channel in group]].amax(1, keepdim=True) for group in channels if group]
    rest = raw[:, BOX + classes :] if classes is not None else raw[:, raw.shape[1] :]
    return torch.cat([raw[:, :BOX], *scores, rest], 1)


@dataclass(frozen=True)
class Found:
    """What a model found in one frame.

    `boxes` (n, 6): xyxy in letterboxed pixels, score, project class number; of masks their coefficients behind.
    `prototypes`: what the coefficients are of; None without masks.
    """

    boxes: torch.Tensor
    prototypes: torch.Tensor | None


class Detector:
    """An open model with its class map."""

    def __init__(
        self, file: Path, class_map: list[dict[str, Any]], device: torch.device, task: str = "detect", *others: str
    ) -> None:
        """Open `file` (digest checked before). Raises WeightsCorrupt, WeightsTaskMismatch.

        A model of one of the `others` tasks cannot answer: it knows no class.
        """
        model, _ = open_weights(file, task, *others)
        names = class_names(model) if model.task == task else []
        self.device = device
        self.task = task
        self.classes = len(names)
        self.channels = channels_of(class_map, names)
        self.known = [number for number, group in enumerate(self.channels) if group]
        self.unknown = [entry["class"] for entry, group in zip(class_map, self.channels, strict=True) if not group]
        self._forward: Callable[[torch.Tensor], Any] = AutoBackend(model, device=device, end2end=False).eval()

    @torch.inference_mode()
    def raw(self, batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Boxes (xywh, letterboxed pixels) and scores of all anchors: (n, 4 + classes, anchors).

        With masks: their coefficients behind the scores, and the prototypes (n, prototypes, height, width).
        """
        answer = self._forward(batch)
        first = answer[0] if isinstance(answer, list | tuple) else answer
        return first if isinstance(first, tuple) else (first, None)

    @torch.inference_mode()
    def detect(self, batch: torch.Tensor, confidence: float, iou: float, most: int) -> list[Found]:
        """For each frame what was found, by falling score."""
        if not self.known:
            return [Found(torch.zeros((0, FOUND)), None) for _ in batch]
        raw, prototypes = self.raw(batch)
        found = nms.non_max_suppression(
            fold(raw, self.channels, self.classes),
            confidence,
            iou,
            multi_label=True,
            max_det=most,
            max_time_img=NMS_SECONDS_PER_IMAGE,
            nc=len(self.known),
        )
        for boxes in found:
            boxes[:, 5] = torch.tensor(self.known, device=boxes.device)[boxes[:, 5].long()]
        return [
            Found(boxes.cpu(), None if prototypes is None else prototypes[number].cpu())
            for number, boxes in enumerate(found)
        ]

"""Ultralytics' trainers without its silent repairs: it fails where the original changes the recipe."""

from __future__ import annotations

import math
from typing import Any

from ultralytics.engine.trainer import BaseTrainer
from ultralytics.models.yolo.classify import ClassificationTrainer, ClassificationValidator
from ultralytics.models.yolo.detect import DetectionTrainer, DetectionValidator
from ultralytics.models.yolo.segment import SegmentationTrainer, SegmentationValidator

from ..errors import TrainerError


class StrictTrainer(BaseTrainer):
    """Trains what was asked or raises a named error."""

    def __init__(self, overrides: dict[str, Any], classes: list[str]) -> None:
        """`overrides`: every argument that differs from Ultralytics' defaults. `classes`: their names, in order."""
        super().__init__(overrides=overrides)
        self.asked_batch = int(self.args.batch)
        self.class_names = dict(enumerate(classes))

    def _build_train_pipeline(self) -> None:
        """Build the loaders once. Ultralytics comes here again to halve the batch after it ran out of memory."""
        if getattr(self, "_oom_retries", 0):
            size = int(self.args.imgsz)
            raise TrainerError("OutOfMemory", device=self.device.type, batch=self.asked_batch, imgsz=size)
        super()._build_train_pipeline()

    def _handle_nan_recovery(self, epoch: int) -> bool:
        """Never roll back to an older state. The losses were judged batch by batch; what is left is the fitness."""
        if self.fitness is not None and not math.isfinite(self.fitness):
            raise TrainerError("LossNotFinite", epoch=epoch + 1, batch=len(self.train_loader))
        return False


class StrictDetectionTrainer(StrictTrainer, DetectionTrainer):
    """The same for boxes."""


class StrictSegmentationTrainer(StrictTrainer, SegmentationTrainer):
    """The same for masks."""


class StrictClassificationTrainer(StrictTrainer, ClassificationTrainer):
    """The same for whole frames."""

    def set_model_attributes(self) -> None:
        """Give the model the names of its classes: the folders have numbers, which no name can spoil."""
        self.model.names = self.class_names


TRAINERS: dict[str, type[StrictTrainer]] = {
    "detect": StrictDetectionTrainer,
    "segment": StrictSegmentationTrainer,
    "classify": StrictClassificationTrainer,
}
VALIDATORS = {"detect": DetectionValidator, "segment": SegmentationValidator, "classify": ClassificationValidator}

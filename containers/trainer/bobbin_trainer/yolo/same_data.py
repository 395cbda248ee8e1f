"""Proves that Ultralytics trains on every frame and every box it was given. It drops what it dislikes and goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import TrainerError

if TYPE_CHECKING:
    from ..training_folder import TrainingFolder
    from .library import Messages
    from .trainer import StrictTrainer


def demand_same_data(trainer: StrictTrainer, folder: TrainingFolder, messages: Messages) -> None:
    """Raise TrainingDataChanged for the first frame that was dropped or has another number of boxes.

    `fraction` in the recipe leaves frames of train out on purpose.
    """
    for part, loader in (("train", trainer.train_loader), ("val", trainer.test_loader)):
        kept = {Path(label["im_file"]).name: label for label in loader.dataset.labels}
        sampled = part == "train" and trainer.args.fraction != 1.0
        for image in folder.images[part]:
            if image.file.name not in kept:
                if sampled and not messages.about(image.file.name):
                    continue
                _refuse(image.file.name, "the frame was dropped", messages)
            elif len(kept[image.file.name]["cls"]) != image.boxes:
                found = len(kept[image.file.name]["cls"])
                _refuse(image.file.name, f"{found} of its {image.boxes} boxes were kept", messages)


def _refuse(name: str, problem: str, messages: Messages) -> None:
    """Raise with Ultralytics' own words, where it said any."""
    said: Any = messages.about(name)
    raise TrainerError("TrainingDataChanged", file=name, problem=f"{problem} ({said})" if said else problem)

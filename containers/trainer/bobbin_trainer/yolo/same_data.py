"""Proves that Ultralytics trains on every frame, box and class it was given. It drops what it dislikes and goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import TrainerError

if TYPE_CHECKING:
    from ..training_folder import TrainingFolder
    from .library import Messages
    from .trainer import StrictTrainer


def demand_same_data(trainer: StrictTrainer, folder: TrainingFolder, messages: Messages) -> None:
    """Raise TrainingDataChanged for the first frame that was dropped or has other labels.

    `fraction` in the recipe leaves frames of train out on purpose.
    """
    for part, loader in (("train", trainer.train_loader), ("val", trainer.test_loader)):
        kept = _kept(loader.dataset)
        sampled = part == "train" and trainer.args.fraction != 1.0
        for image in folder.images[part]:
            if image.file.name not in kept:
                if sampled and not messages.about(image.file.name):
                    continue
                _refuse(image.file.name, "the frame was dropped", messages)
                continue
            found = kept[image.file.name]
            if image.number is None and len(found) != image.boxes:
                _refuse(image.file.name, f"{len(found)} of its {image.boxes} boxes were kept", messages)
            if image.number is not None and found != [image.number]:
                _refuse(image.file.name, f"it was taken for class {found[0]}, it is of {image.number}", messages)


def _kept(dataset: Any) -> dict[str, list[int]]:
    """By file name the classes that Ultralytics read: of each box, or of the frame."""
    if hasattr(dataset, "samples"):
        return {Path(sample[0]).name: [int(sample[1])] for sample in dataset.samples}
    return {Path(label["im_file"]).name: [int(one) for one in label["cls"].ravel()] for label in dataset.labels}


def _refuse(name: str, problem: str, messages: Messages) -> None:
    """Raise with Ultralytics' own words, where it said any."""
    said: Any = messages.about(name)
    raise TrainerError("TrainingDataChanged", file=name, problem=f"{problem} ({said})" if said else problem)

"""Makes starting weights of one task out of detection weights: what the two have in common is kept, the rest is new."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch
from ultralytics.nn.tasks import SegmentationModel

from ..errors import TrainerError
from .weights import open_weights

if TYPE_CHECKING:
    from pathlib import Path

# Masks are sums of this many prototypes, made through this many channels: as in all of Ultralytics' -seg models.
PROTOTYPES = 32
CHANNELS = 256


def start_of(file: Path, task: str, seed: int) -> None:
    """Rewrite `file` as weights of `task` where they are detection weights; weights of `task` stay as they are.

    Raises WeightsCorrupt, WeightsTaskMismatch. `seed`: of the parts that detection weights do not have.
    """
    model, checkpoint = open_weights(file, *dict.fromkeys((task, "detect")))
    if model.task == task:
        return
    torch.manual_seed(seed)
    if model.yaml["head"][-1][2] != "Detect":
        found = "detect, with a head that has no sister for masks"
        raise TrainerError("WeightsTaskMismatch", file=file.name, found=found, wanted=task)
    made = SegmentationModel(_with_masks(model.yaml), ch=model.yaml.get("channels", 3), verbose=False)
    made.load(model, verbose=False)
    made.names = model.names
    made.task = task
    made.args = {**model.args, "task": task}
    torch.save({**checkpoint, "model": made.half(), "ema": None, "optimizer": None}, file)
    open_weights(file, task)


def _with_masks(architecture: dict[str, Any]) -> dict[str, Any]:
    """The architecture with the head that finds masks besides boxes."""
    made = deepcopy(architecture)
    source, repeats, _, arguments = made["head"][-1]
    head = "Segment26" if made.get("end2end") else "Segment"
    made["head"][-1] = [source, repeats, head, [arguments[0], PROTOTYPES, CHANNELS]]
    return made

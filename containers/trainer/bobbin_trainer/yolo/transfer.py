"""Makes starting weights of one task out of detection weights: what the two have in common is kept, the rest is new."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch
from ultralytics.nn.tasks import ClassificationModel, SegmentationModel

from ..errors import TrainerError
from .weights import open_weights

if TYPE_CHECKING:
    from pathlib import Path

# Masks are sums of this many prototypes, made through this many channels: as in all of Ultralytics' -seg models.
PROTOTYPES = 32
CHANNELS = 256
# Looks at a place at several scales: -cls models have no such layer.
POOLING = "SPPF"


def start_of(file: Path, task: str, seed: int) -> None:
    """Rewrite `file` as weights of `task` where they are detection weights; weights of `task` stay as they are.

    Raises WeightsCorrupt, WeightsTaskMismatch. `seed`: of the parts that detection weights do not have.
    """
    model, checkpoint = open_weights(file, *dict.fromkeys((task, "detect")))
    if model.task == task:
        return
    torch.manual_seed(seed)
    if model.yaml["head"][-1][2] != "Detect":
        found = "detect, with a head that has no sister for another task"
        raise TrainerError("WeightsTaskMismatch", file=file.name, found=found, wanted=task)
    made = MAKERS[task](model)
    made.names = model.names
    made.task = task
    made.args = {**model.args, "task": task}
    torch.save({**checkpoint, "model": made.half(), "ema": None, "optimizer": None}, file)
    open_weights(file, task)


def _segmenter(model: torch.nn.Module) -> torch.nn.Module:
    made = SegmentationModel(_with_masks(model.yaml), ch=model.yaml.get("channels", 3), verbose=False)
    made.load(model, verbose=False)
    return made


def _classifier(model: torch.nn.Module) -> torch.nn.Module:
    """The backbone, numbered anew without the layer that only detection has, and a new head behind it."""
    architecture = _of_whole_frames(model.yaml)
    made = ClassificationModel(architecture, ch=model.yaml.get("channels", 3), verbose=False)
    kept = [at for at, layer in enumerate(model.yaml["backbone"]) if layer[2] != POOLING]
    places = {before: after for after, before in enumerate(kept)}
    state = {}
    for name, values in model.state_dict().items():
        _, layer, rest = name.split(".", 2)
        if int(layer) in places:
            state[f"model.{places[int(layer)]}.{rest}"] = values
    made.load_state_dict({**made.state_dict(), **state})
    return made


def _of_whole_frames(architecture: dict[str, Any]) -> dict[str, Any]:
    """The architecture as Ultralytics' -cls models have it: the backbone without pooling, then the head of classes."""
    made = deepcopy(architecture)
    made["backbone"] = [layer for layer in made["backbone"] if layer[2] != POOLING]
    made["head"] = [[-1, 1, "Classify", ["nc"]]]
    return made


MAKERS = {"segment": _segmenter, "classify": _classifier}


def _with_masks(architecture: dict[str, Any]) -> dict[str, Any]:
    """The architecture with the head that finds masks besides boxes."""
    made = deepcopy(architecture)
    source, repeats, _, arguments = made["head"][-1]
    head = "Segment26" if made.get("end2end") else "Segment"
    made["head"][-1] = [source, repeats, head, [arguments[0], PROTOTYPES, CHANNELS]]
    return made

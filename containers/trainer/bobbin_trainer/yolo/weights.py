"""Opens checkpoints (digest first, safe unpickling) and writes the one that is released."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from ultralytics import utils
from ultralytics.nn.tasks import load_checkpoint

from .. import files
from ..cleaning import clean_arguments, clean_value
from ..errors import TrainerError
from ..failures import is_out_of_memory

if TYPE_CHECKING:
    from pathlib import Path


def demand_digest(file: Path, wanted: str) -> None:
    """Raise WeightsDigestMismatch where the file is not the one the job means; a missing file is one of them."""
    found = files.sha256(file) if file.is_file() else "no file"
    if found != wanted:
        raise TrainerError("WeightsDigestMismatch", file=file.name, found=found, wanted=wanted)


def open_weights(file: Path, *tasks: str) -> tuple[torch.nn.Module, dict[str, Any]]:
    """The model (float32, evaluation mode, on the CPU) and the checkpoint of a .pt file.

    Raises WeightsCorrupt for whatever is no checkpoint, WeightsTaskMismatch for one of another task than `tasks`.
    The digest has been checked before.
    """
    if not utils.SAFE_LOAD:
        raise RuntimeError("ULTRALYTICS_SAFE_LOAD is off: environment.silence comes before the import")
    try:
        model, checkpoint = load_checkpoint(file)
    except Exception as error:
        # Unpickling hostile bytes raises anything at all; memory is the one thing that is not the file's fault.
        if is_out_of_memory(error):
            raise
        raise TrainerError("WeightsCorrupt", file=file.name, problem=_first_line(error)) from error
    if model.task not in tasks:
        raise TrainerError("WeightsTaskMismatch", file=file.name, found=str(model.task), wanted=" or ".join(tasks))
    return model, checkpoint


def _first_line(error: Exception) -> str:
    """What happened in a line, without Ultralytics' advice and pictures."""
    line = (str(error).splitlines() or [""])[0].encode("ascii", "ignore").decode().strip()
    return f"{type(error).__name__}: {line[:300]}"


def class_names(model: torch.nn.Module) -> list[str]:
    """The model's class names in order of their number."""
    return [str(model.names[number]) for number in sorted(model.names)]


def release_weights(best: Path, target: Path, base_name: str, task: str) -> dict[str, Any]:
    """Write best.pt as released: half precision, no optimizer, no git facts, no path of this machine.

    `base_name` stands where the path of the starting weights stood. Returns the arguments it was trained with.
    """
    model, checkpoint = open_weights(best, task)
    arguments = clean_arguments(checkpoint["train_args"], base_name)
    model.args = arguments
    model.pt_path = target.name
    model.criterion = None
    for parameter in model.parameters():
        parameter.requires_grad = False
    content = {
        "epoch": -1,
        "best_fitness": None,
        "model": model.half(),
        "ema": None,
        "updates": None,
        "optimizer": None,
        "train_args": arguments,
        **{name: clean_value(checkpoint.get(name)) for name in ("train_metrics", "train_results", "date", "version")},
        "license": "AGPL-3.0 (https://ultralytics.com/license)",
        "docs": "https://docs.ultralytics.com",
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.save(content, target)
    open_weights(target, task)
    return arguments

"""Writes the training curves as TensorBoard scalars, after the training: one file, whole, also where it was resumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch.utils.tensorboard import SummaryWriter

if TYPE_CHECKING:
    from pathlib import Path

NAME = "events.out.tfevents.0.bobbin"


def write_scalars(metrics: dict[str, Any], folder: Path, scratch: Path) -> Path:
    """Write a document bobbin/training-metrics/1 into `folder`; the writer's own file name would hold the host's."""
    with SummaryWriter(log_dir=str(scratch)) as writer:
        for epoch in metrics["epochs"]:
            for name, value in _scalars(epoch).items():
                if value is not None:
                    writer.add_scalar(name, value, epoch["epoch"])
    (written,) = scratch.glob("events.out.tfevents.*")
    folder.mkdir(parents=True, exist_ok=True)
    return written.replace(folder / NAME)


def _scalars(epoch: dict[str, Any]) -> dict[str, float | None]:
    """Curve name → value of one epoch."""
    rates = {f"learningRate/{number}": value for number, value in enumerate(epoch["learningRates"])}
    losses = {f"{part}/{name}": value for part, values in epoch["losses"].items() for name, value in values.items()}
    return {**losses, **{f"metrics/{name}": value for name, value in epoch["metrics"].items()}, **rates}

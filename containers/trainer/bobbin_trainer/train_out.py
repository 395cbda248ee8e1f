"""Brings what a training left behind into `out`, by the names a release has, without this machine's paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from . import files
from .results_csv import keep_last_of_each_epoch, normalise
from .tensorboard import write_scalars

if TYPE_CHECKING:
    from pathlib import Path

# Mosaics and sample predictions show frames, and frames show people: they stay apart from what is signed.
PICTURES = ("train_batch*", "val_batch*")
PLOTS = ("*.png", "*.jpg")


def gather(run: Path, out: Path, scratch: Path, arguments: dict[str, Any]) -> dict[str, Any]:
    """Write out/train_run and out/pictures from Ultralytics' folder `run`; returns the training metrics.

    `arguments`: all of Ultralytics' arguments, cleaned.
    """
    target = out / "train_run"
    for folder in (target, out / "pictures"):
        files.remove_tree(folder)
    text = keep_last_of_each_epoch((run / "results.csv").read_text(encoding="utf-8"))
    files.write_whole(target / "results.csv", text.encode())
    listing = yaml.safe_dump(arguments, sort_keys=False, allow_unicode=True)
    files.write_whole(target / "args.yaml", listing.encode())
    metrics = normalise(text)
    files.write_json(target / "metrics.json", metrics)
    write_scalars(metrics, target, scratch / "tensorboard")
    pictures = {file for pattern in PICTURES for file in run.glob(pattern)}
    plots = {file for pattern in PLOTS for file in run.glob(pattern)} - pictures
    for folder, found in ((target, plots), (out / "pictures", pictures)):
        for file in sorted(found):
            files.copy_whole(file, folder / file.name)
    return metrics

"""The two phases of a training: a smoke test in its own folder, then the recipe, resumed where it was left."""

from __future__ import annotations

import gc
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ultralytics.utils.plotting import plot_results

from .. import files
from ..contract import task_of
from ..errors import TrainerError
from ..failures import name_failure
from .library import Messages, device_argument
from .same_data import demand_same_data
from .trainer import TRAINERS, VALIDATORS
from .watch import Watch
from .weights import open_weights

if TYPE_CHECKING:
    from pathlib import Path

    from ..checkpoints import Checkpoints, Generation
    from ..stop import Stop
    from ..streams import Streams
    from ..training_folder import TrainingFolder
    from .trainer import StrictTrainer

PLOT_SECONDS = 120


class SmokePassed(Exception):  # noqa: N818
    """Ends the smoke phase from inside Ultralytics' loop."""


@dataclass(frozen=True)
class Plan:
    """All that a training needs. `weights` and `data` are absolute paths inside the job's scratch folder."""

    job: dict[str, Any]
    scratch: Path
    weights: Path
    data: Path
    folder: TrainingFolder
    messages: Messages
    stop: Stop
    streams: Streams

    @property
    def task(self) -> str:
        """What is trained: detect, segment or classify."""
        return task_of(self.job)

    def overrides(self, run: Path) -> dict[str, Any]:
        """The recipe's arguments and what Bobbin sets itself."""
        return {
            **self.job["recipe"]["args"],
            "task": self.task,
            "mode": "train",
            "model": str(self.weights),
            "data": str(self.data),
            "save_dir": str(run),
            "device": device_argument(self.job["device"]),
        }

    def watch(self, phase: str) -> Watch:
        """Callbacks for one phase."""
        recipe = self.job["recipe"]
        return Watch(phase, self.job["threads"], recipe.get("batchNormMomentum"), self.stop, self.streams)


@dataclass(frozen=True)
class Trained:
    """What a training left behind: Ultralytics' folder, and figures."""

    run: Path
    best_epoch: int
    images_per_second: float


def smoke(plan: Plan) -> None:
    """Train a few batches with the real recipe and data, save once, open what was saved, throw all away.

    Raises a named error; SmokeFailed where there is no better name.
    """
    run = plan.scratch / "smoke"
    watch = plan.watch("smoke")
    watch.after_batch = lambda trainer: _end_smoke(trainer, watch.batch, plan)
    plan.streams.progress({"kind": "train", "phase": "smoke"})
    try:
        _train(plan, {**plan.overrides(run), "plots": False}, watch)
    except SmokePassed:
        pass
    except Exception as error:
        arguments = plan.job["recipe"]["args"]
        size = {"batch": int(arguments.get("batch", 16)), "imgsz": int(arguments.get("imgsz", 640))}
        named = name_failure(error, device=plan.job["device"], **size)
        if named.name == "TrainerFailed":
            raise TrainerError("SmokeFailed", problem=str(named.data["problem"])) from error
        raise named from error
    gc.collect()
    files.remove_tree(run)


def _end_smoke(trainer: StrictTrainer, batch: int, plan: Plan) -> None:
    """Save, open and leave after the wanted number of batches, or at the end of a shorter epoch."""
    if batch >= min(plan.job["recipe"]["smokeBatches"], len(trainer.train_loader)):
        trainer.save_model()
        open_weights(trainer.last, plan.task)
        raise SmokePassed


def train(plan: Plan, checkpoints: Checkpoints, newest: Generation | None) -> Trained:
    """Train the recipe to its end, from `newest` where an attempt before left one."""
    run = plan.scratch / "run"
    watch = plan.watch("train")
    watch.keep_checkpoints(checkpoints, newest.best_epoch if newest else 0)
    if newest is not None:
        newest.restore(run)
    if newest is not None and newest.finished:
        _finish(plan, run, watch)
    else:
        last = run / "weights" / "last.pt"
        # A resume path that does not exist makes Ultralytics take any last.pt it finds below the working folder.
        resume = {"resume": str(last)} if newest is not None and last.is_file() else {}
        _train(plan, {**plan.overrides(run), **resume}, watch)
    _wait_for_plots()
    return Trained(run, watch.best_epoch, watch.images_per_second)


def _train(plan: Plan, overrides: dict[str, Any], watch: Watch) -> None:
    """Run Ultralytics' loop under our callbacks."""
    trainer = TRAINERS[plan.task](overrides, plan.job["data"]["classes"])
    watch.attach(trainer)
    trainer.add_callback("on_pretrain_routine_end", lambda one: demand_same_data(one, plan.folder, plan.messages))
    try:
        trainer.train()
    except RuntimeError as error:
        # "No valid images found" and its kin: every frame was refused before our own check could look.
        if line := plan.messages.about("ignoring corrupt"):
            raise TrainerError(
                "TrainingDataChanged", file=str(plan.folder.images["train"][0].file.name), problem=line
            ) from error
        raise


def _finish(plan: Plan, run: Path, watch: Watch) -> None:
    """The last validation of a run that was killed after its last epoch: curves from best.pt and results.csv."""
    arguments = {**plan.overrides(run), "mode": "val", "model": None}
    validator = VALIDATORS[plan.task](save_dir=run, args=arguments)
    validator.add_callback("on_val_batch_end", watch.validated_batch)
    model, _ = open_weights(run / "weights" / "best.pt", plan.task)
    validator(model=model)
    if arguments.get("plots", True):
        plot_results(file=run / "results.csv")


def _wait_for_plots() -> None:
    """Ultralytics draws in threads of its own; their files must be there before they are listed."""
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join(PLOT_SECONDS)

"""What happens around Ultralytics' own loop: progress, checkpoints, stopping, judging the loss."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import psutil
import torch

from ..errors import TrainerError
from ..results_csv import clean_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ..checkpoints import Checkpoints
    from ..stop import Stop
    from ..streams import Streams
    from .trainer import StrictTrainer

# With mixed precision a batch may overflow: the scaler then skips it. This many in a row are no accident.
BAD_BATCHES_WITH_SCALER = 10
MEGABYTE = 1 << 20


class Watch:
    """Callbacks on a trainer. Epochs and batches count from 1."""

    def __init__(self, phase: str, threads: int, momentum: float | None, stop: Stop, streams: Streams) -> None:
        """`phase`: smoke or train; `momentum`: of batch normalisation, None leaves Ultralytics' own."""
        self.phase = phase
        self.threads = threads
        self.momentum = momentum
        self.stop = stop
        self.streams = streams
        self.batch = 0
        self.bad_batches = 0
        self.best_epoch = 0
        self.saved_epoch = 0
        self.images = 0
        self.seconds = 0.0
        self.save: Callable[[StrictTrainer], None] = _save_nothing
        self.after_batch: Callable[[StrictTrainer], None] = _save_nothing

    def attach(self, trainer: StrictTrainer) -> None:
        """Listen to `trainer`. The validator shares its callbacks."""
        trainer.add_callback("on_pretrain_routine_end", self._prepared)
        trainer.add_callback("on_train_start", self._started)
        trainer.add_callback("on_train_epoch_start", self._epoch_started)
        trainer.add_callback("on_train_batch_end", self._batch_ended)
        trainer.add_callback("on_val_batch_end", self.validated_batch)
        trainer.add_callback("on_model_save", self._saved)
        trainer.add_callback("on_fit_epoch_end", self._epoch_ended)

    def keep_checkpoints(self, checkpoints: Checkpoints, best_epoch: int) -> None:
        """Save every epoch's state; `best_epoch` is what an attempt before found, 0 for none."""
        self.best_epoch = best_epoch

        def save(trainer: StrictTrainer) -> None:
            run: Path = trainer.save_dir
            checkpoints.save(run, trainer.epoch + 1, self.best_epoch, finished=bool(trainer.stop))

        self.save = save

    def _prepared(self, _trainer: StrictTrainer) -> None:
        # Ultralytics sets the number of threads from the host; results must not depend on it.
        torch.set_num_threads(self.threads)

    def _started(self, trainer: StrictTrainer) -> None:
        if self.momentum is None:
            return
        for module in trainer.model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = self.momentum

    def _epoch_started(self, _trainer: StrictTrainer) -> None:
        self.batch = 0

    def _batch_ended(self, trainer: StrictTrainer) -> None:
        self.batch += 1
        epoch = trainer.epoch + 1
        self._judge_loss(trainer, epoch)
        self.after_batch(trainer)
        self.stop.check(epoch)
        self.streams.sometimes(
            {
                "kind": "train",
                "phase": self.phase,
                "epoch": epoch,
                "epochs": trainer.epochs,
                "batch": self.batch,
                "batches": len(trainer.train_loader),
                "metrics": _losses(trainer),
            }
        )

    def _judge_loss(self, trainer: StrictTrainer, epoch: int) -> None:
        self.bad_batches = 0 if math.isfinite(float(trainer.loss.detach())) else self.bad_batches + 1
        allowed = BAD_BATCHES_WITH_SCALER if trainer.scaler.is_enabled() else 1
        if self.bad_batches >= allowed:
            raise TrainerError("LossNotFinite", epoch=epoch, batch=self.batch)

    def validated_batch(self, validator: Any) -> None:
        """After each batch of a validation: stop where asked, and say how far it is."""
        self.stop.check(self.saved_epoch)
        batches = len(validator.dataloader)
        self.streams.sometimes(
            {
                "kind": "train",
                "phase": "validate",
                "batch": validator.batch_i + 1,
                "batches": batches,
            }
        )

    def _saved(self, trainer: StrictTrainer) -> None:
        self.saved_epoch = trainer.epoch + 1
        if trainer.best_fitness == trainer.fitness:
            self.best_epoch = self.saved_epoch
        self.save(trainer)

    def _epoch_ended(self, trainer: StrictTrainer) -> None:
        # Ultralytics calls this once more after its last validation, with an epoch that was never trained.
        if self.saved_epoch != trainer.epoch + 1:
            return
        # Without `val` only the last epoch is validated.
        validated = trainer.args.val or self.saved_epoch >= trainer.epochs
        images = len(trainer.train_loader.dataset) + (len(trainer.test_loader.dataset) if validated else 0)
        self.images += images
        self.seconds += trainer.epoch_time
        self.streams.progress(
            {
                "kind": "train",
                "phase": "train",
                "epoch": self.saved_epoch,
                "epochs": trainer.epochs,
                "metrics": {
                    **_losses(trainer),
                    **_validation(trainer),
                    "epochSeconds": round(trainer.epoch_time, 3),
                    "imagesPerSecond": round(images / trainer.epoch_time, 3),
                    "memoryMb": _memory(trainer),
                },
            }
        )

    @property
    def images_per_second(self) -> float:
        """Training and validation together, over the epochs of this attempt; 0 where it trained none."""
        return round(self.images / self.seconds, 3) if self.seconds else 0.0


def _save_nothing(_trainer: StrictTrainer) -> None:
    """The default: no checkpoint, nothing after a batch."""


def _finite(value: float) -> float | None:
    return round(float(value), 6) if math.isfinite(float(value)) else None


def _losses(trainer: StrictTrainer) -> dict[str, float | None]:
    """The epoch's mean losses so far."""
    return {clean_name(f"train/{name}")[1]: _finite(value) for name, value in (trainer.tloss or {}).items()}


def _validation(trainer: StrictTrainer) -> dict[str, float | None]:
    """precision, recall, mAP50, mAP50-95 where this epoch was validated."""
    if trainer.fitness is None:
        return {}
    named = ((clean_name(name), value) for name, value in trainer.metrics.items())
    return {name: _finite(value) for (kind, name), value in named if kind == "metric"}


def _memory(trainer: StrictTrainer) -> int:
    """Memory in use, in megabytes: the accelerator's where there is one, else the process'."""
    if trainer.device.type == "cuda":
        return torch.cuda.max_memory_reserved() // MEGABYTE
    return psutil.Process().memory_info().rss // MEGABYTE

"""The job `train`: check, smoke, train, export. Imported only after `environment.silence`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import files
from .checkpoints import Checkpoints
from .contract import task_of
from .mirror import make_mirror
from .train_out import gather
from .training_folder import TrainingFolder, read_training_folder
from .yolo import arguments, export, run, weights
from .yolo.library import device_argument, quiet
from .yolo.transfer import start_of

if TYPE_CHECKING:
    from pathlib import Path

    from .stop import Stop
    from .streams import Streams
    from .workplace import Workplace

# What may differ between two attempts at one training.
NOT_THE_TRAINING = ("deadlineEpoch", "runId", "out", "checkpoints")


@dataclass(frozen=True)
class TrainJob:
    """One start of a train job."""

    job: dict[str, Any]
    place: Workplace
    stop: Stop
    streams: Streams

    def execute(self) -> dict[str, Any]:
        """Do the job; returns the train part of the result. Raises TrainerError or what Ultralytics raised."""
        checkpoints = Checkpoints(self.place.checkpoints, self._digest())
        attempts = checkpoints.count_attempt()
        messages = quiet()
        self.streams.progress({"kind": "train", "phase": "start"})
        device_argument(self.job["device"])
        arguments.demand_allowed(self.job["recipe"]["args"], task_of(self.job))
        start = self._starting_weights()
        folder = read_training_folder(
            self.place.folder / self.job["data"]["folder"], self.job["data"], task_of(self.job)
        )
        data = make_mirror(folder, self.place.scratch / "data", self.job["data"]["classes"], task_of(self.job))
        plan = run.Plan(self.job, self.place.scratch, start, data, folder, messages, self.stop, self.streams)
        newest = checkpoints.newest()
        if newest is None:
            run.smoke(plan)
        trained = run.train(plan, checkpoints, newest)
        return {**self._hand_over(trained, folder), "attempts": attempts}

    def _digest(self) -> str:
        """Digest of all that a checkpoint of this training depends on."""
        return files.sha256_of_json({name: part for name, part in self.job.items() if name not in NOT_THE_TRAINING})

    def _starting_weights(self) -> Path:
        """Check the digest of the starting weights, open them once, and copy them to where Ultralytics takes them.

        Another task takes from detection weights what it can use. On CUDA Ultralytics tests mixed precision with
        a model of its own, which it would download; any model of boxes serves, so ours lies there under that name.
        """
        given = self.job["weights"]
        start = self.place.scratch / "weights" / "start.pt"
        source = self.place.folder / given["file"]
        weights.demand_digest(source, given["sha256"])
        files.copy_whole(source, start)
        weights.demand_digest(start, given["sha256"])
        if self.job["device"] == "cuda":
            files.copy_whole(start, start.with_name("yolo26n.pt"))
        start_of(start, task_of(self.job), int(self.job["recipe"]["args"].get("seed", 0)))
        return start

    def _hand_over(self, trained: run.Trained, folder: TrainingFolder) -> dict[str, Any]:
        """Write everything under `out` and check it."""
        self.stop.check()
        base, name = self.job["weights"]["name"], self.job["modelName"]
        self.streams.progress({"kind": "train", "phase": "export"})
        target = self.place.out / "weights"
        files.remove_tree(target)
        used = weights.release_weights(trained.run / "weights/best.pt", target / f"{name}.pt", base, task_of(self.job))
        metrics = gather(trained.run, self.place.out, self.place.scratch, used)
        parity = self._export(target / f"{name}.pt", target / f"{name}.onnx", used["imgsz"], folder)
        folder.demand_unchanged()
        return {
            "weights": self._entry(target / f"{name}.pt"),
            "onnx": {**self._entry(target / f"{name}.onnx"), "opset": export.OPSET, "parity": parity},
            "epochs": len(metrics["epochs"]),
            "bestEpoch": trained.best_epoch,
            "imagesPerSecond": trained.images_per_second,
        }

    def _export(self, source: Path, target: Path, imgsz: int, folder: TrainingFolder) -> dict[str, Any]:
        """Export to ONNX and compare on validation frames; returns the parity part of the result."""
        task = task_of(self.job)
        export.export_onnx(source, target, imgsz, self.place.scratch / "export", task)
        self.stop.check()
        parity = export.measure_parity(source, target, [image.file for image in folder.images["val"]], imgsz, task)
        parity.demand()
        return {"frames": parity.frames, "maxBoxPixels": parity.max_box_pixels, "maxScore": parity.max_score}

    def _entry(self, file: Path) -> dict[str, Any]:
        """A file of `out` by its path in the job's folder."""
        name = file.relative_to(self.place.folder).as_posix()
        return {"file": name, "sha256": files.sha256(file), "bytes": file.stat().st_size}

"""The job `predict`: one pass of each model over the same frames. Imported only after `environment.silence`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

import torch

from . import contract, files
from .contract import task_of
from .errors import TrainerError
from .yolo.arguments import demand_stride
from .yolo.classifier import Classifier
from .yolo.detector import Detector
from .yolo.library import Messages, quiet, torch_device
from .yolo.predict import classify, predict
from .yolo.weights import demand_digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .stop import Stop
    from .streams import Streams
    from .workplace import Workplace

NAME = "predictions.jsonl"


@dataclass(frozen=True)
class PredictJob:
    """One start of a predict job."""

    job: dict[str, Any]
    place: Workplace
    stop: Stop
    streams: Streams

    def execute(self) -> dict[str, Any]:
        """Do the job; returns the predict part of the result. Raises TrainerError or what torch raised."""
        messages = quiet()
        torch_device(self.job["device"])
        demand_stride(self.job["imgsz"], "job")
        torch.set_num_threads(self.job["threads"])
        frames = read_frames(self.place.folder / self.job["frames"])
        self._demand_frames(frames)
        file = self.place.out / NAME
        unfinished = self.place.scratch / NAME
        with unfinished.open("w", encoding="utf-8", newline="\n") as lines:
            unknown = {model["role"]: self._pass(model, frames, lines, messages) for model in self.job["models"]}
        files.copy_whole(unfinished, file)
        names = ("imgsz", "confidence", "iou", "maxDetections")
        return {
            "predictions": {
                "file": file.relative_to(self.place.folder).as_posix(),
                "sha256": files.sha256(file),
                "lines": len(frames) * len(self.job["models"]),
            },
            "unknownClasses": unknown,
            "protocol": {"rect": False, **{name: self.job[name] for name in names}},
        }

    def _demand_frames(self, frames: list[dict[str, Any]]) -> None:
        """Raise PredictionIncomplete where a frame is missing or is not the one the job means."""
        for frame in frames:
            file = self.place.folder / frame["file"]
            found = files.sha256(file) if file.is_file() else "no file"
            if found != frame["sha256"]:
                problem = f"{frame['name']} has SHA-256 {found}, wanted {frame['sha256']}"
                raise TrainerError("PredictionIncomplete", model=self.job["models"][0]["role"], problem=problem)

    def _pass(
        self, model: dict[str, Any], frames: list[dict[str, Any]], lines: TextIO, messages: Messages
    ) -> list[str]:
        """Write one model's lines; returns the project classes that it cannot know."""
        source = self.place.folder / model["file"]
        # What is opened is a copy that nobody else can change after its digest was taken.
        copy = self.place.scratch / "weights" / f"{model['role']}.pt"
        demand_digest(source, model["sha256"])
        files.copy_whole(source, copy)
        demand_digest(copy, model["sha256"])
        answers, unknown = self._answers(copy, model, frames, messages)
        event = {"kind": "predict", "model": model["role"], "total": len(frames)}
        self.streams.progress({**event, "done": 0})
        done = 0
        for batch in answers:
            lines.writelines(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in batch)
            done += len(batch)
            self.stop.check()
            self.streams.sometimes({**event, "done": done})
        self.streams.progress({**event, "done": done})
        return unknown

    def _answers(
        self, weights: Path, model: dict[str, Any], frames: list[dict[str, Any]], messages: Messages
    ) -> tuple[Iterator[list[dict[str, Any]]], list[str]]:
        """One model's lines, batch by batch, and the project classes that it cannot know."""
        device, task, role = torch_device(self.job["device"]), task_of(self.job), model["role"]
        # The off-the-shelf model may be of detection alone: then it knows neither masks nor frames, and says so.
        others = ("detect",) if role == "base" else ()

        def of_boxes() -> tuple[Iterator[list[dict[str, Any]]], list[str]]:
            detector = Detector(weights, model["classMap"], device, task, *others)
            return predict(detector, role, frames, self.job, self.place.folder, messages), detector.unknown

        def of_frames() -> tuple[Iterator[list[dict[str, Any]]], list[str]]:
            classifier = Classifier(weights, model["classMap"], device, *others)
            return classify(classifier, role, frames, self.job, self.place.folder), classifier.unknown

        return {"detect": of_boxes, "segment": of_boxes, "classify": of_frames}[task]()


def read_frames(file: Path) -> list[dict[str, Any]]:
    """The frames of a predict job, in the file's order. Raises JobInvalid."""
    try:
        frames = [contract.parse(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise TrainerError("JobInvalid", file=file.name, problem=str(error)) from error
    for frame in frames:
        contract.demand("bobbin/job-frame/1", frame, file.name)
        if not contract.inside(frame["file"]):
            raise TrainerError("JobInvalid", file=file.name, problem=f"{frame['file']!r} leaves the job's folder")
    return frames

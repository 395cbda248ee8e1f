"""The training folder as it arrives: images/{train,val}/*, labels/{train,val}/*.txt. Read only, never written.

For classify images/{train,val}/<number of the class>/* and no labels.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import TrainerError

if TYPE_CHECKING:
    from pathlib import Path

PARTS = ("train", "val")
CORNERS = 5
# A class and three corners.
TRIANGLE = 7


@dataclass(frozen=True)
class Image:
    """One frame: its file, its label file, and what Ultralytics should read there."""

    file: Path
    # None for classify: there the folder of the file says it.
    labels: Path | None
    # Distinct lines of the label file; Ultralytics reads a line twice written once.
    boxes: int
    # Number of the frame's class; None where a frame has boxes.
    number: int | None = None


@dataclass(frozen=True)
class TrainingFolder:
    """The frames by part, in order of name."""

    images: dict[str, list[Image]]
    stamps: dict[Path, tuple[int, int]] = field(repr=False)

    def demand_unchanged(self) -> None:
        """Raise TrainingDataChanged where a file has another size or time than when it was read."""
        for file, stamp in self.stamps.items():
            if _stamp(file) != stamp:
                raise TrainerError("TrainingDataChanged", file=file.name, problem="it was changed during the training")


def read_training_folder(folder: Path, data: dict[str, Any], task: str = "detect") -> TrainingFolder:
    """List and check the training folder of a job's `data`.

    Raises JobInvalid (missing folders, other counts than the job says, no frame to validate on), ClassWithoutLabels
    (no label in train), TrainingDataChanged (two frames would share one label file, a label line cannot be read).
    """
    images, stamps, seen = {}, {}, set()
    for part in PARTS:
        of_part = seen if part == "train" else set()
        images[part] = READERS[task](folder, part, of_part, task, len(data["classes"]))
        _demand_count(part, len(images[part]), data[part])
        files = [file for one in images[part] for file in (one.file, one.labels) if file is not None]
        stamps.update({file: _stamp(file) for file in files if file.exists()})
    for number, name in enumerate(data["classes"]):
        if number not in seen:
            raise TrainerError("ClassWithoutLabels", **{"class": name, "part": "train"})
    return TrainingFolder(images, stamps)


def class_folder(number: int) -> str:
    """The folder of a class: its names sort as the numbers do, so Ultralytics numbers the classes alike."""
    return f"{number:05d}"


def _read_classes(folder: Path, part: str, seen: set[int], _task: str, classes: int) -> list[Image]:
    """The frames of a part of classify, class by class; the numbers of classes go into `seen`."""
    source = folder / "images" / part
    if not source.is_dir():
        raise TrainerError("JobInvalid", file=f"images/{part}", problem="there is no such folder")
    known = {class_folder(number): number for number in range(classes)}
    found = []
    for inner in sorted(source.iterdir()):
        if inner.name not in known or not inner.is_dir():
            problem = f"it is no folder of one of {classes} classes"
            raise TrainerError("TrainingDataChanged", file=f"{part}/{inner.name}", problem=problem)
        number = known[inner.name]
        files = sorted(path for path in inner.iterdir() if path.is_file())
        found.extend(Image(file, None, 0, number) for file in files)
        seen.update([number] if files else [])
    return found


def _read_part(folder: Path, part: str, seen: set[int], task: str, _classes: int) -> list[Image]:
    """The frames of a part; class ids go into `seen`."""
    source = folder / "images" / part
    if not source.is_dir():
        raise TrainerError("JobInvalid", file=f"images/{part}", problem="there is no such folder")
    found: dict[str, Image] = {}
    for file in sorted(path for path in source.iterdir() if path.is_file()):
        if file.stem in found:
            problem = f"{found[file.stem].file.name} would share its label file"
            raise TrainerError("TrainingDataChanged", file=file.name, problem=problem)
        labels = folder / "labels" / part / f"{file.stem}.txt"
        rows = _read_labels(labels, task)
        seen.update(int(row[0]) for row in rows)
        found[file.stem] = Image(file, labels, len(rows))
    return list(found.values())


READERS = {"detect": _read_part, "segment": _read_part, "classify": _read_classes}


def _read_labels(file: Path, task: str) -> set[tuple[float, ...]]:
    """The distinct labels of a file; empty where there is none: background.

    A label is its class, then x, y, width, height or the corners of an outline.
    """
    if not file.exists():
        return set()
    rows = set()
    for number, line in enumerate(file.read_text(encoding="utf-8-sig").splitlines(), 1):
        if not line.strip():
            continue
        row = _numbers(line)
        if not _is_label(row, task) or not all(map(math.isfinite, row)):
            wanted = "box" if task == "detect" else "outline"
            problem = f"line {number} is no {wanted}: {line[:80]!r}"
            raise TrainerError("TrainingDataChanged", file=file.name, problem=problem)
        rows.add(row)
    return rows


def _is_label(row: tuple[float, ...], task: str) -> bool:
    """Whether a line has the numbers that the task reads."""
    return len(row) == CORNERS if task == "detect" else len(row) >= TRIANGLE and len(row) % 2 == 1


def _numbers(line: str) -> tuple[float, ...]:
    """The numbers of a label line in single precision, in which Ultralytics compares them; empty for words."""
    try:
        return tuple(struct.unpack("f", struct.pack("f", float(word)))[0] for word in line.split())
    except (ValueError, OverflowError):
        return ()


def _demand_count(part: str, found: int, wanted: int) -> None:
    if found != wanted:
        raise TrainerError("JobInvalid", file=f"images/{part}", problem=f"{found} frames, the job says {wanted}")
    if found == 0:
        raise TrainerError("JobInvalid", file=f"images/{part}", problem="there is no frame")


def _stamp(file: Path) -> tuple[int, int]:
    status = file.stat()
    return status.st_size, status.st_mtime_ns

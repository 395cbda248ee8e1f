"""A folder of links that Ultralytics may write into, so that it never writes into the real one.

It puts *.cache beside the labels and rewrites JPEGs that do not end as it likes; the originals are hard links into
a store shared by all dataset versions.
"""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

from PIL import Image as Picture

from .errors import TrainerError
from .training_folder import PARTS, TrainingFolder, class_folder

if TYPE_CHECKING:
    from pathlib import Path

JPEG_START = b"\xff\xd8"
JPEG_END = b"\xff\xd9"


def make_mirror(source: TrainingFolder, target: Path, classes: list[str], task: str = "detect") -> Path:
    """Mirror the training folder into `target` (new); returns what Ultralytics takes as its data.

    Images are links, labels are copies. Raises TrainingDataChanged for a JPEG that ends early.
    """
    return MIRRORS[task](source, target, classes)


def _mirror_classes(source: TrainingFolder, target: Path, classes: list[str]) -> Path:
    """A folder a class in every part, be it empty: Ultralytics numbers the folders that it finds. Returns `target`."""
    for part in PARTS:
        for number in range(len(classes)):
            (target / part / class_folder(number)).mkdir(parents=True)
        for image in source.images[part]:
            if image.number is None:
                raise RuntimeError(f"{image.file.name} has no class")
            _mirror_image(image.file, target / part / class_folder(image.number) / image.file.name)
    return target


def _mirror(source: TrainingFolder, target: Path, classes: list[str]) -> Path:
    """Images and labels, and data.yaml, which is returned."""
    for part in PARTS:
        for kind in ("images", "labels"):
            (target / kind / part).mkdir(parents=True)
        for image in source.images[part]:
            _mirror_image(image.file, target / "images" / part / image.file.name)
            if image.labels is not None and image.labels.exists():
                shutil.copyfile(image.labels, target / "labels" / part / image.labels.name)
    # JSON is YAML; names go by number so that no name is read as anything but text.
    content = {
        "path": str(target),
        "train": "images/train",
        "val": "images/val",
        "names": dict(enumerate(classes)),
    }
    file = target / "data.yaml"
    file.write_text(json.dumps(content, ensure_ascii=False, indent=2), encoding="utf-8")
    return file


MIRRORS = {"detect": _mirror, "segment": _mirror, "classify": _mirror_classes}


def _mirror_image(source: Path, target: Path) -> None:
    if _is_jpeg_with_odd_end(source):
        _copy_with_end(source, target)
    else:
        link(source, target)


def _is_jpeg_with_odd_end(file: Path) -> bool:
    """True for a JPEG that does not end in FFD9: Ultralytics would encode it anew."""
    with file.open("rb") as stream:
        if stream.read(2) != JPEG_START:
            return False
        stream.seek(-2, os.SEEK_END)
        return stream.read() != JPEG_END


def _copy_with_end(source: Path, target: Path) -> None:
    """Copy a JPEG and add the end mark: the pixels stay those that Predict reads from the original."""
    try:
        with Picture.open(source) as picture:
            picture.load()
    except OSError as error:
        raise TrainerError("TrainingDataChanged", file=source.name, problem=str(error)) from error
    target.write_bytes(source.read_bytes() + JPEG_END)


def link(source: Path, target: Path) -> None:
    """A symbolic link, a hard link or a copy, whichever the platform lets us make (Windows asks for a privilege)."""
    for make in (os.symlink, os.link):
        try:
            make(source, target)
        except OSError:
            continue
        return
    shutil.copyfile(source, target)

"""The training state, to the store and back. Every generation has a prefix of its own, and its mark is written last."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

from bobbin_trainer import files
from bobbin_trainer.checkpoints import MARK, NAMES
from bobbin_trainer.contract import parse
from bobbin_trainer.errors import TrainerError

from .keys import Keys, marked_generations
from .store import CHECKPOINT_TAG, Bucket

if TYPE_CHECKING:
    from pathlib import Path


class Generations:
    """Sends what appears in `checkpoints` (a folder with generation0 and generation1), once each."""

    def __init__(self, bucket: Bucket, keys: Keys, checkpoints: Path, waiting: Path) -> None:
        """`waiting`: a folder on the same disk, for links to what is being sent."""
        self.bucket = bucket
        self.keys = keys
        self.checkpoints = checkpoints
        self.waiting = waiting
        self._known: set[str] = set()

    def restore(self) -> int | None:
        """Bring back the newest generation that is whole; returns its epoch, None where there is none."""
        listed = self.bucket.list(self.keys.checkpoints)
        for prefix in marked_generations(self.keys.checkpoints, listed):
            try:
                return self._restore(prefix)
            except TrainerError as error:
                if error.name not in ("ObjectMissing", "ObjectCorrupt"):
                    raise
        return None

    def _restore(self, prefix: str) -> int:
        data = self.bucket.read(f"{prefix}{MARK}")
        mark = read_mark(data)
        if mark is None:
            raise TrainerError("ObjectCorrupt", key=f"{prefix}{MARK}", problem="it is no mark")
        folder = self.checkpoints / f"generation{mark['epoch'] % 2}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARK).unlink(missing_ok=True)
        for name in NAMES:
            self.bucket.download(f"{prefix}{name}", folder / name, mark["files"][name])
        files.write_whole(folder / MARK, data)
        self._known.add(hashlib.sha256(data).hexdigest())
        return mark["epoch"]

    def send_new(self) -> int:
        """Send every generation that was not sent yet, the older first; returns how many."""
        fresh = [one for one in (self._link(number) for number in (0, 1)) if one is not None]
        for mark, data, folder in sorted(fresh, key=lambda one: one[0]["epoch"]):
            self._send(mark, data, folder)
        return len(fresh)

    def _link(self, number: int) -> tuple[dict[str, Any], bytes, Path] | None:
        """Links to a generation that was not sent yet; None where it is sent, or being written this very moment.

        The trainer replaces files by renaming, so that a link keeps what it was made of.
        """
        source = self.checkpoints / f"generation{number}"
        target = self.waiting / f"generation{number}"
        files.remove_tree(target)
        target.mkdir(parents=True)
        try:
            data = (source / MARK).read_bytes()
            for name in NAMES:
                os.link(source / name, target / name)
        except FileNotFoundError:
            return None
        mark = read_mark(data)
        if mark is None or hashlib.sha256(data).hexdigest() in self._known:
            return None
        whole = all(files.sha256(target / name) == mark["files"][name] for name in NAMES)
        return (mark, data, target) if whole else None

    def _send(self, mark: dict[str, Any], data: bytes, folder: Path) -> None:
        digest = hashlib.sha256(data).hexdigest()
        for name in NAMES:
            key = self.keys.checkpoint(mark["epoch"], digest, name)
            demand(self.bucket.create_file(key, folder / name, mark["files"][name], CHECKPOINT_TAG), key)
        key = self.keys.checkpoint(mark["epoch"], digest, MARK)
        demand(self.bucket.create(key, data, CHECKPOINT_TAG), key)
        self._known.add(digest)
        files.remove_tree(folder)


def demand(stands: bool, key: str) -> None:  # noqa: FBT001 - the answer of `create`
    """Raise ObjectCorrupt where other bytes lie at a key that says what lies there."""
    if not stands:
        raise TrainerError("ObjectCorrupt", key=key, problem="other bytes lie there")


def read_mark(data: bytes) -> dict[str, Any] | None:
    """A mark as the trainer writes it; None for half of one, or for something else."""
    try:
        mark = parse(data)
        whole = set(mark["files"]) == set(NAMES) and isinstance(mark["epoch"], int) and mark["epoch"] > 0
    except (ValueError, TypeError, KeyError):
        return None
    return mark if whole else None

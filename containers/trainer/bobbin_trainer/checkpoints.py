"""The training state in two generations: one is always whole, whatever moment the process is killed.

A generation is a folder with last.pt, best.pt, results.csv and, written last, mark.json with their SHA-256.
Ultralytics writes last.pt in place; a kill in the middle leaves half a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import files
from .contract import parse
from .results_csv import keep_last_of_each_epoch

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("last.pt", "best.pt", "results.csv")
MARK = "mark.json"


@dataclass(frozen=True)
class Generation:
    """A whole, checked generation. Epochs count from 1."""

    folder: Path
    epoch: int
    best_epoch: int
    finished: bool

    def restore(self, run: Path) -> None:
        """Put the files where Ultralytics left them: `run`/weights/{last,best}.pt and `run`/results.csv."""
        for name in ("last.pt", "best.pt"):
            files.copy_whole(self.folder / name, run / "weights" / name)
        text = (self.folder / "results.csv").read_text(encoding="utf-8")
        files.write_whole(run / "results.csv", keep_last_of_each_epoch(text, self.epoch).encode())


class Checkpoints:
    """The folder of the two generations of one job."""

    def __init__(self, folder: Path, job_sha256: str) -> None:
        """`job_sha256`: digest of all that the training depends on; a generation of another job is not taken."""
        self.folder = folder
        self.job_sha256 = job_sha256

    def save(self, run: Path, epoch: int, best_epoch: int, *, finished: bool) -> None:
        """Copy the state after `epoch` (from 1) out of Ultralytics' folder `run`."""
        target = self.folder / f"generation{epoch % 2}"
        (target / MARK).unlink(missing_ok=True)
        sources = {"last.pt": run / "weights/last.pt", "best.pt": run / "weights/best.pt"}
        for name in NAMES:
            files.copy_whole(sources.get(name, run / name), target / name)
        mark = {
            "epoch": epoch,
            "bestEpoch": best_epoch,
            "finished": finished,
            "job": self.job_sha256,
            "files": {name: files.sha256(target / name) for name in NAMES},
        }
        files.write_json(target / MARK, mark)

    def newest(self) -> Generation | None:
        """The newest generation that is whole and of this job, or None."""
        found = [self._read(self.folder / f"generation{number}") for number in (0, 1)]
        return max((one for one in found if one is not None), key=lambda one: one.epoch, default=None)

    def _read(self, folder: Path) -> Generation | None:
        mark = _read_mark(folder / MARK)
        if mark is None or mark.get("job") != self.job_sha256:
            return None
        epochs = [mark.get("epoch"), mark.get("bestEpoch")]
        wanted = mark.get("files")
        if not isinstance(wanted, dict) or not all(type(epoch) is int for epoch in epochs):
            return None
        whole = all((folder / name).is_file() and files.sha256(folder / name) == wanted.get(name) for name in NAMES)
        return Generation(folder, *epochs, mark.get("finished") is True) if whole else None

    def count_attempt(self) -> int:
        """Count this start of the job; returns its number, from 1."""
        file = self.folder / "attempts.json"
        before = (_read_mark(file) or {}).get("attempts")
        number = (before if type(before) is int else 0) + 1
        files.write_json(file, {"attempts": number})
        return number


def _read_mark(file: Path) -> dict[str, Any] | None:
    """A small JSON object; None where it is missing or half written, which is what marks are for."""
    try:
        mark = parse(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return mark if isinstance(mark, dict) else None

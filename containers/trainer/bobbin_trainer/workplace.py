"""Where the files of one job lie. Everything is inside the job file's folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Workplace:
    """The folders of one job, as absolute paths."""

    folder: Path
    out: Path
    checkpoints: Path

    @classmethod
    def of(cls, folder: Path, job: dict[str, Any]) -> Workplace:
        """The places of `job`, whose file lies in `folder`."""
        return cls(folder, folder / job["out"], folder / job.get("checkpoints", "checkpoints"))

    @property
    def scratch(self) -> Path:
        """Unfinished work, label caches, Ultralytics' configuration; removed after success."""
        return self.folder / "scratch"

    @property
    def result(self) -> Path:
        """The answer; written last."""
        return self.folder / "result.json"

    @property
    def log(self) -> Path:
        """Everything that would have gone to stdout or stderr."""
        return self.out / "trainer.log"

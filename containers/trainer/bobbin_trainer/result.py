"""Makes, checks and reads result documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import contract, environment, files
from .clock import iso

if TYPE_CHECKING:
    from pathlib import Path

    from .errors import TrainerError
    from .workplace import Workplace


@dataclass(frozen=True)
class Answer:
    """Writes the result of one start of a job. `started`: seconds since 1970."""

    job: dict[str, Any]
    file: Path
    started: float

    def succeeded(self, found: dict[str, Any], out: Path) -> None:
        """Write the result of a finished job; `found` is the part that the job's kind adds."""
        self._write({"status": "succeeded", "files": files.list_files(out), **found})

    def failed(self, error: TrainerError) -> None:
        """Write the result of a failed job."""
        self._write({"status": "failed", "error": error.record()})

    def _write(self, rest: dict[str, Any]) -> None:
        document = {
            "schema": "bobbin/result/1",
            "runId": self.job["runId"],
            "kind": self.job["kind"],
            "startedAt": iso(self.started),
            "endedAt": iso(),
            "environment": environment.facts(self.job["device"], self.job["threads"]),
            **rest,
        }
        if wrong := contract.problems("bobbin/result/1", document):
            raise ValueError(f"the result is no bobbin/result/1: {wrong[0]}")
        files.write_json(self.file, document)


def is_finished(job: dict[str, Any], place: Workplace) -> bool:
    """True where an earlier start of this very job succeeded and every file it named is still the same."""
    try:
        before = contract.parse(place.result.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    if contract.problems("bobbin/result/1", before) or before["status"] != "succeeded":
        return False
    if (before["runId"], before["kind"]) != (job["runId"], job["kind"]):
        return False
    return all(_is_same(place.out / entry["name"], entry["sha256"]) for entry in before["files"])


def _is_same(file: Path, sha256: str) -> bool:
    return file.is_file() and files.sha256(file) == sha256

"""Lays out a job's folder as the laptop does: every input at its path, its digest checked, all in parallel."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, Any

from bobbin_trainer import contract, files
from bobbin_trainer.errors import TrainerError

from .store import PARALLEL, Bucket

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

DOCUMENT = "bobbin/job-inputs/1"
# The supervisor's own files in a job's folder.
RESERVED = {"job.json", "result.json"}


def read_inputs(text: str, name: str) -> list[dict[str, Any]]:
    """The lines of inputs-<kind>.jsonl.

    Raises JobInvalid: no JSON, against the schema, a path that leaves the folder or comes twice.
    """
    found: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = contract.parse(line)
        except ValueError as error:
            raise TrainerError("JobInvalid", file=name, problem=f"line {number}: {error}") from error
        contract.demand(DOCUMENT, value, name)
        path = value["path"]
        if not contract.inside(path) or path in RESERVED:
            raise TrainerError(
                "JobInvalid", file=name, problem=f"line {number}: the path {path!r} leaves the job's folder"
            )
        if path in found:
            raise TrainerError("JobInvalid", file=name, problem=f"line {number}: {path!r} comes twice")
        found[path] = value
    return list(found.values())


def lay_out(
    folder: Path,
    inputs: list[dict[str, Any]],
    buckets: Mapping[str, Bucket],
    check: Callable[[], None],
    say: Callable[[int, int], None],
) -> None:
    """Bring every input into `folder`.

    `check` raises where it is time to stop; `say` hears after each input how many of all are there. Raises what
    Bucket.download raises.
    """
    for parent in {(folder / one["path"]).parent for one in inputs}:
        parent.mkdir(parents=True, exist_ok=True)

    def bring(one: dict[str, Any]) -> None:
        check()
        target = folder / one["path"]
        if "text" in one:
            target.write_text(one["text"], encoding="utf-8", newline="")
        else:
            buckets[one["bucket"]].download(one["key"], target, one["sha256"])

    with ThreadPoolExecutor(PARALLEL) as pool:
        pending = [pool.submit(bring, one) for one in inputs]
        try:
            for done, future in enumerate(as_completed(pending), 1):
                future.result()
                say(done, len(pending))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def fresh_folder(scratch: Path, name: str) -> Path:
    """An empty folder for a job. Whatever earlier jobs of this machine left is removed: the disk is one job's."""
    jobs = scratch / "jobs"
    files.remove_tree(jobs)
    folder = jobs / name
    folder.mkdir(parents=True, mode=0o700)
    return folder

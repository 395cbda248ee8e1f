"""One start of one job, from an empty folder to a result in the store."""

from __future__ import annotations

import json
import secrets
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bobbin_trainer import contract, files
from bobbin_trainer.clock import iso
from bobbin_trainer.errors import TrainerError
from bobbin_trainer.result import Answer

from .child import Child, trainer_variables
from .generations import Generations
from .keys import Keys, highest
from .progress import Progress
from .results import collect, document, read_answer, send_failure, succeeded_before
from .staging import fresh_folder, lay_out, read_inputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .ending import Ending
    from .store import Bucket
    from .variables import Variables

LOOK_SECONDS = 1.0
# Staging that takes less says nothing.
TELL_SECONDS = 30.0


@dataclass
class Supervisor:
    """`buckets`: data and registry."""

    variables: Variables
    buckets: dict[str, Bucket]
    ending: Ending

    def __post_init__(self) -> None:
        """Know the keys."""
        self.keys = Keys(self.variables.run_id, self.variables.kind)
        self.data = self.buckets["data"]

    def run(self) -> int:
        """Do the job; returns the exit code: 0, or that of a named error."""
        started = time.time()
        if succeeded_before(self.data, self.keys):
            return 0
        start = self._count_start()
        folder = fresh_folder(self.variables.scratch, f"{self.keys.run_id}-{self.keys.kind}")
        try:
            return self._work(folder, start)
        except TrainerError as error:
            sys.stderr.write(f"{error.name}: {error}\n")
            self._say_failed(folder, start, started, error)
            return error.exit_code
        finally:
            files.remove_tree(folder)

    def _count_start(self) -> int:
        """The number of this start, from 1; no two starts have the same."""
        number = highest(self.keys.starts, self.data.list(self.keys.starts)) + 1
        # The nonce keeps two starts of the same moment apart.
        data = document({"at": iso(), "nonce": secrets.token_hex(8)})
        while not self.data.create(self.keys.start(number), data):
            number += 1
        return number

    def _work(self, folder: Path, start: int) -> int:
        job = self._read_job(folder)
        self.ending.check()
        inputs = read_inputs(self.data.read(self.keys.inputs).decode(), self.keys.inputs)
        progress = Progress(self.data, self.keys)
        lay_out(folder, inputs, self.buckets, self.ending.check, _tell(progress))
        # In the job's folder, since links need the same disk.
        generations = Generations(
            self.data, self.keys, folder / job.get("checkpoints", "checkpoints"), folder / "sending"
        )
        if job["kind"] == "train":
            generations.restore()
            # The trainer counts this start itself.
            files.write_json(generations.checkpoints / "attempts.json", {"attempts": start - 1})
        code = self._train(folder, job, generations, progress)
        return self._take_home(folder, job, start, code)

    def _read_job(self, folder: Path) -> dict[str, Any]:
        """The job, with this start's deadline, in the folder. Raises JobInvalid."""
        try:
            job = json.loads(self.data.read(self.keys.job))
        except ValueError as error:
            raise TrainerError("JobInvalid", file=self.keys.job, problem=str(error)) from error
        files.write_json(folder / "job.json", {**job, "deadlineEpoch": self.variables.deadline})
        job = contract.read_job(folder / "job.json")
        if (job["runId"], job["kind"]) != (self.keys.run_id, self.keys.kind):
            raise TrainerError("JobInvalid", file=self.keys.job, problem=f"it is {job['kind']} of run {job['runId']}")
        return job

    def _train(self, folder: Path, job: dict[str, Any], generations: Generations, progress: Progress) -> int:
        """Run the trainer and send what appears meanwhile; returns its exit code."""
        self.ending.check()
        child = Child(folder, trainer_variables(folder, job["threads"], self.variables.driver), _hear(progress))
        self.ending.attach(child)
        try:
            while (code := child.wait(LOOK_SECONDS)) is None:
                # A store that is away for a while costs no training: what was not sent is sent later.
                _later(progress.send)
                _later(generations.send_new)
        finally:
            child.kill()
        _later(generations.send_new)
        _later(lambda: progress.send(now=True))
        return code

    def _take_home(self, folder: Path, job: dict[str, Any], start: int, code: int) -> int:
        answer = read_answer(folder, self.keys)
        if code == 0 and answer is not None and answer["status"] == "succeeded":
            collect(folder, job["out"], answer, self.data, self.keys)
            return 0
        if answer is not None and answer["status"] == "failed":
            send_failure(answer, start, self.data, self.keys)
        if code == 0:
            raise TrainerError("TrainerFailed", problem="it ended well and left no answer")
        return code

    def _say_failed(self, folder: Path, start: int, started: float, error: TrainerError) -> None:
        """Write the answer that the trainer could not write; the exit code tells where even that fails."""
        try:
            job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
            Answer(job, folder / "result.json", started).failed(error)
            answer = read_answer(folder, self.keys)
            if answer is not None:
                send_failure(answer, start, self.data, self.keys)
        except (OSError, ValueError, KeyError, TypeError, TrainerError) as problem:
            sys.stderr.write(f"the failure is in this log only: {problem}\n")


def _tell(progress: Progress) -> Callable[[int, int], None]:
    """Says how many inputs are there, now and then: a guard ends a job that says nothing for long."""
    hear = _hear(progress)
    told = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told < TELL_SECONDS:
            return
        told = time.monotonic()
        hear(json.dumps({"kind": "work", "at": iso(), "what": "inputs brought", "done": done, "total": total}))
        _later(progress.send)

    return tell


def _hear(progress: Progress) -> Callable[[str], None]:
    """Progress goes on to the log and the store; whatever a library printed goes to the log's other side."""

    def hear(line: str) -> None:
        stream = sys.stdout if progress.add(line) else sys.stderr
        stream.write(f"{line}\n")
        stream.flush()

    return hear


def _later(send: Callable[[], object]) -> None:
    """Do it, or say in the log why not yet."""
    try:
        send()
    except TrainerError as error:
        sys.stderr.write(f"not sent yet: {error.name}: {error}\n")

"""The process: reads the job, does it, writes the result, and ends with the named error's exit code."""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from . import environment, files
from .contract import parse, read_job
from .errors import TrainerError
from .failures import name_failure
from .result import Answer, is_finished
from .stop import Stop
from .streams import Streams
from .workplace import Workplace

USAGE = 64


def main(arguments: list[str]) -> int:
    """Do the job of one job file. Returns the exit code: 0, or that of a named error."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m bobbin_trainer JOB.json\n")
        return USAGE
    file = Path(arguments[0]).absolute()
    started = time.time()
    try:
        job = read_job(file)
    except TrainerError as error:
        return _refuse(file, error, started)
    place = Workplace.of(file.parent, job)
    if is_finished(job, place):
        return 0
    return _run(job, place, Answer(job, place.result, started))


def _refuse(file: Path, error: TrainerError, started: float) -> int:
    """End with an invalid job; the result is written only where the job still says whose it is."""
    sys.stderr.write(f"{error.name}: {error}\n")
    try:
        job = parse(file.read_text(encoding="utf-8"))
        known = {name: job[name] for name in ("runId", "kind", "device", "threads")}
        Answer(known, file.with_name("result.json"), started).failed(error)
    except (OSError, ValueError, KeyError, TypeError):
        sys.stderr.write("no result is written: the job does not say whose it would be\n")
    return error.exit_code


def _run(job: dict[str, Any], place: Workplace, answer: Answer) -> int:
    """Do a valid job under redirected streams."""
    place.result.unlink(missing_ok=True)
    streams = Streams(place.log)
    stop = Stop(job.get("deadlineEpoch"))
    stop.listen()
    stop.watch(lambda: os._exit(_fail(stop.deadline_passed(), streams, answer)))
    try:
        stop.check()
        files.remove_tree(place.scratch)
        environment.silence(place.scratch, job["threads"])
        found = _execute(job, place, stop, streams)
        files.remove_tree(place.scratch)
        streams.close_log()
        answer.succeeded(found, place.out)
    except BaseException as error:  # the last line of defence: everything gets a name
        traceback.print_exc()
        size = job.get("recipe", {}).get("args", job)
        numbers = {name: int(size.get(name, default)) for name, default in (("batch", 16), ("imgsz", 640))}
        return _fail(name_failure(error, device=job["device"], **numbers), streams, answer)
    if job["kind"] == "train":
        streams.progress({"kind": "train", "phase": "end"})
    return 0


def _execute(job: dict[str, Any], place: Workplace, stop: Stop, streams: Streams) -> dict[str, Any]:
    """Import what the job needs, now that the surroundings are silent, and do it."""
    if job["kind"] == "train":
        from .train_job import TrainJob as Job  # noqa: PLC0415
    else:
        from .predict_job import PredictJob as Job  # noqa: PLC0415
    return Job(job, place, stop, streams).execute()


def _fail(error: TrainerError, streams: Streams, answer: Answer) -> int:
    """Say what happened in the log, on stderr and in the result."""
    sys.stderr.write(f"{error.name}: {error}\n")
    streams.close_log()
    sys.stderr.write(f"{error.name}: {error}\n")
    try:
        answer.failed(error)
    except OSError as problem:
        # A full disk may have no room for the result; the exit code still tells.
        sys.stderr.write(f"the result could not be written: {problem}\n")
    return error.exit_code

"""Reads and checks documents by the JSON Schemas that lib/contracts generates."""

from __future__ import annotations

import json
from functools import cache
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from .errors import GENERATED, TrainerError

if TYPE_CHECKING:
    from pathlib import Path


@cache
def validator(document: str) -> Draft202012Validator:
    """The validator of a document, e.g. `bobbin/job/1`."""
    text = (GENERATED / f"{document.replace('/', '.')}.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def parse(text: str | bytes) -> Any:
    """A JSON value. Raises ValueError: no JSON, or brackets in brackets without end."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("brackets nested too deep") from error


def problems(document: str, value: Any) -> list[str]:
    """What is wrong with `value`, deepest first; empty where it is valid."""
    found = list(validator(document).iter_errors(value))
    leaves = [leaf for error in found for leaf in (error.context or [error])]
    ordered = sorted(leaves, key=lambda leaf: -len(leaf.absolute_path))
    return [f"{'/'.join(map(str, leaf.absolute_path)) or 'document'}: {leaf.message[:200]}" for leaf in ordered]


def demand(document: str, value: Any, file: str) -> None:
    """Raise JobInvalid where `value` is not a valid `document`."""
    if found := problems(document, value):
        raise TrainerError("JobInvalid", file=file, problem=found[0])


def read_job(file: Path) -> dict[str, Any]:
    """Read and check a job file.

    Raises JobInvalid: no such file, no JSON, against the schema, or a path that leaves the job's folder.
    """
    try:
        job = parse(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainerError("JobInvalid", file=file.name, problem=str(error)) from error
    demand("bobbin/job/1", job, file.name)
    for path in _paths(job):
        if not inside(path):
            raise TrainerError("JobInvalid", file=file.name, problem=f"the path {path!r} leaves the job's folder")
    if "/" in job.get("modelName", "") or "\\" in job.get("modelName", ""):
        raise TrainerError("JobInvalid", file=file.name, problem=f"modelName {job['modelName']!r} is not a file name")
    return job


def task_of(job: dict[str, Any]) -> str:
    """What the model answers with: detect, where the job says nothing, segment or classify."""
    return job.get("task", "detect")


def _paths(job: dict[str, Any]) -> list[str]:
    """Every path the job names."""
    if job["kind"] == "train":
        return [job["out"], job["checkpoints"], job["data"]["folder"], job["weights"]["file"]]
    return [job["out"], job["frames"], *(model["file"] for model in job["models"])]


def inside(path: str) -> bool:
    """True for a relative path without `..`, read as POSIX and as Windows."""
    readings = (PurePosixPath(path), PureWindowsPath(path))
    return path != "" and not any(p.is_absolute() or p.drive or ".." in p.parts for p in readings)

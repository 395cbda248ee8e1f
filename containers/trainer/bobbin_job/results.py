"""What a job made, into the store: the files its result names, each with its digest, and the result itself last."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bobbin_trainer import contract, files
from bobbin_trainer.errors import TrainerError

if TYPE_CHECKING:
    from pathlib import Path

    from .keys import Keys
    from .store import Bucket


def read_answer(folder: Path, keys: Keys) -> dict[str, Any] | None:
    """The trainer's answer; None where there is none of this job."""
    try:
        answer = contract.parse((folder / "result.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if contract.problems("bobbin/result/1", answer) or (answer["runId"], answer["kind"]) != (keys.run_id, keys.kind):
        return None
    return answer


def succeeded_before(bucket: Bucket, keys: Keys) -> bool:
    """True where an earlier start brought this job to its end."""
    return bucket.exists(keys.result)


def collect(folder: Path, out: str, answer: dict[str, Any], bucket: Bucket, keys: Keys) -> None:
    """Send a finished job's files, then its result. Repeating it is harmless.

    Raises ObjectCorrupt where a file is not what the result says.
    """
    for entry in answer["files"]:
        _bring(folder / out / entry["name"], keys.file(entry["name"]), entry["sha256"], bucket)
    named = under_out(answer, out)
    if answer["kind"] == "predict":
        predictions = named["predictions"]
        _bring(folder / out / predictions["file"], keys.predictions, predictions["sha256"], bucket)
    # False: another start was first. Its answer stands, and whoever reads it checks the digests.
    bucket.create(keys.result, document(named))


def send_failure(answer: dict[str, Any], start: int, bucket: Bucket, keys: Keys) -> None:
    """Send the answer of a start that failed; it stands beside the result, since a later start may succeed."""
    bucket.create(keys.failed(start), document(answer))


def document(value: dict[str, Any]) -> bytes:
    """A document as Bobbin writes it."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def under_out(answer: dict[str, Any], out: str) -> dict[str, Any]:
    """The answer with file names under `out`, as `files` has them; the trainer names them from its folder."""
    parts = {name: answer[name] for name in ("predictions", "weights", "onnx") if name in answer}
    return {**answer, **{name: {**of, "file": of["file"].removeprefix(f"{out}/")} for name, of in parts.items()}}


def _bring(file: Path, key: str, sha256: str, bucket: Bucket) -> None:
    found = files.sha256(file) if file.is_file() else "no file"
    if found != sha256:
        problem = f"the job's file has SHA-256 {found}, its result says {sha256}"
        raise TrainerError("ObjectCorrupt", key=key, problem=problem)
    if not bucket.create_file(key, file, sha256):
        # A start that was cut off left it. No result names it, so nobody has read it.
        bucket.replace_file(key, file, sha256)

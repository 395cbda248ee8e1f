"""Reads Ultralytics' results.csv of every version since 8.0 under clean names. Pure: text in, values out.

Five families are known: space-padded names with epochs from 0 (8.0) or from 1 (8.1, 8.2); a `time` column (8.3);
more learning rates (MuSGD, 8.4); other losses (YOLO26, segment, pose, classify).
"""

from __future__ import annotations

import csv
import io
import math
import re
from typing import Any

LOSSES = {
    "loss": "loss",
    "box_loss": "boxLoss",
    "cls_loss": "classLoss",
    "dfl_loss": "dflLoss",
    "l1_loss": "l1Loss",
    "seg_loss": "segmentLoss",
    "sem_loss": "semanticLoss",
    "pose_loss": "poseLoss",
    "kobj_loss": "keypointLoss",
}
HEADS = {"": "", "B": "", "M": ".mask", "P": ".pose"}
METRIC = re.compile(r"metrics/([^()]+)(?:\((\w)\))?")
PADDED = re.compile(r"^\s+epoch")


def read_rows(text: str) -> list[dict[str, str]]:
    """The rows by trimmed column name. A row of another length than the header's is half written and left out.

    Without a column `epoch` it is none of Ultralytics' files: no rows.
    """
    lines = [[cell.strip() for cell in line] for line in csv.reader(io.StringIO(text)) if line]
    if not lines or "epoch" not in lines[0]:
        return []
    header = lines[0]
    return [dict(zip(header, line, strict=True)) for line in lines[1:] if len(line) == len(header)]


def keep_last_of_each_epoch(text: str, last_epoch: int | None = None) -> str:
    """The file without double rows (a kill between row and checkpoint makes one) and without rows after `last_epoch`.

    Epochs as the file counts them. The header and the kept rows stay byte for byte; the last row of an epoch wins.
    """
    header, *rows = text.splitlines() or [""]
    columns = header.count(",")
    kept = {}
    for row in rows:
        epoch = _number(row.split(",")[0])
        if epoch is not None and row.count(",") == columns and (last_epoch is None or epoch <= last_epoch):
            kept[epoch] = row
    return "".join(f"{line}\n" for line in (header, *(kept[epoch] for epoch in sorted(kept))))


def normalise(text: str) -> dict[str, Any]:
    """The document `bobbin/training-metrics/1` of a results.csv; epochs count from 1, NaN and infinity are null."""
    rows = read_rows(keep_last_of_each_epoch(text))
    shift = 1 if rows and min(_epoch(row) for row in rows) == 0 else 0
    epochs = [_entry(row, shift) for row in rows]
    for entry, elapsed in zip(epochs, _durations(rows), strict=True):
        entry["seconds"] = elapsed
    return {"schema": "bobbin/training-metrics/1", "family": family(text), "epochs": epochs}


def family(text: str) -> str:
    """Which shape of results.csv it is, in words: the head, and the first version that writes so."""
    header = text.splitlines()[0] if text else ""
    columns = [name.strip() for name in header.split(",")]
    return f"{_head(columns)} {_version(header, columns, text)}"


def _head(columns: list[str]) -> str:
    if "train/loss" in columns:
        return "classify"
    if "train/pose_loss" in columns:
        return "pose"
    return "segment" if "train/seg_loss" in columns else "detect"


def _version(header: str, columns: list[str], text: str) -> str:
    if PADDED.match(header):
        first = read_rows(text)[:1]
        return "8.0" if first and _epoch(first[0]) == 0 else "8.1"
    if "lr/pg3" in columns:
        return "8.4 MuSGD"
    return "8.4 YOLO26" if "train/l1_loss" in columns else "8.3"


def clean_name(column: str) -> tuple[str, str]:
    """What a column holds, and its clean name.

    The first is `train` or `val` (a loss), `metric`, `rate` or `other`; the second e.g. boxLoss, mAP50, mAP50-95.mask.
    """
    group, _, name = column.partition("/")
    if group in ("train", "val"):
        return group, LOSSES.get(name, _camel(name))
    if match := METRIC.fullmatch(column):
        return "metric", _camel(match[1]) + HEADS.get(match[2] or "", f".{match[2]}")
    return ("rate", name) if group == "lr" else ("other", column)


def _entry(row: dict[str, str], shift: int) -> dict[str, Any]:
    found: dict[str, dict[str, float | None]] = {"train": {}, "val": {}, "metric": {}, "rate": {}, "other": {}}
    for column, value in row.items():
        kind, name = clean_name(column)
        found[kind][name] = _number(value)
    # An epoch without validation is written as zeros; a validated one never has losses of exactly 0 beside them.
    if all(value == 0 for kind in ("val", "metric") for value in found[kind].values()):
        found.update({kind: dict.fromkeys(found[kind]) for kind in ("val", "metric")})
    return {
        "epoch": _epoch(row) + shift,
        "seconds": None,
        "losses": {"train": found["train"], "val": found["val"]},
        "metrics": found["metric"],
        "learningRates": list(found["rate"].values()),
    }


def _durations(rows: list[dict[str, str]]) -> list[float | None]:
    """Seconds of each epoch. `time` counts from the start of the process, so it falls where a run was resumed."""
    found: list[float | None] = []
    before = 0.0
    for row in rows:
        now = _number(row.get("time", ""))
        found.append(None if now is None else round(now - before if now >= before else now, 3))
        before = before if now is None else now
    return found


def _epoch(row: dict[str, str]) -> int:
    return int(_number(row["epoch"]) or 0)


def _number(text: str) -> float | None:
    """A finite number, or None for NaN, infinity, nothing and words."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _camel(name: str) -> str:
    """`accuracy_top1` → `accuracyTop1`; names without an underscore stay."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)

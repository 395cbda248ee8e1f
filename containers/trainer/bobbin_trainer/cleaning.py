"""Takes this machine's paths out of what is released. Pure."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

# Where a path stood, a name says more than nothing.
NAMED = {"data": "data.yaml", "save_dir": None, "project": None, "name": None, "resume": False}


def clean_arguments(arguments: dict[str, Any], model: str) -> dict[str, Any]:
    """Training arguments without absolute paths; `model` is the name of the starting weights."""
    fixed = {**NAMED, "model": model}
    return {name: fixed[name] if name in fixed else clean_value(value) for name, value in arguments.items()}


def clean_value(value: Any) -> Any:
    """An absolute path becomes its last part; lists and dictionaries are cleaned inside; all else stays."""
    if isinstance(value, dict):
        return {key: clean_value(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [clean_value(inner) for inner in value]
    if isinstance(value, str) and is_absolute(value):
        return PureWindowsPath(value).name
    return value


def is_absolute(text: str) -> bool:
    """True for an absolute path of POSIX or Windows."""
    return PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute()

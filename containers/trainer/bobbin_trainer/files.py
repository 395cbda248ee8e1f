"""Digests, whole-or-nothing writes, and lists of files."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

CHUNK = 1 << 20


def sha256(file: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_of_json(value: Any) -> str:
    """SHA-256 of a value's canonical JSON: sorted keys, no spaces."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def write_whole(file: Path, data: bytes) -> None:
    """Write a file so that a crash leaves either the old one or the new one: temporary name, fsync, rename."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.part")
    with temporary.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)
    sync_folder(file.parent)


def write_json(file: Path, value: Any) -> None:
    """Write a JSON document whole, with two spaces and a newline at the end."""
    write_whole(file, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file so that `target` is never half a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.part")
    with source.open("rb") as read, temporary.open("wb") as write:
        shutil.copyfileobj(read, write, CHUNK)
        write.flush()
        os.fsync(write.fileno())
    temporary.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut. Windows cannot open folders and needs none of it."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def list_files(folder: Path) -> list[dict[str, Any]]:
    """Every file under `folder` as {name, bytes, sha256}, sorted by name; names relative, with slashes."""
    files = sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file())
    return [{"name": name, "bytes": path.stat().st_size, "sha256": sha256(path)} for name, path in files]


def remove_tree(folder: Path) -> None:
    """Remove a folder and all in it, where it exists."""
    if folder.exists():
        shutil.rmtree(folder)

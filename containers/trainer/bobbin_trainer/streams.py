"""The process' outputs: progress on the real stdout, everything else into the log file."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any, TextIO

from .clock import iso

if TYPE_CHECKING:
    from pathlib import Path

EVENT_SECONDS = 1.0


class Streams:
    """Redirects file descriptors 1 and 2, so that C++ libraries and child processes are caught too."""

    def __init__(self, log: Path) -> None:
        """Open `log` for appending and put it behind stdout and stderr; keep the real ones for ourselves."""
        sys.stdout.flush()
        sys.stderr.flush()
        self._stdout = os.dup(1)
        self._stderr = os.dup(2)
        self._last_sent = 0.0
        log.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        os.close(handle)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True, encoding="utf-8", errors="backslashreplace")

    def progress(self, event: dict[str, Any]) -> None:
        """Send one progress event (without `at`), as one line of JSON."""
        line = json.dumps({"at": iso(), **event}, ensure_ascii=False, allow_nan=False) + "\n"
        self._last_sent = time.monotonic()
        # Nobody listening any more is no reason to lose a training.
        with contextlib.suppress(BrokenPipeError):
            os.write(self._stdout, line.encode())

    def sometimes(self, event: dict[str, Any]) -> None:
        """Send an event unless one was sent within the last second: batches are many, readers are slow."""
        if time.monotonic() - self._last_sent >= EVENT_SECONDS:
            self.progress(event)

    def close_log(self) -> None:
        """Detach the log file, so that its digest holds; whatever is still printed goes to the real stderr."""
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(self._stderr, 1)
        os.dup2(self._stderr, 2)

    @property
    def stderr(self) -> TextIO:
        """The real stderr, for the last word of a failed process."""
        return os.fdopen(os.dup(self._stderr), "w", encoding="utf-8", errors="backslashreplace")

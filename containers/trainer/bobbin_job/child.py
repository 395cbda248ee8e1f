"""The trainer as a child: a session of its own, a small environment, heard line by line, ended as a group."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGES = Path(__file__).parents[1]


def trainer_variables(folder: Path, threads: int, driver: dict[str, str]) -> dict[str, str]:
    """The whole environment of the trainer, as lib/local/jobs/python.ts has it: nothing else reaches it."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return {
        "PYTHONPATH": str(PACKAGES),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "OMP_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "PASSIVE",
        "LC_ALL": "C.UTF-8",
        **driver,
    }


class Child:
    """A started trainer."""

    def __init__(self, folder: Path, variables: dict[str, str], on_line: Callable[[str], None]) -> None:
        """Start it on job.json in `folder`. `on_line` is called from a thread, with every line of its stdout."""
        python = [sys.executable, "-m"]
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [*python, "bobbin_job.enclosure", *python, "bobbin_trainer", "job.json"],
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, args=(on_line,), daemon=True)
        self._reader.start()

    def _read(self, on_line: Callable[[str], None]) -> None:
        for line in self._process.stdout:
            on_line(line.rstrip("\n"))

    def ask_to_end(self) -> None:
        """Ask the trainer; it ends after its batch. Its loaders are not asked: one that ends first is a crash."""
        self._signal(os.kill, signal.SIGTERM)

    def kill(self) -> None:
        """End it and all it started."""
        self._signal(os.killpg, signal.SIGKILL)

    def _signal(self, send: Callable[[int, int], None], number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            send(self._process.pid, number)

    def wait(self, seconds: float) -> int | None:
        """The exit code (128 and the signal, where one ended it); None where it still runs after `seconds`."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        # What it left behind goes with it; it may hold our pipe open.
        self.kill()
        self._reader.join(5)
        return code if code >= 0 else 128 - code

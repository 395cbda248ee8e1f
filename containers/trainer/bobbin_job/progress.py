"""Progress lines: from the trainer's stdout into parts in the store, each written once."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from bobbin_trainer.contract import parse, problems

from .keys import Keys, highest

if TYPE_CHECKING:
    from .store import Bucket

PART_SECONDS = 15.0
# Longer lines are no progress of ours.
LINE_BYTES = 65_536


class Progress:
    """Collects lines, and sends them when a part's time is over. Any thread may add."""

    def __init__(self, bucket: Bucket, keys: Keys) -> None:
        """Goes on behind the parts that earlier starts of the job sent."""
        self._bucket = bucket
        self._keys = keys
        self._lock = threading.Lock()
        self._lines: list[str] = []
        self._number = highest(keys.progress, bucket.list(keys.progress))
        self._sent = time.monotonic()

    def add(self, line: str) -> bool:
        """Take a line; False where it is no progress."""
        if not is_progress(line):
            return False
        with self._lock:
            self._lines.append(line)
        return True

    def send(self, *, now: bool = False) -> None:
        """Send what came since the last part, where its time is over or `now`."""
        if not now and time.monotonic() - self._sent < PART_SECONDS:
            return
        with self._lock:
            lines, self._lines = self._lines, []
        self._sent = time.monotonic()
        if not lines:
            return
        data = "".join(f"{line}\n" for line in lines).encode()
        self._number += 1
        while not self._bucket.create(self._keys.progress_part(self._number), data):
            # A start of this job that was believed dead still speaks.
            self._number += 1


def is_progress(line: str) -> bool:
    """True for one line of bobbin/progress/1."""
    if len(line) > LINE_BYTES or not line.startswith("{"):
        return False
    try:
        return not problems("bobbin/progress/1", parse(line))
    except ValueError:
        return False

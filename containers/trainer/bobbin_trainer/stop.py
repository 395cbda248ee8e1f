"""Asks to stop: signals and the deadline. A job looks between two batches and ends with a named error."""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING

from .clock import iso
from .errors import TrainerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

SIGNALS = ("SIGTERM", "SIGINT", "SIGBREAK")
# A job that hangs inside a batch is ended from outside after this long.
GRACE_SECONDS = 30


class Stop:
    """A flag that signals set, and the deadline."""

    def __init__(self, deadline: int | None) -> None:
        """`deadline`: seconds since 1970, or None."""
        self.deadline = deadline
        self.asked = False

    def listen(self) -> None:
        """Take the signals that ask a process to end; names that this platform lacks are left out."""
        for name in SIGNALS:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True

    def check(self, epoch: int = 0) -> None:
        """Raise Interrupted or DeadlinePassed where it is time; `epoch` counts from 1, 0 outside training."""
        if self.asked:
            raise TrainerError("Interrupted", epoch=epoch)
        if self.deadline is not None and time.time() >= self.deadline:
            raise self.deadline_passed()

    def deadline_passed(self) -> TrainerError:
        """The error of a passed deadline."""
        return TrainerError("DeadlinePassed", deadline=iso(self.deadline))

    def watch(self, end: Callable[[], None]) -> None:
        """Call `end` from a thread if the process still runs well after the deadline."""
        if self.deadline is None:
            return
        seconds = max(0.0, self.deadline - time.time()) + GRACE_SECONDS
        # Longer than a thread can wait for means never.
        timer = threading.Timer(min(seconds, threading.TIMEOUT_MAX), end)
        timer.daemon = True
        timer.start()

"""Why and when a job must end: a signal (Spot gives two minutes, Batch thirty seconds) or its deadline."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

from bobbin_trainer.clock import iso
from bobbin_trainer.errors import TrainerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from .child import Child

# Batch kills 30 s after it asked. The trainer gets the first part, the last checkpoint the rest.
TRAINER_SECONDS = 12.0
ALL_SECONDS = 25.0
# The trainer ends itself at the deadline, between two batches; this much later nobody waits any longer.
OVERTIME_SECONDS = 30.0
DEADLINE = 70
INTERRUPTED = 71


class Ending:
    """Set up once, in the main thread. Hands the signal on to the child at once, whatever the main thread is doing."""

    def __init__(self, deadline: int, leave: Callable[[int], None] = os._exit) -> None:
        """`deadline`: seconds since 1970. `leave` ends this process when nothing else did."""
        self._deadline = deadline
        self._leave = leave
        self._asked = False
        self._child: Child | None = None
        self._timers: list[threading.Timer] = []

    def listen(self) -> None:
        """Take SIGTERM and SIGINT, and start the clock."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        left = max(0.0, self._deadline - time.time())
        self._after(left + OVERTIME_SECONDS, self._kill)
        self._after(left + OVERTIME_SECONDS + ALL_SECONDS, lambda: self._leave(DEADLINE))

    def attach(self, child: Child) -> None:
        """From now on the child is told too; a signal that came before is told now."""
        self._child = child
        if self._asked:
            child.ask_to_end()

    def stop(self) -> None:
        """Stop the clocks: the job is over."""
        for timer in self._timers:
            timer.cancel()

    def check(self) -> None:
        """Raise Interrupted or DeadlinePassed where it is time, as the trainer does."""
        if self._asked:
            raise TrainerError("Interrupted", epoch=0)
        if time.time() >= self._deadline:
            raise TrainerError("DeadlinePassed", deadline=iso(self._deadline))

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._asked:
            return
        self._asked = True
        if self._child is not None:
            self._child.ask_to_end()
        self._after(TRAINER_SECONDS, self._kill)
        self._after(ALL_SECONDS, lambda: self._leave(INTERRUPTED))

    def _kill(self) -> None:
        if self._child is not None:
            self._child.kill()

    def _after(self, seconds: float, call: Callable[[], None]) -> None:
        timer = threading.Timer(min(seconds, threading.TIMEOUT_MAX), call)
        timer.daemon = True
        timer.start()
        self._timers.append(timer)

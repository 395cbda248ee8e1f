"""Imports Ultralytics and makes it quiet: nothing on its own handlers, every message kept."""

from __future__ import annotations

import logging
import sys
from collections import deque

import torch
from ultralytics import utils

from ..errors import TrainerError

KEPT_MESSAGES = 2000


class Messages(logging.Handler):
    """Keeps Ultralytics' last messages, because some of its failures are only told there; writes all to stderr.

    stderr is the log file while a job runs.
    """

    def __init__(self) -> None:
        """Keep the last messages and no more: a long run says a lot."""
        super().__init__()
        self.lines: deque[str] = deque(maxlen=KEPT_MESSAGES)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep and write one message."""
        text = record.getMessage()
        self.lines.extend(text.splitlines())
        sys.stderr.write(f"{record.levelname} {text}\n")

    def about(self, word: str) -> str | None:
        """The last message that names `word`, or None."""
        return next((line for line in reversed(self.lines) if word in line), None)


def quiet() -> Messages:
    """Put our handler in place of Ultralytics' and stop its progress bars. Calling it twice is fine."""
    messages = Messages()
    utils.VERBOSE = False
    utils.LOGGER.handlers[:] = [messages]
    utils.LOGGER.propagate = False
    return messages


def device_argument(device: str) -> str:
    """What Ultralytics calls a job's device. Raises DeviceMissing where this machine lacks it."""
    if device == "cuda" and not torch.cuda.is_available():
        problem = "torch finds no CUDA device" if torch.version.cuda else "this torch was built without CUDA"
        raise TrainerError("DeviceMissing", device=device, problem=problem)
    if device == "mps" and not torch.backends.mps.is_available():
        raise TrainerError("DeviceMissing", device=device, problem="torch finds no Metal device")
    return "0" if device == "cuda" else device


def torch_device(device: str) -> torch.device:
    """The torch device of a job's device. Raises DeviceMissing."""
    device_argument(device)
    return torch.device("cuda:0" if device == "cuda" else device)

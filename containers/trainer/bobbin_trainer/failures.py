"""Which named error an exception is. Pure: it looks at types, numbers and the few texts that libraries offer."""

from __future__ import annotations

import errno

from .errors import TrainerError

DISK_ERRNOS = {errno.ENOSPC, errno.EFBIG, *([errno.EDQUOT] if hasattr(errno, "EDQUOT") else [])}
MEMORY_WORDS = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "cublas_status_alloc_failed",
    "cudnn_status_internal_error",
)


def chain(error: BaseException) -> list[BaseException]:
    """The exception and those that led to it, newest first."""
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        current = current.__cause__ or current.__context__
    return found


def is_out_of_memory(error: BaseException) -> bool:
    """True for Python's, torch's and CUDA's ways of saying that memory is out."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(word in str(error).lower() for word in MEMORY_WORDS)


def is_disk_full(error: BaseException) -> bool:
    """True for no space left, quota exceeded and file too large."""
    return isinstance(error, OSError) and error.errno in DISK_ERRNOS


def name_failure(error: BaseException, *, device: str, batch: int, imgsz: int) -> TrainerError:
    """The named error for any exception; TrainerFailed where no better name fits.

    `device`, `batch` and `imgsz` say what was running, for OutOfMemory.
    """
    for link in chain(error):
        if isinstance(link, TrainerError):
            return link
        if is_out_of_memory(link):
            return TrainerError("OutOfMemory", device=device, batch=batch, imgsz=imgsz)
        if is_disk_full(link):
            return TrainerError("DiskFull", problem=str(link))
    return TrainerError("TrainerFailed", problem=f"{type(error).__name__}: {error}"[:2000])

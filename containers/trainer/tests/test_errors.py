"""Named errors: words and codes come from the contracts, and every exception gets a name."""

import errno
from pathlib import Path

import pytest

from bobbin_trainer.errors import TrainerError, table
from bobbin_trainer.failures import name_failure

RUNNING = {"device": "cuda", "batch": 32, "imgsz": 640}


def test_the_message_is_the_template_with_its_data():
    error = TrainerError("LossNotFinite", epoch=3, batch=7)
    assert str(error) == "The loss became NaN or infinite in epoch 3, batch 7."
    assert error.exit_code == 68
    assert error.record() == {"name": "LossNotFinite", "message": str(error), "data": {"epoch": 3, "batch": 7}}


@pytest.mark.parametrize(("name", "data"), [("LossNotFinite", {"epoch": 3}), ("NoFrames", {"path": "", "found": ""})])
def test_a_wrong_field_or_an_error_of_others_is_a_fault_at_once(name, data):
    with pytest.raises(KeyError):
        TrainerError(name, **data)


def test_exit_codes_are_distinct_and_in_range():
    codes = [spec["trainerExit"] for spec in table().values() if spec["trainerExit"] is not None]
    assert len(codes) == len(set(codes)) == 19
    assert all(64 <= code <= 113 for code in codes)


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (MemoryError(), "OutOfMemory"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), "OutOfMemory"),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"), "OutOfMemory"),
        (OSError(errno.ENOSPC, "No space left on device"), "DiskFull"),
        (OSError(errno.EFBIG, "File too large"), "DiskFull"),
        (OSError(errno.EACCES, "Permission denied"), "TrainerFailed"),
        (ValueError("out of memory is only a word here"), "TrainerFailed"),
        (KeyboardInterrupt(), "TrainerFailed"),
    ],
)
def test_an_exception_gets_its_name(error, name):
    assert name_failure(error, **RUNNING).name == name


def test_the_cause_behind_an_exception_counts():
    error = RuntimeError("Dataset error")
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    assert name_failure(error, **RUNNING).name == "DiskFull"


def test_out_of_memory_says_what_was_running():
    assert name_failure(MemoryError(), **RUNNING).data == RUNNING


def test_a_really_full_disk_is_named():
    with pytest.raises(OSError, match="No space left") as caught:
        Path("/dev/full").write_text("x")
    assert name_failure(caught.value, **RUNNING).name == "DiskFull"

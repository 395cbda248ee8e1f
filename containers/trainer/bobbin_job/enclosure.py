"""`python -m bobbin_job.enclosure PROGRAM ARGUMENT…`: gives up network sockets for good, then becomes that program.

The trainer opens weights that strangers made. It runs as the same user as the supervisor, in the host's network, and
may read where the job's credentials are handed out (the container's first process has it in its environment). Without
a socket that does not help it. The kernel keeps the filter over everything the program starts.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

# <linux/prctl.h>, <linux/seccomp.h>, <linux/audit.h>
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
FILTER_MODE = 2
ALLOW = 0x7FFF0000
REFUSE = 0x00050000 | errno.EPERM
# Architecture as the kernel names it, and the number of socket(2).
MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
IO_URING_SETUP = 425
X32 = 0x40000000
AF_UNIX, AF_NETLINK = 1, 16
# Classic BPF: load a word, jump if equal, jump if not below, return.
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16


def instructions(architecture: int, socket: int) -> list[tuple[int, int, int, int]]:
    """The filter: sockets of this machine only, no io_uring, no other ABI.

    Each as (code, jump if true, jump if false, operand).
    """
    return [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 0, 8, architecture),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 6, 0, X32),
        (EQUAL, 5, 0, IO_URING_SETUP),
        (EQUAL, 0, 3, socket),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (EQUAL, 1, 0, AF_UNIX),
        (EQUAL, 0, 1, AF_NETLINK),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]


class Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def prctl(option: int, *arguments: object) -> None:
    """Raise OSError where the kernel refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, *arguments, *[ctypes.c_ulong(0)] * (4 - len(arguments))) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def give_up_network() -> None:
    """Refuse this process and all it starts every socket but those of this machine.

    Raises OSError where the kernel cannot.
    """
    known = MACHINES.get(platform.machine())
    if sys.platform != "linux" or known is None:
        raise OSError(errno.ENOSYS, f"no filter for {sys.platform} on {platform.machine()}")
    code = instructions(*known)
    packed = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in code))
    program = Program(len(code), ctypes.addressof(packed))
    prctl(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1))
    prctl(PR_SET_SECCOMP, ctypes.c_ulong(FILTER_MODE), ctypes.byref(program))


def hide_from_children() -> None:
    """Keep other processes of the same user out of this one's memory and environment: credentials are there."""
    if sys.platform == "linux":
        prctl(PR_SET_DUMPABLE, ctypes.c_ulong(0))


if __name__ == "__main__":
    try:
        give_up_network()
    except OSError as problem:
        # An old kernel is no reason not to train; the log says what is missing.
        sys.stderr.write(f"the trainer keeps its network: {problem}\n")
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - what the supervisor asked for

"""Loaded by Python itself at start: refuses every connection and notes every write outside the job's folder.

BOBBIN_GUARD_INSIDE names the folder, BOBBIN_GUARD_REPORT the file (opened now) that takes one line per trespass.
"""

import os
import sys

INSIDE = os.path.realpath(os.environ["BOBBIN_GUARD_INSIDE"]) + os.sep
REPORT = os.open(os.environ["BOBBIN_GUARD_REPORT"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
NETWORK = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind"}
# Where an event holds the path that it changes, and the folder descriptor that the path is relative to.
CHANGES = {
    "os.mkdir": (0, 2),
    "os.remove": (0, 1),
    "os.rmdir": (0, 1),
    "os.rename": (1, 3),
    "os.link": (1, 3),
    "os.symlink": (1, 2),
    "os.truncate": (0, None),
    "os.chmod": (0, 2),
    "os.utime": (0, 3),
}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def is_outside(path):
    if not isinstance(path, str | bytes | os.PathLike):
        return False
    # The link itself is what is changed, so only its folder is resolved.
    text = os.path.abspath(os.fsdecode(path))
    real = os.path.join(os.path.realpath(os.path.dirname(text)), os.path.basename(text))
    return not (real + os.sep).startswith(INSIDE) and not real.startswith("/dev/")


def locate(path, folder):
    if folder == -1 or not isinstance(path, str | bytes | os.PathLike):
        return path
    return os.path.join(os.readlink(f"/proc/self/fd/{folder}"), os.fsdecode(path))


def hook(event, arguments):
    if event in NETWORK:
        os.write(REPORT, f"{event} {arguments[1:]}\n".encode())
        raise PermissionError(f"the network is forbidden here: {event}")
    if event == "open":
        path, _, flags = arguments
        if isinstance(flags, int) and flags & WRITING and is_outside(path):
            os.write(REPORT, f"open {path!r} {flags:o}\n".encode())
    elif event in CHANGES:
        path, folder = CHANGES[event]
        if is_outside(locate(arguments[path], -1 if folder is None else arguments[folder])):
            os.write(REPORT, f"{event} {arguments[path]!r}\n".encode())


sys.addaudithook(hook)

"""The trainer's walls: no network, no sight of the job's credentials."""

import os
import subprocess
import sys

import pytest
import workshop

from bobbin_job.child import trainer_variables

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux'")
TRY = """
import socket, subprocess, sys
def opened(family):
    try:
        socket.socket(family, socket.SOCK_DGRAM).close()
        return True
    except OSError:
        return False
found = {name: opened(getattr(socket, name)) for name in ("AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK")}
found["pair"] = len(socket.socketpair())
print(found)
if len(sys.argv) > 1:
    subprocess.run([sys.executable, "-c", sys.argv[1]], check=True)
"""
WALLED = "{'AF_INET': False, 'AF_INET6': False, 'AF_UNIX': True, 'AF_NETLINK': True, 'pair': 2}"


def run(*words):
    environment = {"PYTHONPATH": str(workshop.TRAINER), "PATH": os.environ["PATH"]}
    return subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=True)


@LINUX
def test_inside_there_is_no_network_and_no_way_back_for_children():
    assert "'AF_INET': True" in run("-c", TRY).stdout
    inside = run("-m", "bobbin_job.enclosure", sys.executable, "-c", TRY, TRY)
    assert inside.stderr == ""
    assert inside.stdout.splitlines() == [WALLED, WALLED]


NOBODY = 65_534
PEEK = """
import os, sys
from bobbin_job.enclosure import PR_SET_DUMPABLE, hide_from_children, prctl
import ctypes
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
prctl(PR_SET_DUMPABLE, ctypes.c_ulong(1))
def peek():
    if (child := os.fork()) == 0:
        try:
            seen = b"RELATIVE_URI" in open(f"/proc/{os.getppid()}/environ", "rb").read()
        except PermissionError:
            seen = None
        os._exit({True: 1, False: 2, None: 0}[seen])
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(peek())
hide_from_children()
print(peek())
"""


@LINUX
def test_the_supervisor_hides_its_environment_from_its_own_user():
    environment = {"PYTHONPATH": str(workshop.TRAINER), "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/x"}
    ended = subprocess.run([sys.executable, "-c", PEEK], env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["1", "0"]


def test_nothing_of_the_container_reaches_the_trainer(tmp_path, monkeypatch):
    for name in ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_SECRET_ACCESS_KEY", "BOBBIN_DATA_BUCKET"):
        monkeypatch.setenv(name, "secret")
    found = trainer_variables(tmp_path, 2, {"LD_LIBRARY_PATH": "/driver"})
    assert "secret" not in found.values()
    assert not [name for name in found if name.startswith(("AWS", "BOBBIN", "ECS"))]
    assert found["LD_LIBRARY_PATH"] == "/driver"

"""Only progress reaches stdout: prints, C libraries and child processes land in the log."""

import json
import subprocess
import sys

import workshop

SCRIPT = """
import os, sys
from pathlib import Path
from bobbin_trainer.streams import Streams
streams = Streams(Path(sys.argv[1]))
print("a print")
sys.stderr.write("a warning\\n")
os.write(1, b"a C library\\n")
os.system("echo a child")
streams.progress({"kind": "predict", "model": "base", "done": 0, "total": 1})
streams.sometimes({"kind": "predict", "model": "base", "done": 1, "total": 1})
streams.close_log()
print("too late for the log")
"""


def test_streams_are_kept_apart(tmp_path):
    log = tmp_path / "out/trainer.log"
    command = [sys.executable, "-c", SCRIPT, str(log)]
    environment = {"PYTHONPATH": str(workshop.TRAINER), "PATH": "/usr/bin:/bin"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    (line,) = ended.stdout.splitlines()
    assert json.loads(line)["done"] == 0
    assert sorted(log.read_text().splitlines()) == ["a C library", "a child", "a print", "a warning"]
    assert ended.stderr == "too late for the log\n"


def test_a_reader_that_left_does_not_end_the_job(tmp_path):
    script = (
        SCRIPT.replace('print("a print")', "import time; time.sleep(0.3)") + '\nPath(sys.argv[1] + ".done").touch()'
    )
    command = [sys.executable, "-c", script, str(tmp_path / "log")]
    environment = {"PYTHONPATH": str(workshop.TRAINER), "PATH": "/usr/bin:/bin"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    process.stdout.close()
    assert process.wait(30) == 0
    assert (tmp_path / "log.done").exists()

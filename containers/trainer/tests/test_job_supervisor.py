"""Jobs that go wrong, and what is left of them: a small program in the trainer's place misbehaves as the job says."""

import json
import os
import shutil
import signal
import threading
import time
from pathlib import Path

import cloudhouse
import pytest
import workshop
from hypothesis import given, settings
from hypothesis import strategies as st

from bobbin_job import ending as ending_module
from bobbin_job import progress, supervisor
from bobbin_job.ending import Ending
from bobbin_job.keys import Keys
from bobbin_job.supervisor import Supervisor
from bobbin_job.variables import Variables
from bobbin_trainer import contract

STAND_IN = r"""
import hashlib, json, os, signal, subprocess, sys, time
from pathlib import Path
job = json.load(open(sys.argv[1]))
behave = Path("behave.txt").read_text()
environment = {"trainer": "0", "python": "3", "torch": "0", "ultralytics": "0", "platform": "t", "processor": "t",
               "device": "cpu", "threads": 1, "lockSha256": None}
moment = "2026-01-02T03:04:05.000Z"
base = {"schema": "bobbin/result/1", "runId": job["runId"], "kind": "predict", "startedAt": moment, "endedAt": moment,
        "environment": environment}
def finish(document, code):
    Path("result.json").write_text(json.dumps({**base, **document})); sys.exit(code)
if behave == "named":
    finish({"status": "failed", "error": {"name": "OutOfMemory", "message": "", "data": {}}}, 67)
if behave == "silent": sys.exit(9)
if behave == "gone": sys.exit(0)
if behave == "killed": os.kill(os.getpid(), signal.SIGKILL)
if behave == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Path("deaf").touch()
    time.sleep(600)
if behave == "child":
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print("left behind", child.pid, flush=True)
text = json.dumps(dict(os.environ)) + "\n"
Path("out").mkdir()
Path("out/predictions.jsonl").write_text(text)
entry = {"name": "predictions.jsonl", "bytes": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()}
if behave == "other bytes": Path("out/predictions.jsonl").write_text("changed")
print(json.dumps({"kind": "predict", "at": moment, "model": "base", "done": 0, "total": 1}), flush=True)
print("a library says hello", flush=True)
predictions = {"file": "out/predictions.jsonl", "sha256": entry["sha256"], "lines": 1}
protocol = {"imgsz": 320, "rect": False, "confidence": 0.001, "iou": 0.7, "maxDetections": 300}
finish({"status": "succeeded", "files": [entry], "predictions": predictions, "unknownClasses": {},
        "protocol": protocol}, 0)
"""


@pytest.fixture
def job(cloud, tmp_path, monkeypatch):
    """Runs a predict job whose trainer behaves as told; returns exit code and keys."""
    packages = tmp_path / "packages"
    (packages / "bobbin_trainer").mkdir(parents=True)
    (packages / "bobbin_trainer/__main__.py").write_text(STAND_IN)
    (packages / "bobbin_job").mkdir()
    shutil.copy(workshop.TRAINER / "bobbin_job/enclosure.py", packages / "bobbin_job")
    monkeypatch.setattr("bobbin_job.child.PACKAGES", packages)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def run(behave, **changes):
        folder = tmp_path / "job"
        if not folder.exists():
            folder.mkdir()
            workshop.write_predict_job(folder, [], [("base", workshop.SAMPLES / "thaal-cvat.zip", workshop.THAAL)])
        (folder / "behave.txt").write_text(behave)
        keys = cloudhouse.stage(cloud, folder)
        found = Variables.read(cloudhouse.variables(keys, tmp_path / "scratch", **changes))
        leave = Ending(found.deadline, leave=lambda code: None)
        leave.listen()
        try:
            return Supervisor(found, cloud.buckets, leave).run(), keys
        finally:
            leave.stop()
            assert list((tmp_path / "scratch/jobs").iterdir()) == []

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


def error_of(cloud, keys, start=1):
    return cloud.json(keys.failed(start))["error"]["name"]


def test_predictions_lie_where_compare_looks_and_the_result_comes_last(cloud, job, capfd):
    code, keys = job("well")
    assert code == 0
    answer = cloud.json(keys.result)
    assert answer["predictions"]["file"] == "predictions.jsonl"
    data = cloud.bucket().read(keys.predictions)
    assert workshop.sha256_of(data) == answer["predictions"]["sha256"]
    assert data == cloud.bucket().read(keys.file("predictions.jsonl"))
    seen = json.loads(data)
    assert not [name for name in seen if name.startswith(("AWS", "BOBBIN", "ECS"))]
    assert cloud.json(keys.progress_part(1))["model"] == "base"
    said = capfd.readouterr()
    assert "a library says hello" in said.err
    assert "hello" not in said.out


@pytest.mark.parametrize(
    ("behave", "code", "name"),
    [
        ("named", 67, "OutOfMemory"),
        ("gone", 78, "TrainerFailed"),
        ("other bytes", 80, "ObjectCorrupt"),
        ("silent", 9, None),
        ("killed", 137, None),
    ],
)
def test_a_failed_job_ends_with_its_code_and_leaves_its_error(cloud, job, behave, code, name):
    found, keys = job(behave)
    assert found == code
    assert not cloud.bucket().exists(keys.result)
    if name is None:
        assert not cloud.bucket().exists(keys.failed(1))
    else:
        assert error_of(cloud, keys) == name


def test_a_later_start_may_succeed_and_the_failure_stays_beside_it(cloud, job):
    assert job("named")[0] == 67
    code, keys = job("well")
    assert code == 0
    assert cloud.json(keys.result)["status"] == "succeeded"
    assert error_of(cloud, keys) == "OutOfMemory"
    assert len(cloud.bucket().list(keys.starts)) == 2


def test_a_frame_that_is_not_what_it_should_be_ends_the_job_before_it_costs(cloud, job, tmp_path, monkeypatch):
    real = cloudhouse.stage

    def damaged(cloud, folder):
        keys = real(cloud, folder)
        for key in cloud.bucket().list("frames/"):
            cloud.put(key, b"changed")
        return keys

    monkeypatch.setattr(cloudhouse, "stage", damaged)
    code, keys = job("well")
    assert (code, error_of(cloud, keys)) == (80, "ObjectCorrupt")


def test_a_long_staging_says_how_far_it_is_since_the_guard_ends_what_says_nothing(cloud, job, monkeypatch):
    monkeypatch.setattr(supervisor, "TELL_SECONDS", 0)
    monkeypatch.setattr(progress, "PART_SECONDS", 0)
    code, keys = job("well")
    assert code == 0
    lines = [json.loads(cloud.bucket().read(key).splitlines()[0]) for key in cloud.bucket().list(keys.progress)]
    staged = [line for line in lines if line["kind"] == "work"]
    total = len(cloud.bucket().read(keys.inputs).splitlines())
    assert [(line["what"], line["done"], line["total"]) for line in staged] == [
        ("inputs brought", done, total) for done in range(1, total + 1)
    ]


def test_a_job_that_comes_after_its_deadline_starts_nothing(cloud, job):
    code, keys = job("well", DEADLINE_EPOCH=str(int(time.time()) - 5))
    assert (code, error_of(cloud, keys)) == (70, "DeadlinePassed")
    assert cloud.bucket().list(keys.progress) == []


def test_a_job_that_waited_has_its_whole_time_from_its_start(cloud, job, monkeypatch):
    told = []
    real = contract.read_job

    def read(file):
        told.append(json.loads(file.read_text())["deadlineEpoch"])
        return real(file)

    monkeypatch.setattr(contract, "read_job", read)
    # Staged long ago: of what it might have waited, little is left.
    before = int(time.time())
    assert job("well", BOBBIN_TRY_SECONDS="60", DEADLINE_EPOCH=str(before + 100))[0] == 0
    assert before + 60 <= told[0] <= time.time() + 60


@settings(deadline=None, max_examples=40)
@given(st.integers(10, 9_999_999), st.integers(-100_000, 9_999_999))
def test_a_start_ends_by_its_own_time_and_never_when_nobody_waits(seconds, left):
    now = int(time.time())
    place = Path("/scratch")
    keys = Keys("01J8Z0000000000000000000TR", "train")
    changes = {"BOBBIN_TRY_SECONDS": str(seconds), "DEADLINE_EPOCH": str(now + left)}
    found = Variables.read(cloudhouse.variables(keys, place, **changes)).deadline
    assert found <= now + left
    assert found <= time.time() + seconds
    assert found == now + left or found >= now + seconds


def test_a_trainer_that_does_not_hear_is_ended(cloud, job, tmp_path, monkeypatch):
    monkeypatch.setattr(ending_module, "TRAINER_SECONDS", 0.5)

    def ask():
        while not list(tmp_path.glob("scratch/jobs/*/deaf")):
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=ask, daemon=True).start()
    assert job("deaf")[0] == 137


def test_a_trainer_that_hangs_past_its_deadline_is_ended(job, monkeypatch):
    monkeypatch.setattr(ending_module, "OVERTIME_SECONDS", 0.5)
    assert job("deaf", DEADLINE_EPOCH=str(int(time.time()) + 3))[0] == 137


def test_what_the_trainer_started_does_not_outlive_it(job, capfd):
    assert job("child")[0] == 0
    said = capfd.readouterr().err
    number = int(said.split("left behind ")[1].split()[0])
    for _ in range(50):
        if not is_alive(number):
            return
        time.sleep(0.1)
    raise AssertionError(number)


def is_alive(number):
    """A process that ended and that nobody has waited for counts as ended."""
    try:
        with open(f"/proc/{number}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False

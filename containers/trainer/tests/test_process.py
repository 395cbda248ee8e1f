"""The process around a job: refusals, exit codes, signals, the deadline."""

import json
import signal
import threading
import time

import pytest
import workshop

from bobbin_trainer import cli
from bobbin_trainer.errors import TrainerError
from bobbin_trainer.stop import Stop


def test_an_invalid_job_ends_with_its_code_and_a_result(tmp_path):
    job_file = workshop.write_train_job(tmp_path, [], [])
    workshop.write(job_file, {**json.loads(job_file.read_text()), "surprise": 1})
    assert cli.main([str(job_file)]) == 64
    result = json.loads((tmp_path / "result.json").read_text())
    assert (result["status"], result["error"]["name"]) == ("failed", "JobInvalid")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base.pt", "data", "job.json", "result.json"]


def test_a_job_without_an_owner_gets_no_result(tmp_path, capsys):
    (tmp_path / "job.json").write_text("{}")
    assert cli.main([str(tmp_path / "job.json")]) == 64
    assert "no result is written" in capsys.readouterr().err
    assert not (tmp_path / "result.json").exists()


def test_a_wrong_command_line_says_how(capsys):
    assert cli.main([]) == 64
    assert "usage" in capsys.readouterr().err


def test_a_failed_job_writes_result_log_and_code(tmp_path, days):
    job_file = workshop.write_train_job(tmp_path, days["2025-09-25"][:2], days["2025-09-25"][20:21])
    (tmp_path / "base.pt").write_bytes(b"other bytes")
    ended = workshop.run(job_file)
    assert ended.code == 65
    assert ended.result["error"]["name"] == "WeightsDigestMismatch"
    assert ended.stderr.startswith("WeightsDigestMismatch: ")
    assert "WeightsDigestMismatch" in (tmp_path / "out/trainer.log").read_text()


def test_a_deadline_in_the_past_ends_at_once(tmp_path):
    job_file = workshop.write_train_job(tmp_path, [], [], deadlineEpoch=1)
    ended = workshop.run(job_file)
    assert (ended.code, ended.result["error"]["name"]) == (70, "DeadlinePassed")
    assert ended.result["error"]["data"] == {"deadline": "1970-01-01T00:00:01.000Z"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_answered_between_two_batches(number):
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    stop = Stop(None)
    stop.listen()
    try:
        stop.check(3)
        signal.raise_signal(number)
        with pytest.raises(TrainerError, match="epoch 3"):
            stop.check(3)
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def test_a_job_that_hangs_is_ended_after_its_deadline(monkeypatch):
    monkeypatch.setattr("bobbin_trainer.stop.GRACE_SECONDS", 0)
    ended = threading.Event()
    Stop(int(time.time())).watch(ended.set)
    assert ended.wait(5)


def test_without_a_deadline_nothing_waits():
    before = threading.active_count()
    Stop(None).watch(lambda: None)
    Stop(None).check()
    assert threading.active_count() == before

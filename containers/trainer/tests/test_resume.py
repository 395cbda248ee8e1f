"""The life of an unlucky job: killed, half a checkpoint left, interrupted, moved, and yet finished."""

import shutil
import signal

import pytest
import workshop

from bobbin_trainer.results_csv import read_rows

EPOCHS = 6


def has_ended(epoch):
    return lambda event: event.get("epoch") == epoch and "epochSeconds" in event.get("metrics", {})


def rows(folder):
    """The training columns of the newest checkpoint's results.csv."""
    found = max((folder / "checkpoints").glob("generation*/results.csv"), key=lambda file: file.read_text().count("\n"))
    return found.read_text().splitlines()


@pytest.fixture(scope="module")
def life(tmp_path_factory, days):
    """What was seen after each of three starts of one job."""
    folder = tmp_path_factory.mktemp("life") / "job"
    folder.mkdir()
    args = {"epochs": EPOCHS, "val": True, "patience": 50}
    frames = days["2025-09-25"]
    job_file = workshop.write_train_job(folder, frames[:12], frames[20:22], args=args)

    first = workshop.start(job_file)
    workshop.read_until(first, has_ended(3))
    first.kill()
    first.communicate()
    newest = max((folder / "checkpoints").glob("generation*"), key=rows_of)
    last = newest / "last.pt"
    last.write_bytes(last.read_bytes()[: last.stat().st_size // 3])
    whole = min((folder / "checkpoints").glob("generation*"), key=rows_of)
    kept = (whole / "results.csv").read_text().splitlines()

    second = workshop.start(job_file)
    resumed = workshop.read_until(second, lambda event: event.get("phase") in ("smoke", "train"))
    workshop.read_until(second, has_ended(4))
    second.send_signal(signal.SIGTERM)
    interrupted = workshop.end(second, job_file)
    middle = rows(folder)

    # Another machine, another path: only what the store keeps arrives there.
    moved = folder.with_name("moved")
    shutil.copytree(folder, moved, ignore=shutil.ignore_patterns("out", "scratch", "result.json"))
    ended = workshop.run(moved / "job.json")
    return {
        "kept": kept,
        "resumed": resumed,
        "interrupted": interrupted,
        "middle": middle,
        "moved": moved,
        "ended": ended,
    }


def rows_of(generation):
    return (generation / "results.csv").read_text().count("\n")


def test_a_kill_with_half_a_checkpoint_goes_on_from_the_generation_before(life):
    assert life["resumed"]["phase"] == "train"
    assert life["resumed"]["epoch"] == len(life["kept"])


def test_sigterm_ends_after_the_batch_with_a_named_error(life):
    interrupted = life["interrupted"]
    assert interrupted.code == 71, interrupted.stderr
    assert interrupted.result["error"]["name"] == "Interrupted"
    assert interrupted.result["error"]["data"]["epoch"] in (4, 5)
    assert "Interrupted" in interrupted.stderr


def test_rows_of_finished_epochs_are_kept_byte_for_byte(life):
    assert len(life["kept"]) >= 3
    assert life["middle"][: len(life["kept"])] == life["kept"]
    final = (life["moved"] / "out/train_run/results.csv").read_text().splitlines()
    assert final[: len(life["middle"])] == life["middle"]


def test_the_third_start_finishes_elsewhere_with_the_same_arguments(life):
    ended = life["ended"]
    assert ended.code == 0, ended.stderr
    assert (ended.result["epochs"], ended.result["attempts"]) == (EPOCHS, 3)
    found = read_rows((life["moved"] / "out/train_run/results.csv").read_text())
    assert [int(row["epoch"]) for row in found] == list(range(1, EPOCHS + 1))
    # The schedule went on where it was: AdamW at 96 px would show another rate after a fresh start.
    rates = [float(row["lr/pg0"]) for row in found]
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert "imgsz: 96" in (life["moved"] / "out/train_run/args.yaml").read_text()


def test_a_job_killed_after_its_last_epoch_only_finishes(life, tmp_path):
    late = tmp_path / "late"
    shutil.copytree(life["moved"], late, ignore=shutil.ignore_patterns("out", "scratch", "result.json"))
    ended = workshop.run(late / "job.json")
    assert ended.code == 0, ended.stderr
    assert not [event for event in ended.events if event["phase"] in ("smoke", "train")]
    before = life["ended"].result
    assert (ended.result["epochs"], ended.result["bestEpoch"]) == (before["epochs"], before["bestEpoch"])
    assert ended.result["attempts"] == 4

"""Two generations of the training state: whatever is half written, a whole one is found."""

import pytest

from bobbin_trainer.checkpoints import Checkpoints

HEADER = "epoch,time,loss\n"


def write_run(run, epoch):
    (run / "weights").mkdir(parents=True, exist_ok=True)
    (run / "weights/last.pt").write_bytes(b"last" * 1000 + bytes([epoch]))
    (run / "weights/best.pt").write_bytes(b"best" * 1000 + bytes([epoch]))
    rows = "".join(f"{number},{number}.5,0.1\n" for number in range(1, epoch + 1))
    (run / "results.csv").write_text(HEADER + rows)


@pytest.fixture
def two(tmp_path):
    """Generations of epochs 1 and 2."""
    checkpoints = Checkpoints(tmp_path / "checkpoints", "a" * 64)
    for epoch in (1, 2):
        write_run(tmp_path / "run", epoch)
        checkpoints.save(tmp_path / "run", epoch, best_epoch=1, finished=epoch == 2)
    return checkpoints


def test_the_newest_whole_generation_is_taken(two):
    newest = two.newest()
    assert (newest.epoch, newest.best_epoch, newest.finished) == (2, 1, True)


@pytest.mark.parametrize("name", ["last.pt", "best.pt", "results.csv", "mark.json"])
@pytest.mark.parametrize("damage", ["truncated", "missing", "changed"])
def test_a_damaged_generation_is_passed_over(two, name, damage):
    file = two.folder / "generation0" / name
    data = file.read_bytes()
    if damage == "missing":
        file.unlink()
    elif damage == "truncated":
        file.write_bytes(data[: len(data) // 3])
    else:
        file.write_bytes(data.replace(b"1", b"7", 1) if b"1" in data else b"x" + data[1:])
    if (name, damage) == ("mark.json", "changed"):
        file.write_bytes(data.replace(b'"job": "a', b'"job": "b'))
    assert two.newest().epoch == 1


def test_nothing_whole_means_nothing(two):
    for number in (0, 1):
        (two.folder / f"generation{number}" / "last.pt").unlink()
    assert two.newest() is None
    assert Checkpoints(two.folder / "empty", "a" * 64).newest() is None


def test_another_job_does_not_take_them(two):
    assert Checkpoints(two.folder, "b" * 64).newest() is None


def test_a_third_epoch_replaces_the_first(two, tmp_path):
    write_run(tmp_path / "run", 3)
    two.save(tmp_path / "run", 3, best_epoch=3, finished=False)
    assert two.newest().epoch == 3
    assert sorted(path.name for path in two.folder.iterdir()) == ["generation0", "generation1"]


def test_a_kill_while_saving_leaves_the_older_one(two, tmp_path):
    write_run(tmp_path / "run", 3)
    (tmp_path / "run/results.csv").unlink()
    with pytest.raises(FileNotFoundError):
        two.save(tmp_path / "run", 3, best_epoch=3, finished=False)
    assert two.newest().epoch == 2


def test_restoring_brings_rows_up_to_the_epoch_and_no_double_row(two, tmp_path):
    file = two.folder / "generation0/results.csv"
    newest = two.newest()
    file.write_text(HEADER + "1,1.5,0.1\n2,2.5,0.1\n2,2.6,0.1\n3,3.5,0.1\n")
    newest.restore(tmp_path / "fresh")
    assert (tmp_path / "fresh/results.csv").read_text() == HEADER + "1,1.5,0.1\n2,2.6,0.1\n"
    assert (tmp_path / "fresh/weights/last.pt").read_bytes()[-1] == 2


def test_attempts_are_counted(two):
    assert [two.count_attempt() for _ in range(3)] == [1, 2, 3]

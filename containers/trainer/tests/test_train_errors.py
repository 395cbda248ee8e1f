"""Every way a training can go wrong ends in its own named error. In process: the real trainer, a silent listener."""

import json
import time

import pytest
import torch
import workshop

from bobbin_trainer.errors import TrainerError
from bobbin_trainer.stop import Stop
from bobbin_trainer.workplace import Workplace


class Listener:
    """Takes progress and keeps it."""

    def __init__(self):
        self.events = []

    def progress(self, event):
        self.events.append(event)

    sometimes = progress


@pytest.fixture
def fail(tmp_path, days, library):
    """Runs a train job that must fail; returns the named error. `change(job, folder)` spoils it first."""

    def execute(change=lambda job, folder: None, stop=None, train=None, **settings):
        frames = days["2025-09-25"]
        job_file = workshop.write_train_job(tmp_path, frames[:5] if train is None else train, frames[20:22], **settings)
        job = json.loads(job_file.read_text())
        change(job, tmp_path)
        place = Workplace.of(tmp_path, job)
        place.scratch.mkdir()
        from bobbin_trainer.failures import name_failure
        from bobbin_trainer.train_job import TrainJob

        with pytest.raises(Exception) as caught:  # noqa: PT011 - the name is judged by the test
            TrainJob(job, place, stop or Stop(None), Listener()).execute()
        return name_failure(caught.value, device="cpu", batch=4, imgsz=96)

    return execute


def respell(change):
    """Load a checkpoint, change it, save it; gives the job its new digest."""

    def spoil(job, folder):
        file = folder / "base.pt"
        content = torch.load(file, weights_only=False)
        change(content)
        torch.save(content, file)
        job["weights"]["sha256"] = workshop.sha256(file)

    return spoil


def overwrite(data):
    def spoil(job, folder):
        (folder / "base.pt").write_bytes(data)
        job["weights"]["sha256"] = workshop.sha256(folder / "base.pt")

    return spoil


def test_weights_with_another_digest_are_not_opened(fail):
    def spoil(job, folder):
        with (folder / "base.pt").open("ab") as file:
            file.write(b"more")

    error = fail(spoil)
    assert error.name == "WeightsDigestMismatch"
    assert error.data["wanted"] == workshop.sha256(workshop.WEIGHTS)


def test_missing_weights_are_a_digest_mismatch(fail):
    error = fail(lambda job, folder: (folder / "base.pt").unlink())
    assert (error.name, error.data["found"]) == ("WeightsDigestMismatch", "no file")


@pytest.mark.parametrize("data", [b"", b"no checkpoint at all", workshop.WEIGHTS.read_bytes()[:100_000]])
def test_corrupt_weights_are_named(fail, data):
    assert fail(overwrite(data)).name == "WeightsCorrupt"


def test_a_checkpoint_that_runs_code_is_refused_and_runs_nothing(fail, tmp_path):
    mark = tmp_path / "executed"

    class Bomb:
        def __reduce__(self):
            return exec, (f"open({str(mark)!r}, 'w').close()",)

    def spoil(job, folder):
        torch.save({"model": Bomb(), "train_args": {}}, folder / "base.pt")
        job["weights"]["sha256"] = workshop.sha256(folder / "base.pt")

    assert fail(spoil).name == "WeightsCorrupt"
    assert not mark.exists()


def poison(content):
    for parameter in content["model"].parameters():
        parameter.data.fill_(float("nan"))
        break


def test_a_loss_that_is_no_number_is_named_with_its_batch(fail, library):
    error = fail(respell(poison))
    assert (error.name, error.data) == ("LossNotFinite", {"epoch": 1, "batch": 1})


def test_a_class_without_labels_is_named_before_anything_is_trained(fail):
    error = fail(classes=("thaal", "ladle"))
    assert (error.name, error.data) == ("ClassWithoutLabels", {"class": "ladle", "part": "train"})


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("7 0.5 0.5 0.1 0.1\n", "exceeds dataset class count"),
        ("0 1.5 0.5 0.1 0.1\n", "out of bounds"),
        ("0 0.5 0.5\n", "no box"),
        ("0 0.5 0.5 nan 0.1\n", "no box"),
        ("0 0.1 0.1 0.2 0.1 0.2 0.2\n", "no box"),
        ("thaal 0.5 0.5 0.1 0.1\n", "no box"),
    ],
)
def test_a_frame_that_ultralytics_would_drop_is_named(fail, row, problem):
    def spoil(job, folder):
        file = sorted((folder / "data/labels/train").iterdir())[2]
        file.write_text(file.read_text() + row)

    error = fail(spoil)
    assert error.name == "TrainingDataChanged"
    assert problem in error.data["problem"]


def test_half_a_jpeg_is_named(fail):
    def spoil(job, folder):
        file = sorted((folder / "data/images/train").iterdir())[1]
        file.write_bytes(file.read_bytes()[:20_000])

    error = fail(spoil)
    assert (error.name, "truncated" in error.data["problem"]) == ("TrainingDataChanged", True)


@pytest.mark.parametrize(
    "args", [{"save_period": 2}, {"lr1": 0.1}, {"lr0": "fast"}, {"imgsz": 100}, {"data": "x.yaml"}, {"momentum": 2.0}]
)
def test_arguments_outside_the_list_are_refused(fail, args):
    assert fail(args=args).name == "JobInvalid"


def test_a_recipe_that_cannot_train_fails_in_the_smoke_phase(fail):
    assert fail(args={"freeze": 99}).name == "SmokeFailed"


def test_counts_must_be_the_jobs(fail):
    error = fail(lambda job, folder: job["data"].update(train=6))
    assert (error.name, "the job says 6" in error.data["problem"]) == ("JobInvalid", True)


def test_two_frames_with_one_label_file_are_refused(fail):
    def spoil(job, folder):
        file = sorted((folder / "data/images/train").iterdir())[0]
        file.with_suffix(".png").write_bytes(file.read_bytes())
        job["data"]["train"] += 1

    assert fail(spoil).name == "TrainingDataChanged"


def test_a_passed_deadline_ends_the_job(fail):
    assert fail(stop=Stop(int(time.time()) - 1)).name == "DeadlinePassed"


def test_a_device_that_is_not_there_is_named(fail):
    device = "mps" if not torch.backends.mps.is_available() else "cuda"
    assert fail(device=device).name == "DeviceMissing"


def test_out_of_memory_never_halves_the_batch_in_silence(tmp_path, days, library):
    from bobbin_trainer.yolo.trainer import StrictDetectionTrainer

    class Starved(StrictDetectionTrainer):
        def preprocess_batch(self, batch):
            raise torch.OutOfMemoryError(f"CUDA out of memory with {len(batch['img'])} images")

    workshop.write_train_job(tmp_path, days["2025-09-25"][:5], days["2025-09-25"][20:22])
    data = {"path": str(tmp_path / "data"), "train": "images/train", "val": "images/val", "names": {0: "thaal"}}
    workshop.write(tmp_path / "data.yaml", data)
    settings = {"model": str(tmp_path / "base.pt"), "data": str(tmp_path / "data.yaml"), "device": "cpu"}
    trainer = Starved({**workshop.ARGS, **settings, "save_dir": str(tmp_path / "run")}, ["thaal"])
    with pytest.raises(TrainerError) as caught:
        trainer.train()
    assert (caught.value.name, caught.value.data["batch"]) == ("OutOfMemory", 4)


def test_a_frame_changed_during_the_training_is_noticed(tmp_path, days):
    from bobbin_trainer.training_folder import read_training_folder

    job_file = workshop.write_train_job(tmp_path, days["2025-09-25"][:2], days["2025-09-25"][20:21])
    folder = read_training_folder(tmp_path / "data", json.loads(job_file.read_text())["data"])
    folder.demand_unchanged()
    image = folder.images["train"][0].file
    image.write_bytes(image.read_bytes() + b"x")
    with pytest.raises(TrainerError, match="changed during"):
        folder.demand_unchanged()

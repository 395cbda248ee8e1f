"""Jobs are refused unless they follow the contract and stay in their folder."""

import json

import pytest
import workshop

from bobbin_trainer.contract import inside, problems, read_job
from bobbin_trainer.errors import TrainerError


@pytest.fixture
def job_file(tmp_path):
    return workshop.write_train_job(tmp_path, [], [])


def change(job_file, **changes):
    return workshop.write(job_file, {**json.loads(job_file.read_text()), **changes})


def test_a_good_job_is_read(job_file):
    assert read_job(job_file)["modelName"] == "yolov8n_thaal_v0"


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "guess"},
        {"surprise": 1},
        {"threads": 0},
        {"runId": "7"},
        {"out": "../elsewhere"},
        {"out": "/tmp/elsewhere"},
        {"checkpoints": "C:\\elsewhere"},
        {"modelName": "../../model"},
        {"data": {"folder": "a/../../b", "classes": ["a"], "train": 1, "val": 1}},
        {"data": {"folder": "data", "classes": [], "train": 1, "val": 1}},
    ],
)
def test_a_bad_job_is_refused(job_file, changes):
    with pytest.raises(TrainerError) as caught:
        read_job(change(job_file, **changes))
    assert caught.value.name == "JobInvalid"


def test_a_missing_or_broken_file_is_refused(tmp_path):
    for text in (None, "{", "[]"):
        file = tmp_path / "job.json"
        if text is not None:
            file.write_text(text)
        with pytest.raises(TrainerError, match="not valid"):
            read_job(file)


def test_the_problem_names_the_field(job_file):
    with pytest.raises(TrainerError, match="threads"):
        read_job(change(job_file, threads="two"))


@pytest.mark.parametrize("path", ["a", "a/b.pt", "a..b/c", ".hidden"])
def test_paths_inside(path):
    assert inside(path)


def test_schemas_find_problems_in_every_document():
    for name in ("job", "job-frame", "result", "prediction-line", "progress", "training-metrics", "train-arguments"):
        assert problems(f"bobbin/{name}/1", {"schema": "no"}), name

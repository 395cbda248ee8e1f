"""The task classify: frames by class in, probabilities out, from detection weights; as Ultralytics has them."""

import json
import shutil

import onnx
import pytest
import torch
import workshop

from bobbin_trainer.contract import problems
from bobbin_trainer.errors import TrainerError
from bobbin_trainer.training_folder import read_training_folder

IMGSZ = 64
# As the folders sort, and as they would not by name: the number is what counts.
CLASSES = ("thaal, full", "empty")


@pytest.fixture(scope="module")
def sorted_frames(days):
    """Frames by class: those with many plates and those with few."""
    frames = [frame for frames in days.values() for frame in frames]
    middle = sorted(len(frame.boxes) for frame in frames)[len(frames) // 2]
    few = [frame.file for frame in frames if len(frame.boxes) < middle]
    many = [frame.file for frame in frames if len(frame.boxes) > middle]
    return {0: many, 1: few}


def write_job(folder, train, val, *, classes=CLASSES, weights=workshop.WEIGHTS, **args):
    """Write a train job of classify; `train`, `val`: files by number of class."""
    for part, files in (("train", train), ("val", val)):
        for number, some in files.items():
            place = folder / "data/images" / part / f"{number:05d}"
            place.mkdir(parents=True)
            for file in some:
                (place / file.name).write_bytes(file.read_bytes())
    (folder / "base.pt").write_bytes(weights.read_bytes())
    defaults = {"epochs": 3, "imgsz": IMGSZ, "batch": 4, "optimizer": "AdamW", "lr0": 0.002, "plots": True, "seed": 0}
    recipe = {"name": "test", "sha256": "0" * 64, "args": {**defaults, **args}, "smokeBatches": 1}
    count = {part: sum(map(len, files.values())) for part, files in (("train", train), ("val", val))}
    job = {
        "schema": "bobbin/job/1",
        "runId": "01J8Z0000000000000000000TR",
        "kind": "train",
        "task": "classify",
        "device": "cpu",
        "threads": 2,
        "out": "out",
        "data": {"folder": "data", "classes": list(classes), **count},
        "weights": {"file": "base.pt", "sha256": workshop.sha256(folder / "base.pt"), "name": "yolov8n"},
        "recipe": recipe,
        "checkpoints": "checkpoints",
        "modelName": "yolov8n_thaal_v0",
    }
    return workshop.write(folder / "job.json", job)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, sorted_frames):
    """A whole training from detection weights; val lacks the first class. Folder and process."""
    folder = tmp_path_factory.mktemp("c") / "job"
    folder.mkdir()
    train = {number: files[:6] for number, files in sorted_frames.items()}
    file = write_job(folder, train, {1: sorted_frames[1][6:10]})
    ended = workshop.run(file)
    assert ended.code == 0, ended.stderr + (folder / "out/trainer.log").read_text()
    return {"folder": folder, "ended": ended}


def test_a_job_that_was_killed_after_its_last_epoch_ends_as_it_would_have(tmp_path, trained):
    moved = tmp_path / "moved"
    shutil.copytree(trained["folder"], moved, ignore=shutil.ignore_patterns("out", "scratch", "result.json"))
    ended = workshop.run(moved / "job.json")
    assert ended.code == 0, ended.stderr
    before = trained["ended"].result
    assert (ended.result["attempts"], ended.result["epochs"]) == (before["attempts"] + 1, before["epochs"])
    assert ended.result["bestEpoch"] == before["bestEpoch"]
    # Batches of a training that is not repeated are not drawn again.
    names = [
        [file["name"] for file in one["files"] if "train_batch" not in file["name"]] for one in (before, ended.result)
    ]
    assert names[0] == names[1]


@pytest.fixture(scope="module")
def found(tmp_path_factory, sorted_frames, trained):
    """Probabilities of the trained model and of the off-the-shelf one, which knows boxes alone."""
    folder = tmp_path_factory.mktemp("cp") / "job"
    folder.mkdir()
    candidate = trained["folder"] / trained["ended"].result["weights"]["file"]
    classes = [{"class": name, "from": [name]} for name in CLASSES]
    frames = [workshop.Frame(file, []) for files in sorted_frames.values() for file in files[-4:]]
    models = [("candidate", candidate, classes), ("base", workshop.WEIGHTS, classes)]
    file = workshop.write_predict_job(folder, frames, models, imgsz=IMGSZ, task="classify")
    ended = workshop.run(file)
    assert ended.code == 0, ended.stderr
    lines = [json.loads(line) for line in (folder / "out/predictions.jsonl").read_text().splitlines()]
    return {"ended": ended, "lines": lines, "candidate": candidate, "frames": frames}


def test_the_training_leaves_weights_and_curves_of_frames(trained):
    result = trained["ended"].result
    assert problems("bobbin/result/1", result) == []
    metrics = json.loads((trained["folder"] / "out/train_run/metrics.json").read_text())
    assert metrics["family"].startswith("classify")
    assert set(metrics["epochs"][-1]["metrics"]) == {"accuracyTop1", "accuracyTop5"}
    epochs = [event for event in trained["ended"].events if event.get("phase") == "train" and "batch" not in event]
    assert len(epochs) == 3
    assert {"loss", "accuracyTop1", "imagesPerSecond"} <= set(epochs[-1]["metrics"])


def test_the_onnx_file_answers_with_probabilities_and_agrees(trained):
    described = trained["ended"].result["onnx"]
    graph = onnx.load(trained["folder"] / described["file"]).graph
    shapes = [[size.dim_value for size in out.type.tensor_type.shape.dim] for out in graph.output]
    assert shapes == [[1, len(CLASSES)]]
    assert described["parity"]["maxBoxPixels"] == 0
    assert 0 <= described["parity"]["maxScore"] < 1e-4


def test_the_model_has_the_names_of_the_project_in_the_order_of_the_job(trained, library):
    from bobbin_trainer.yolo.weights import class_names, open_weights

    weights = trained["folder"] / trained["ended"].result["weights"]["file"]
    model, _ = open_weights(weights, "classify")
    assert class_names(model) == list(CLASSES)


def test_predictions_carry_every_class_and_no_box(found):
    assert [problem for line in found["lines"] for problem in problems("bobbin/prediction-line/1", line)] == []
    assert problems("bobbin/result/1", found["ended"].result) == []
    mine = [line for line in found["lines"] if line["model"] == "candidate"]
    assert len(mine) == len(found["frames"])
    for line in mine:
        assert line["boxes"] == []
        assert sorted(number for number, _ in line["probabilities"]) == [0, 1]
        assert sum(probability for _, probability in line["probabilities"]) == pytest.approx(1, abs=1e-5)
        assert line["probabilities"][0][1] >= line["probabilities"][1][1]


def test_a_model_of_boxes_knows_no_class_and_is_not_scored_as_zero(found):
    assert found["ended"].result["unknownClasses"] == {"candidate": [], "base": list(CLASSES)}
    base = [line for line in found["lines"] if line["model"] == "base"]
    assert [line["probabilities"] for line in base] == [[]] * len(found["frames"])


def test_probabilities_are_those_of_ultralytics_own_prediction(found, library):
    from ultralytics import YOLO

    model = YOLO(found["candidate"])
    for line, frame in zip(found["lines"], found["frames"], strict=False):
        (theirs,) = model.predict(str(frame.file), imgsz=IMGSZ, device="cpu", verbose=False, save=False)
        for number, probability in line["probabilities"]:
            assert probability == pytest.approx(float(theirs.probs.data[number]), abs=2e-6)


@pytest.mark.parametrize("kind", ["v8", "v11", "v26"])
def test_starting_weights_keep_the_backbone_that_detection_had(tmp_path, library, kind):
    from ultralytics.nn.tasks import ClassificationModel, DetectionModel

    from bobbin_trainer.yolo.transfer import start_of
    from bobbin_trainer.yolo.weights import open_weights

    names = {"v8": "yolov8n", "v11": "yolo11n", "v26": "yolo26n"}
    before = DetectionModel(f"{names[kind]}.yaml", verbose=False)
    before.names, before.task, before.args = {number: str(number) for number in range(80)}, "detect", {}
    copy = tmp_path / "start.pt"
    torch.save({"model": before.half(), "train_args": {}, "ema": None}, copy)
    start_of(copy, "classify", 3)
    made, _ = open_weights(copy, "classify")
    reference = ClassificationModel(f"{names[kind]}-cls.yaml", nc=80, verbose=False).state_dict()
    own = made.state_dict()
    assert {name: value.shape for name, value in own.items()} == {name: one.shape for name, one in reference.items()}
    first = before.float().state_dict()
    assert torch.equal(own["model.0.conv.weight"], first["model.0.conv.weight"])
    # Behind the layer that is left out the numbers differ by one.
    behind = [name for name in own if name.startswith(("model.9.attn", "model.9.m."))]
    assert all(torch.equal(own[name], first[name.replace("model.9.", "model.10.")]) for name in behind)
    assert bool(behind) == (kind != "v8")


@pytest.mark.parametrize("name", ["00002", "0", "thaal", "../00000"])
def test_a_folder_of_no_class_is_named(tmp_path, name):
    for part in ("train", "val"):
        place = tmp_path / "images" / part / name.replace("../", "x")
        place.mkdir(parents=True)
        (place / "a.jpg").write_bytes(b"")
    with pytest.raises(TrainerError) as caught:
        read_training_folder(tmp_path, {"classes": ["a", "b"], "train": 1, "val": 1}, "classify")
    assert caught.value.name == "TrainingDataChanged"


def test_a_class_without_a_frame_in_train_is_named(tmp_path):
    for part in ("train", "val"):
        place = tmp_path / "images" / part / "00000"
        place.mkdir(parents=True)
        (place / "a.jpg").write_bytes(b"")
    with pytest.raises(TrainerError) as caught:
        read_training_folder(tmp_path, {"classes": ["a", "b"], "train": 1, "val": 1}, "classify")
    assert (caught.value.name, caught.value.data["class"]) == ("ClassWithoutLabels", "b")

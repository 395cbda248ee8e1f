"""The task segment: outlines in, masks out, from detection weights; and what other weights or labels end in."""

import json
from dataclasses import dataclass

import numpy as np
import onnx
import pytest
import torch
import workshop
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as reference

from bobbin_trainer.contract import problems
from bobbin_trainer.errors import TrainerError
from bobbin_trainer.run_lengths import pack, runs_of
from bobbin_trainer.training_folder import read_training_folder

CORNERS = 12
IMGSZ = 128


@dataclass(frozen=True)
class Outlined(workshop.Frame):
    """A sample frame whose plates are outlined: they are round, so each is the ellipse in its box."""

    def labels(self, number=0):
        rows = []
        for x1, y1, x2, y2 in self.boxes:
            angles = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
            x = ((x1 + x2) / 2 + (x2 - x1) / 2 * np.cos(angles)) / workshop.WIDTH
            y = ((y1 + y2) / 2 + (y2 - y1) / 2 * np.sin(angles)) / workshop.HEIGHT
            rows.append(f"{number} " + " ".join(f"{value:.6f}" for value in np.stack([x, y], 1).ravel()))
        return "".join(f"{row}\n" for row in rows)


@pytest.fixture(scope="module")
def outlined(days):
    return {day: [Outlined(one.file, one.boxes) for one in frames if one.boxes] for day, frames in days.items()}


@pytest.fixture(scope="module")
def masked(tmp_path_factory, outlined):
    """A whole training of masks from detection weights. Folder and process."""
    folder = tmp_path_factory.mktemp("s") / "job"
    folder.mkdir()
    train, val = outlined["2025-09-25"][:8], outlined["2025-09-18"][:4]
    args = {"epochs": 8, "imgsz": IMGSZ, "plots": True, "val": False, "lr0": 0.003, "freeze": 10}
    file = workshop.write_train_job(folder, train, val, args=args, task="segment")
    job = json.loads(file.read_text())
    # So few steps would leave the statistics of the batches where they were.
    job["recipe"]["batchNormMomentum"] = 0.2
    workshop.write(file, job)
    ended = workshop.run(file)
    assert ended.code == 0, ended.stderr + (folder / "out/trainer.log").read_text()
    return {"folder": folder, "ended": ended}


@pytest.fixture(scope="module")
def found(tmp_path_factory, outlined, masked):
    """Masks of the trained model and of the off-the-shelf one, which knows boxes alone."""
    folder = tmp_path_factory.mktemp("sp") / "job"
    folder.mkdir()
    candidate = masked["folder"] / masked["ended"].result["weights"]["file"]
    dishes = [{"class": "thaal", "from": ["bowl", "cup"]}]
    models = [("candidate", candidate, workshop.THAAL), ("base", workshop.WEIGHTS, dishes)]
    changes = {"imgsz": IMGSZ, "task": "segment", "maxDetections": 20}
    file = workshop.write_predict_job(folder, outlined["2025-09-18"][:3], models, **changes)
    ended = workshop.run(file)
    assert ended.code == 0, ended.stderr
    lines = [json.loads(line) for line in (folder / "out/predictions.jsonl").read_text().splitlines()]
    return {"ended": ended, "lines": lines, "candidate": candidate}


def test_the_training_leaves_weights_and_curves_of_masks(masked):
    result = masked["ended"].result
    assert problems("bobbin/result/1", result) == []
    metrics = json.loads((masked["folder"] / "out/train_run/metrics.json").read_text())
    assert metrics["family"].startswith("segment")
    assert {"boxLoss", "segmentLoss"} <= set(metrics["epochs"][0]["losses"]["train"])
    assert {"mAP50", "mAP50.mask", "mAP50-95.mask"} <= set(metrics["epochs"][-1]["metrics"])
    losses = [one["losses"]["train"]["segmentLoss"] for one in metrics["epochs"]]
    assert losses[-1] < losses[0]


def test_the_onnx_file_answers_with_masks_and_agrees(masked):
    described = masked["ended"].result["onnx"]
    graph = onnx.load(masked["folder"] / described["file"]).graph
    shapes = [[size.dim_value for size in out.type.tensor_type.shape.dim] for out in graph.output]
    assert [shape[1] for shape in shapes] == [4 + 1 + 32, 32]
    assert shapes[1][2:] == [IMGSZ // 4, IMGSZ // 4]
    assert described["parity"]["maxBoxPixels"] < 0.05


def test_predictions_carry_a_mask_for_each_box(found):
    assert [problem for line in found["lines"] for problem in problems("bobbin/prediction-line/1", line)] == []
    assert problems("bobbin/result/1", found["ended"].result) == []
    mine = [line for line in found["lines"] if line["model"] == "candidate"]
    assert sum(len(line["boxes"]) for line in mine) > 0
    size = [workshop.HEIGHT, workshop.WIDTH]
    for line in mine:
        assert len(line["masks"]) == len(line["boxes"]) <= 20
        for box, counts in zip(line["boxes"], line["masks"], strict=True):
            runs = {"size": size, "counts": counts.encode()}
            pixels = reference.decode(runs)
            assert pixels.shape == tuple(size)
            if pixels.any():
                left, top, width, height = reference.toBbox(runs)
                assert left >= box[2] - 1
                assert top >= box[3] - 1
                assert left + width <= box[4] + 1
                assert top + height <= box[5] + 1


def test_a_model_of_boxes_knows_no_masks_and_is_not_scored_as_zero(found):
    assert found["ended"].result["unknownClasses"] == {"candidate": [], "base": ["thaal"]}
    base = [line for line in found["lines"] if line["model"] == "base"]
    assert [(line["boxes"], line["masks"]) for line in base] == [([], [])] * 3


def test_masks_are_those_of_ultralytics_own_prediction(found, outlined, library):
    from ultralytics import YOLO

    model = YOLO(found["candidate"])
    settings = {"imgsz": IMGSZ, "conf": 0.001, "iou": 0.7, "max_det": 20, "retina_masks": True, "rect": False}
    for line, frame in zip(found["lines"][:3], outlined["2025-09-18"][:3], strict=True):
        (theirs,) = model.predict(str(frame.file), device="cpu", verbose=False, save=False, **settings)
        pixels = theirs.masks.data.numpy().astype(np.uint8)
        encoded = [reference.encode(np.asfortranarray(one)) for one in pixels]
        size = [workshop.HEIGHT, workshop.WIDTH]
        ours = [{"size": size, "counts": one.encode()} for one in line["masks"]]
        large = [runs for runs in ours if reference.area(runs) > 400]
        assert len(large) > 0
        overlap = reference.iou(large, encoded, [0] * len(encoded))
        assert overlap.max(1).min() > 0.95


def test_starting_weights_keep_what_detection_had(tmp_path, library):
    from bobbin_trainer.yolo.transfer import start_of
    from bobbin_trainer.yolo.weights import open_weights

    copies = [tmp_path / f"{number}.pt" for number in range(2)]
    for copy in copies:
        copy.write_bytes(workshop.WEIGHTS.read_bytes())
        start_of(copy, "segment", 3)
    before = open_weights(workshop.WEIGHTS, "detect")[0].state_dict()
    first, second = (open_weights(copy, "segment")[0].state_dict() for copy in copies)
    assert all(torch.equal(first[name], second[name]) for name in first)
    head = max(int(name.split(".")[1]) for name in before)
    body = [name for name in before if not name.startswith(f"model.{head}.")]
    assert len(body) > 200
    assert all(torch.equal(first[name], before[name]) for name in body)
    assert any(name.startswith(f"model.{head}.proto.") for name in first)


def test_weights_of_another_task_are_refused_by_name(masked, tmp_path, library):
    from bobbin_trainer.yolo.transfer import start_of
    from bobbin_trainer.yolo.weights import open_weights

    weights = masked["folder"] / masked["ended"].result["weights"]["file"]
    with pytest.raises(TrainerError) as caught:
        open_weights(weights, "detect")
    assert (caught.value.name, caught.value.data["found"], caught.value.data["wanted"]) == (
        "WeightsTaskMismatch",
        "segment",
        "detect",
    )
    copy = tmp_path / "start.pt"
    copy.write_bytes(weights.read_bytes())
    start_of(copy, "segment", 0)
    assert workshop.sha256(copy) == workshop.sha256(weights)


@pytest.mark.parametrize(
    "text",
    ["0 0.5 0.5 0.2 0.2\n", "0 0.1 0.1 0.2 0.2 0.3\n", "0 0 0 1 0 nan 1\n", "0 0 0 1 0 0.5 one\n"],
)
def test_a_label_file_of_another_task_is_named(tmp_path, text):
    for part in ("train", "val"):
        for kind in ("images", "labels"):
            (tmp_path / kind / part).mkdir(parents=True)
        (tmp_path / "images" / part / "a.jpg").write_bytes(b"")
        (tmp_path / "labels" / part / "a.txt").write_text(text)
    with pytest.raises(TrainerError) as caught:
        read_training_folder(tmp_path, {"classes": ["thaal"], "train": 1, "val": 1}, "segment")
    assert caught.value.name == "TrainingDataChanged"
    assert "no outline" in caught.value.data["problem"]


@given(st.integers(1, 9), st.integers(1, 9), st.data())
def test_packed_run_lengths_are_pycocotools(height, width, data):
    bits = data.draw(st.lists(st.booleans(), min_size=height * width, max_size=height * width))
    mask = np.array(bits, dtype=np.uint8).reshape(height, width)
    wanted = reference.encode(np.asfortranarray(mask))["counts"].decode()
    assert pack(runs_of(mask)) == wanted


@given(st.lists(st.integers(0, 40_000), min_size=1, max_size=30))
def test_long_runs_are_packed_as_pycocotools_reads_them(runs):
    size = [sum(runs), 1]
    if size[0] == 0:
        return
    decoded = reference.decode({"size": size, "counts": pack(runs).encode()}).ravel()
    assert decoded.tolist() == [at % 2 for at, run in enumerate(runs) for _ in range(run)]

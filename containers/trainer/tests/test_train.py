"""One whole training, under guard: what it leaves behind, and what it leaves alone."""

import json
import zipfile

import onnx
import pytest
import workshop
import yaml

from bobbin_trainer.contract import problems


@pytest.fixture
def out(trained):
    return trained["folder"] / "out"


def test_the_result_is_valid_and_names_every_file(trained, out):
    result = trained["ended"].result
    assert problems("bobbin/result/1", result) == []
    assert {entry["name"]: entry["sha256"] for entry in result["files"]} == workshop.digests(out)
    assert (result["epochs"], result["bestEpoch"], result["attempts"]) == (2, 2, 1)
    assert result["imagesPerSecond"] > 0


def test_the_environment_says_what_it_ran_on(trained):
    environment = trained["ended"].result["environment"]
    assert environment["ultralytics"] == "8.4.190"
    assert environment["torch"].startswith("2.15.0")
    assert environment["threads"] == 2
    assert environment["lockSha256"] == workshop.sha256(workshop.TRAINER / "uv.lock")


def test_stdout_holds_progress_and_nothing_else(trained):
    events = trained["ended"].events
    assert [problem for event in events for problem in problems("bobbin/progress/1", event)] == []
    phases = list(dict.fromkeys(event["phase"] for event in events))
    assert [phase for phase in phases if phase != "validate"] == ["start", "smoke", "train", "export", "end"]
    epochs = [event for event in events if "epochSeconds" in event.get("metrics", {})]
    assert [event["epoch"] for event in epochs] == [1, 2]
    assert {"boxLoss", "classLoss", "dflLoss", "imagesPerSecond", "memoryMb"} <= set(epochs[0]["metrics"])
    assert "mAP50" not in epochs[0]["metrics"]
    assert "mAP50" in epochs[1]["metrics"]


def test_no_connection_and_no_write_outside_the_jobs_folder(trained):
    assert trained["report"].read_text() == ""
    assert list((trained["base"] / "job-home").iterdir()) == []


def test_the_guard_would_have_noticed(tmp_path):
    script = (
        "import socket, pathlib; pathlib.Path('outside').write_text('x'); socket.create_connection(('127.0.0.1', 9))"
    )
    guard = {"BOBBIN_GUARD_INSIDE": str(tmp_path / "in"), "BOBBIN_GUARD_REPORT": str(tmp_path / "report")}
    (tmp_path / "in").mkdir()
    environment = {"PYTHONPATH": str(workshop.TRAINER / "tests/guard"), **guard}
    command = [workshop.sys.executable, "-c", script]
    ended = workshop.subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, check=False)
    assert ended.returncode == 1
    assert [line.split()[0] for line in (tmp_path / "report").read_text().splitlines()] == [
        "open",
        "socket.getaddrinfo",
    ]


def test_the_training_folder_and_the_weights_are_untouched(trained):
    after = workshop.digests(trained["folder"])
    assert {name: after.get(name) for name in trained["before"]} == trained["before"]
    assert [name for name in after if name.startswith("data/") and name not in trained["before"]] == []


def test_scratch_is_gone(trained):
    expected = ["base.pt", "checkpoints", "data", "job.json", "out", "result.json"]
    assert sorted(path.name for path in trained["folder"].iterdir()) == expected


def test_pictures_of_frames_stay_apart(out):
    names = {file.name for file in (out / "train_run").iterdir()}
    assert {"args.yaml", "results.csv", "metrics.json", "results.png", "labels.jpg", "BoxPR_curve.png"} <= names
    assert {"confusion_matrix.png", "events.out.tfevents.0.bobbin"} <= names
    assert not [name for name in names if "batch" in name]
    assert {"train_batch0.jpg", "val_batch0_pred.jpg"} <= {file.name for file in (out / "pictures").iterdir()}


def test_metrics_are_the_csv_under_clean_names(out):
    metrics = json.loads((out / "train_run/metrics.json").read_text())
    assert problems("bobbin/training-metrics/1", metrics) == []
    assert [one["epoch"] for one in metrics["epochs"]] == [1, 2]
    assert metrics["epochs"][0]["metrics"]["mAP50"] is None
    assert metrics["epochs"][1]["metrics"]["mAP50"] > 0


def test_tensorboard_holds_the_scalars(out):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    curves = EventAccumulator(str(out / "train_run"))
    curves.Reload()
    assert {"train/boxLoss", "metrics/mAP50", "learningRate/0"} <= set(curves.Tags()["scalars"])
    assert [event.step for event in curves.Scalars("train/boxLoss")] == [1, 2]


def test_no_path_of_this_machine_is_released(trained, out):
    secrets = [str(trained["base"]).encode(), str(workshop.TRAINER).encode(), b"site-packages"]
    with zipfile.ZipFile(out / "weights/yolov8n_thaal_v0.pt") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for file in [out / "weights/yolov8n_thaal_v0.onnx", *(out / "train_run").iterdir()]:
        parts[file.name] = file.read_bytes()
    assert [(name, secret) for name, data in parts.items() for secret in secrets if secret in data] == []
    arguments = yaml.safe_load((out / "train_run/args.yaml").read_text())
    assert (arguments["model"], arguments["data"], arguments["imgsz"]) == ("yolov8n", "data.yaml", 160)


def test_the_weights_load_again_safely(out, library):
    from ultralytics import YOLO
    from ultralytics.utils import SAFE_LOAD

    assert SAFE_LOAD
    assert YOLO(str(out / "weights/yolov8n_thaal_v0.pt")).names == {0: "thaal"}


def test_the_onnx_file_is_fixed_and_agrees_with_the_weights(trained, out):
    model = onnx.load(out / "weights/yolov8n_thaal_v0.onnx")
    (given,) = model.graph.input
    assert [dimension.dim_value for dimension in given.type.tensor_type.shape.dim] == [1, 3, 160, 160]
    described = trained["ended"].result["onnx"]
    assert {one.version for one in model.opset_import if one.domain == ""} == {described["opset"]} == {17}
    assert described["parity"]["frames"] == 4
    assert described["parity"]["maxBoxPixels"] < 0.05
    assert described["parity"]["maxScore"] < 1e-4


def test_a_finished_job_returns_at_once_and_changes_nothing(trained):
    before = workshop.digests(trained["folder"])
    again = workshop.run(trained["folder"] / "job.json")
    assert (again.code, again.lines) == (0, [])
    assert workshop.digests(trained["folder"]) == before

"""Predictions: complete, in order, deterministic, and the same that Ultralytics' own validation sees."""

import json
import shutil

import cv2
import numpy as np
import pytest
import torch
import workshop
from PIL import Image

from bobbin_trainer.contract import problems


def test_the_result_is_valid_and_tells_the_protocol(predicted):
    result = predicted["ended"].result
    assert problems("bobbin/result/1", result) == []
    assert result["protocol"] == {"imgsz": 160, "rect": False, "confidence": 0.001, "iou": 0.7, "maxDetections": 300}
    assert result["predictions"]["lines"] == len(predicted["lines"]) == 12
    assert result["predictions"]["sha256"] == workshop.sha256(predicted["folder"] / "out/predictions.jsonl")


def test_lines_are_valid_and_in_order_of_model_and_frame(predicted):
    assert [problem for line in predicted["lines"] for problem in problems("bobbin/prediction-line/1", line)] == []
    frames = [json.loads(line)["name"] for line in (predicted["folder"] / "frames.jsonl").read_text().splitlines()]
    wanted = [(role, name) for role in ("candidate", "base") for name in frames]
    assert [(line["model"], line["frame"]) for line in predicted["lines"]] == wanted


def test_boxes_fall_in_confidence_and_stay_in_the_frame(predicted):
    boxes = [line["boxes"] for line in predicted["lines"]]
    assert all(line for line in boxes)
    for line in boxes:
        assert [box[1] for box in line] == sorted((box[1] for box in line), reverse=True)
        assert len(line) <= 300
    flat = np.array([box for line in boxes for box in line])
    assert flat[:, 1].min() > 0.001
    assert flat[:, 2:].min() >= 0
    assert flat[:, [2, 4]].max() <= workshop.WIDTH
    assert flat[:, [3, 5]].max() <= workshop.HEIGHT


def test_a_class_that_a_model_cannot_know_is_said_and_not_scored(predicted):
    assert predicted["ended"].result["unknownClasses"] == {"candidate": ["ladle"], "base": ["ladle"]}
    assert {box[0] for line in predicted["lines"] for box in line["boxes"]} == {0}


def test_progress_is_told_for_each_model(predicted):
    events = predicted["ended"].events
    assert [problem for event in events for problem in problems("bobbin/progress/1", event)] == []
    last = {event["model"]: (event["done"], event["total"]) for event in events}
    assert last == {"candidate": (6, 6), "base": (6, 6)}


def test_the_same_job_makes_the_same_bytes(predicted, tmp_path):
    folder = tmp_path / "again"
    shutil.copytree(predicted["folder"], folder, ignore=shutil.ignore_patterns("out", "result.json"))
    assert workshop.run(folder / "job.json").code == 0
    again = (folder / "out/predictions.jsonl").read_bytes()
    assert again == (predicted["folder"] / "out/predictions.jsonl").read_bytes()


@pytest.fixture(scope="module")
def validated(predicted, trained, days, library, tmp_path_factory):
    """Ultralytics' own records of the trained model on the same frames: {frame: (n, 6) class, score, xyxy}."""
    from ultralytics import YOLO
    from ultralytics.models.yolo.detect import DetectionValidator

    folder = tmp_path_factory.mktemp("val")
    workshop.write_train_job(folder, days["2025-09-25"][:1], days["2025-09-18"][:6])
    data = {"path": str(folder / "data"), "train": "images/train", "val": "images/val", "names": {0: "thaal"}}
    yaml = workshop.write(folder / "data.yaml", data)
    records = {}

    class Recorder(DetectionValidator):
        def _process_batch(self, preds, batch):
            boxes = self.scale_preds(preds, batch)["bboxes"]
            rows = torch.cat([preds["cls"][:, None], preds["conf"][:, None], boxes], 1)
            records[batch["im_file"].rsplit("/", 1)[-1]] = rows.cpu().numpy()
            return super()._process_batch(preds, batch)

    model = YOLO(trained["folder"] / trained["ended"].result["weights"]["file"])
    settings = {"imgsz": 160, "batch": 4, "rect": False, "conf": 0.001, "iou": 0.7, "max_det": 300, "plots": False}
    model.val(validator=Recorder, data=str(yaml), device="cpu", project=str(folder), name="v", **settings)
    return records


def test_predictions_are_those_of_ultralytics_own_validation(predicted, validated):
    for line in (line for line in predicted["lines"] if line["model"] == "candidate"):
        ours = np.array(line["boxes"])
        theirs = validated[line["frame"]]
        order = np.lexsort((theirs[:, 2], -theirs[:, 1].round(6)))
        mine = ours[np.lexsort((ours[:, 2], -ours[:, 1]))]
        assert len(ours) == len(theirs)
        # Threads and batch sizes change the last bits; where they swap two neighbours the sets still agree.
        assert np.abs(np.sort(mine[:, 1]) - np.sort(theirs[order][:, 1])).max() < 1e-4
        strong = mine[mine[:, 1] > 0.05]
        distances = np.abs(strong[:, None, 1:] - theirs[None, :, 1:]).max(2).min(1)
        assert distances.max() < 0.02


@pytest.fixture
def predict(tmp_path, library):
    """Runs a predict job in this process on the off-the-shelf weights. Returns the lines, or raises."""

    def execute(frames, change=lambda job, folder: None, **settings):
        from test_train_errors import Listener

        from bobbin_trainer.predict_job import PredictJob
        from bobbin_trainer.stop import Stop
        from bobbin_trainer.workplace import Workplace

        dishes = [{"class": "dish", "from": ["bowl", "cup", "person"]}]
        models = [("base", workshop.WEIGHTS, dishes)]
        job = json.loads(workshop.write_predict_job(tmp_path, frames, models, **settings).read_text())
        change(job, tmp_path)
        place = Workplace.of(tmp_path, job)
        place.scratch.mkdir()
        PredictJob(job, place, Stop(None), Listener()).execute()
        return [json.loads(line) for line in (tmp_path / "out/predictions.jsonl").read_text().splitlines()]

    return execute


def expect(name, call):
    from bobbin_trainer.errors import TrainerError

    with pytest.raises(TrainerError) as caught:
        call()
    assert caught.value.name == name
    return caught.value.data


def test_a_frame_of_another_size_is_not_predicted(predict, days):
    data = expect("PredictionIncomplete", lambda: predict([(days["2025-09-18"][0].file, 540, 960)]))
    assert "decodes to 960x540, the job says 540x960" in data["problem"]


def test_a_changed_frame_is_not_predicted(predict, days):
    def spoil(job, folder):
        file = next((folder / "frames").iterdir())
        file.write_bytes(file.read_bytes() + b"x")

    data = expect("PredictionIncomplete", lambda: predict(days["2025-09-18"][:1], spoil))
    assert "SHA-256" in data["problem"]


def test_a_frame_that_cannot_be_decoded_is_named(predict, tmp_path):
    file = tmp_path / "no.jpg"
    file.write_bytes(b"no image")
    data = expect("PredictionIncomplete", lambda: predict([(file, 10, 10)]))
    assert "no.jpg cannot be decoded" in data["problem"]


def test_changed_weights_are_not_opened(predict, days):
    def spoil(job, folder):
        with (folder / "base.pt").open("ab") as file:
            file.write(b"x")

    expect("WeightsDigestMismatch", lambda: predict(days["2025-09-18"][:1], spoil))


def test_frames_outside_the_folder_and_odd_sizes_are_refused(predict, days, tmp_path):
    def spoil(job, folder):
        line = json.loads((folder / "frames.jsonl").read_text())
        workshop.write(folder / "frames.jsonl", {**line, "file": "../elsewhere.jpg"})

    expect("JobInvalid", lambda: predict(days["2025-09-18"][:1], spoil))


def test_a_size_that_is_no_multiple_of_32_is_refused(predict, days):
    expect("JobInvalid", lambda: predict(days["2025-09-18"][:1], imgsz=100))


def test_nms_that_gives_up_is_a_failure(predict, days, monkeypatch):
    from bobbin_trainer.yolo import detector

    monkeypatch.setattr(detector, "NMS_SECONDS_PER_IMAGE", -10.0)
    data = expect("PredictionIncomplete", lambda: predict(days["2025-09-18"][:4], imgsz=160))
    assert "NMS time limit" in data["problem"]


def test_every_kind_of_image_is_read_as_what_it_shows(predict, days, tmp_path):
    picture = Image.open(days["2025-09-18"][0].file).resize((320, 180))
    turned = Image.Exif()
    turned[0x0112] = 6
    kinds = {
        "plain.png": picture.save,
        "grey.png": lambda file: picture.convert("L").save(file),
        "palette.png": lambda file: picture.convert("P").save(file),
        "alpha.png": lambda file: picture.convert("RGBA").save(file),
        "deep.png": lambda file: cv2.imwrite(str(file), np.asarray(picture)[..., ::-1].astype(np.uint16) * 257),
        "plain.bmp": picture.save,
        "plain.tif": picture.save,
        "plain.webp": lambda file: picture.save(file, lossless=True),
        "cmyk.jpg": lambda file: picture.convert("CMYK").save(file, quality=98),
        "turned.jpg": lambda file: picture.rotate(90, expand=True).save(file, exif=turned, quality=98),
    }
    source = tmp_path / "source"
    source.mkdir()
    for name, make in kinds.items():
        make(source / name)
    lines = predict([(source / name, 320, 180) for name in kinds], imgsz=320)
    best = {line["frame"]: np.array(line["boxes"][0]) for line in lines}
    for name in set(kinds) - {"grey.png", "palette.png", "cmyk.jpg"}:
        assert np.abs(best[name][2:] - best["plain.png"][2:]).max() < 4, name
    assert best["deep.png"].tolist() == best["plain.bmp"].tolist() == best["plain.png"].tolist()

"""results.csv of every Ultralytics version since 8.0, under the same clean names."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bobbin_trainer.contract import problems
from bobbin_trainer.results_csv import clean_name, keep_last_of_each_epoch, normalise, read_rows

FIXTURES = Path(__file__).parent / "fixtures/results"
DETECT = ("boxLoss", "classLoss", "dflLoss"), ("precision", "recall", "mAP50", "mAP50-95"), 3
MASK = ("precision.mask", "recall.mask", "mAP50.mask", "mAP50-95.mask")
POSE = ("precision.pose", "recall.pose", "mAP50.pose", "mAP50-95.pose")
FAMILIES = {
    "v8.0-detect": ("detect 8.0", *DETECT),
    "v8.2-detect": ("detect 8.1", *DETECT),
    "v8.3-detect": ("detect 8.3", *DETECT),
    "v8.3-obb": ("detect 8.3", *DETECT),
    "v8.3-classify": ("classify 8.3", ("loss",), ("accuracyTop1", "accuracyTop5"), 3),
    "v8.3-segment": ("segment 8.3", ("boxLoss", "segmentLoss", *DETECT[0][1:]), DETECT[1] + MASK, 3),
    "v8.3-pose": ("pose 8.3", ("boxLoss", "poseLoss", "keypointLoss", *DETECT[0][1:]), DETECT[1] + POSE, 3),
    "v8.4-detect-inf": ("detect 8.3", *DETECT),
    "v8.4-detect-musgd": ("detect 8.4 MuSGD", *DETECT[:2], 8),
}


def read(name):
    return (FIXTURES / f"{name}.csv").read_text()


def test_every_fixture_is_looked_at():
    assert {file.stem for file in FIXTURES.glob("*.csv")} == set(FAMILIES)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_is_read_under_clean_names(name):
    document = normalise(read(name))
    family, losses, metrics, rates = FAMILIES[name]
    assert problems("bobbin/training-metrics/1", document) == []
    assert document["family"] == family
    for epoch in document["epochs"]:
        assert tuple(epoch["losses"]["train"]) == tuple(epoch["losses"]["val"]) == losses
        assert tuple(epoch["metrics"]) == metrics
        assert len(epoch["learningRates"]) == rates
    assert document["epochs"][0]["epoch"] == 1


def test_epochs_from_0_are_counted_from_1():
    rows = read_rows(read("v8.0-detect"))
    assert rows[0]["epoch"] == "0"
    assert [one["epoch"] for one in normalise(read("v8.0-detect"))["epochs"]] == [int(row["epoch"]) + 1 for row in rows]


def test_values_are_the_files_own():
    first = normalise(read("v8.0-detect"))["epochs"][0]
    assert first["losses"]["train"] == {"boxLoss": 1.4449, "classLoss": 2.6958, "dflLoss": 1.5728}
    assert first["metrics"]["mAP50-95"] == 0.34635
    assert first["learningRates"] == [0.070032, 0.0033298, 0.0033298]
    assert first["seconds"] is None


def test_nan_and_infinity_are_null():
    seventh, tenth = (normalise(read("v8.4-detect-inf"))["epochs"][number] for number in (3, 6))
    assert seventh["losses"]["val"] == {"boxLoss": None, "classLoss": None, "dflLoss": None}
    assert tenth["losses"]["val"] == {"boxLoss": 1.00431, "classLoss": None, "dflLoss": 0.9451}
    assert tenth["metrics"]["mAP50"] == 0.10553


def test_other_losses_of_yolo26_keep_a_name():
    text = (
        "epoch,time,train/box_loss,train/l1_loss,metrics/mAP50(B),val/box_loss,val/l1_loss,lr/pg0\n1,2,3,4,.5,6,7,8\n"
    )
    document = normalise(text)
    assert document["family"] == "detect 8.4 YOLO26"
    assert document["epochs"][0]["losses"]["val"] == {"boxLoss": 6.0, "l1Loss": 7.0}


HEADER = "epoch,time,train/box_loss,metrics/mAP50(B),val/box_loss,lr/pg0\n"


def test_an_epoch_without_validation_has_no_figures_and_a_validated_zero_stays():
    first, second = normalise(f"{HEADER}1,1,2,0,0,3\n2,2,2,0,1.5,3\n")["epochs"]
    assert (first["metrics"], first["losses"]["val"]) == ({"mAP50": None}, {"boxLoss": None})
    assert (second["metrics"], second["losses"]["val"]) == ({"mAP50": 0.0}, {"boxLoss": 1.5})


def test_seconds_are_of_one_epoch_also_after_a_resume():
    epochs = normalise(f"{HEADER}1,10,1,1,1,1\n2,22,1,1,1,1\n3,9,1,1,1,1\n")["epochs"]
    assert [one["seconds"] for one in epochs] == [10, 12, 9]


def test_double_rows_and_half_rows_go_and_the_last_row_wins():
    text = f"{HEADER}1,10,1,1,1,1\n2,20,5,5,5,5\n2,21,1,1,1,1\n3,30,1,1\n"
    assert keep_last_of_each_epoch(text) == f"{HEADER}1,10,1,1,1,1\n2,21,1,1,1,1\n"
    assert keep_last_of_each_epoch(text, last_epoch=1) == f"{HEADER}1,10,1,1,1,1\n"


def test_nothing_is_read_from_nothing():
    assert normalise("")["epochs"] == []
    assert keep_last_of_each_epoch("") == "\n"


numbers = st.floats(allow_nan=True, allow_infinity=True, width=32).map(lambda value: f"{value:.6g}")
rows = st.lists(st.tuples(st.integers(0, 30), *[numbers] * 5), max_size=40)


@given(rows)
def test_any_rows_become_a_valid_document_with_rising_epochs(found):
    text = HEADER + "".join(",".join(map(str, row)) + "\n" for row in found)
    document = normalise(text)
    assert problems("bobbin/training-metrics/1", document) == []
    epochs = [one["epoch"] for one in document["epochs"]]
    assert epochs == sorted(set(epochs))
    assert len(epochs) == len({row[0] for row in found})


@given(rows)
def test_cleaning_twice_is_cleaning_once(found):
    text = HEADER + "".join(",".join(map(str, row)) + "\n" for row in found)
    once = keep_last_of_each_epoch(text)
    assert keep_last_of_each_epoch(once) == once


@given(st.text(max_size=200))
def test_any_text_is_survived(text):
    assert normalise(text)["schema"] == "bobbin/training-metrics/1"


@given(st.text(max_size=40))
def test_any_column_has_a_kind(column):
    assert clean_name(column)[0] in {"train", "val", "metric", "rate", "other"}

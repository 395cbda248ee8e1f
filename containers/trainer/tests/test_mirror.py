"""The mirror: Ultralytics may do in it what it likes; the originals are never written, nor decoded differently."""

import json

import cv2
import numpy as np
import pytest
import workshop

from bobbin_trainer.errors import TrainerError
from bobbin_trainer.mirror import make_mirror
from bobbin_trainer.training_folder import read_training_folder


@pytest.fixture
def folder(tmp_path, days):
    workshop.write_train_job(tmp_path, days["2025-09-25"][:3], days["2025-09-18"][:1])
    return tmp_path


def mirror(folder):
    source = read_training_folder(folder / "data", json.loads((folder / "job.json").read_text())["data"])
    return make_mirror(source, folder / "mirror", ["thaal"])


def test_data_yaml_is_ours_and_absolute(folder):
    content = json.loads(mirror(folder).read_text())
    assert content["path"] == str(folder / "mirror")
    assert content["names"] == {"0": "thaal"}


def test_every_frame_is_there_with_its_pixels(folder):
    mirror(folder)
    for original in (folder / "data/images/train").iterdir():
        assert (folder / "mirror/images/train" / original.name).read_bytes() == original.read_bytes()
        label = f"labels/train/{original.stem}.txt"
        assert (folder / "mirror" / label).read_text() == (folder / "data" / label).read_text()
        assert not (folder / "mirror" / label).is_symlink()


def test_a_jpeg_with_bytes_behind_its_end_is_copied_and_looks_the_same(folder):
    odd = min((folder / "data/images/train").iterdir())
    odd.write_bytes(odd.read_bytes() + b"\0camera trailer")
    before = odd.read_bytes()
    mirror(folder)
    copy = folder / "mirror/images/train" / odd.name
    assert odd.read_bytes() == before
    assert not copy.is_symlink()
    assert copy.read_bytes().endswith(b"\xff\xd9")
    assert np.array_equal(cv2.imread(str(copy)), cv2.imread(str(odd)))


def test_half_a_jpeg_is_refused(folder):
    odd = min((folder / "data/images/train").iterdir())
    odd.write_bytes(odd.read_bytes()[:10_000])
    with pytest.raises(TrainerError, match="would not read"):
        mirror(folder)


def test_ultralytics_writes_into_the_mirror_only(folder, library):
    from ultralytics.data.dataset import YOLODataset

    data = {"names": {0: "thaal"}, "channels": 3}
    mirror(folder)
    before = workshop.digests(folder / "data")
    YOLODataset(img_path=str(folder / "mirror/images/train"), data=data, cache="disk", imgsz=96)
    assert (folder / "mirror/labels/train.cache").exists()
    assert list((folder / "mirror/images/train").glob("*.npy"))
    assert workshop.digests(folder / "data") == before

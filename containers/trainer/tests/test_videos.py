"""Frames out of videos: the right ones, at their own times, whatever the header claims."""

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import workshop
from hypothesis import given
from hypothesis import strategies as st

from bobbin_videos.cut import steady, wanted

VIDEOS = workshop.TRAINER.parents[2] / "shared/data/videos"
times = st.lists(st.floats(0, 100), max_size=60).map(sorted)
every = st.floats(0.05, 20)


@given(times, every, st.floats(0, 50))
def test_one_frame_of_each_stretch_and_the_first_of_it(seconds, step, start):
    taken = [time for time, take in zip(seconds, wanted(seconds, step, start), strict=True) if take]
    stretches = {}
    for time in seconds:
        if time + 1e-6 >= start:
            stretches.setdefault(int((time - start + 1e-6) / step), time)
    assert taken == list(stretches.values())


@given(st.lists(st.floats(-10, 100, allow_nan=False), max_size=40), st.floats(0, 60))
def test_times_only_grow_and_good_ones_stay(seconds, fps):
    found = list(steady(seconds, fps))
    assert len(found) == len(seconds)
    assert all(later > earlier for earlier, later in pairwise(found))
    if all(later > earlier for earlier, later in pairwise(seconds)):
        assert found == seconds


def cut(folder, path, **asked):
    request = {"videos": [{"path": str(path), "stem": "v"}], "every": 1, "from": 0, "to": None, "quality": 90, **asked}
    ended = subprocess.run(
        [sys.executable, "-m", "bobbin_videos", json.dumps(request)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(workshop.TRAINER)},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, [json.loads(line) for line in ended.stdout.splitlines()]


@pytest.fixture
def video(tmp_path):
    """Three seconds at 10 Hz; the brightness of each frame tells its number."""
    import cv2
    import numpy as np

    path = tmp_path / "made.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 48))
    for index in range(30):
        writer.write(np.full((48, 64, 3), 8 * index, np.uint8))
    writer.release()
    return path


def test_frames_are_those_of_their_times(tmp_path, video):
    import cv2

    out = tmp_path / "out"
    out.mkdir()
    code, lines = cut(out, video, every=0.5, **{"from": 1, "to": 2.2})
    frames = [line for line in lines if line["kind"] == "frame"]
    assert code == 0
    assert [(line["index"], line["seconds"]) for line in frames] == [(10, 1.0), (15, 1.5), (20, 2.0)]
    for line in frames:
        brightness = cv2.imread(str(out / line["file"])).mean()
        assert abs(brightness - 8 * line["index"]) < 3
    assert lines[-1] == {**lines[-1], "kind": "video", "taken": 3, "limited": True, "decoded": 23}


@pytest.mark.parametrize("content", [b"", b"no video at all", b"RIFF\x00\x00\x00\x00AVI LIST"])
def test_what_is_no_video_is_said_to_be_none(tmp_path, content):
    broken = tmp_path / "broken.avi"
    broken.write_bytes(content)
    out = tmp_path / "out"
    out.mkdir()
    code, lines = cut(out, broken)
    assert code == 1
    assert [line["kind"] for line in lines] == ["failed"]


def test_half_a_video_gives_the_frames_that_are_there(tmp_path, video):
    half = tmp_path / "half.avi"
    content = video.read_bytes()
    half.write_bytes(content[: len(content) // 2])
    out = tmp_path / "out"
    out.mkdir()
    code, lines = cut(out, half, every=0.1)
    assert code == 0
    assert 0 < lines[-1]["decoded"] < 30


@pytest.mark.skipif(not VIDEOS.is_dir(), reason="no shared test data")
def test_a_header_that_lies_about_the_frames_is_not_believed(tmp_path):
    code, lines = cut(tmp_path, VIDEOS / "tree.avi", every=2)
    assert code == 0
    assert (lines[-1]["decoded"], lines[-1]["claimed"]) == (68, 444)
    # PyAV 18.1.0 gives the last of the 68 frames the same time.
    assert lines[-1]["seconds"] == pytest.approx(29.533481)
    assert lines[-1]["taken"] == 15
    assert len(list((tmp_path / "v").iterdir())) == 15
    assert Path(tmp_path / lines[0]["file"]).name == "v_000000000.jpg"

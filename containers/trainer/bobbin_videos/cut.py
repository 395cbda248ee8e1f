"""Decodes a video from its beginning and keeps a frame every so often; its header is not believed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MICROSECOND = 1e-6


@dataclass(frozen=True)
class Request:
    """What is wanted of one video; times in seconds, `to` None for its end."""

    path: str
    stem: str
    every: float
    start: float
    to: float | None
    quality: int


@dataclass
class Tally:
    """What decoding found."""

    decoded: int = 0
    taken: int = 0
    broken: int = 0
    seconds: float = 0.0
    limited: bool = False


def wanted(times: Iterable[float], every: float, start: float) -> Iterator[bool]:
    """Say of each frame, by its time, whether it is the first at or after the next multiple of `every` from `start`."""
    step = 0
    for seconds in times:
        if seconds + MICROSECOND < start + step * every:
            yield False
            continue
        # A gap in the video is no reason to take the frames behind it closer together.
        step = int((seconds - start + MICROSECOND) / every) + 1
        yield True


# A rate that no camera has says nothing: by it a step would be endless, or too small to count.
SLOWEST_FPS = 0.01
FASTEST_FPS = 1000


def steady(times: Iterable[float], fps: float) -> Iterator[float]:
    """Times that only grow: where a container gives none, or gives one twice, frames are counted on from the last."""
    step = 1 / fps if SLOWEST_FPS <= fps <= FASTEST_FPS else 1 / 25
    last: float | None = None
    for seconds in times:
        last = seconds if last is None or seconds > last else last + step
        yield last


def cut(request: Request) -> Iterator[dict[str, Any]]:
    """Write the frames below the working directory; one line for each, and one for the video."""
    capture = cv2.VideoCapture(request.path, cv2.CAP_FFMPEG)
    if not capture.isOpened():
        yield {"kind": "failed", "found": "nothing that decodes as a video"}
        return
    tally = Tally()
    folder = Path(request.stem)
    folder.mkdir(parents=True)
    for index, seconds in _chosen(capture, request, tally):
        ok, picture = capture.retrieve()
        if not ok:
            tally.broken += 1
            continue
        tally.taken += 1
        yield {
            "kind": "frame",
            "index": index,
            "seconds": round(seconds, 6),
            **_write(folder, seconds, picture, request),
        }
    if tally.decoded == 0:
        yield {"kind": "failed", "found": "a video of which no frame decodes"}
        return
    yield {
        "kind": "video",
        "sha256": _digest(Path(request.path)),
        "decoded": tally.decoded,
        "claimed": max(0, round(capture.get(cv2.CAP_PROP_FRAME_COUNT))),
        "taken": tally.taken,
        "broken": tally.broken,
        "seconds": round(tally.seconds, 6),
        "limited": tally.limited,
    }


def _chosen(capture: Any, request: Request, tally: Tally) -> Iterator[tuple[int, float]]:
    """Index and time of the frames to take, each while the capture stands on it."""

    def times() -> Iterator[float]:
        while capture.grab():
            yield capture.get(cv2.CAP_PROP_POS_MSEC) / 1000

    seen: list[float] = []

    def noted() -> Iterator[float]:
        for seconds in steady(times(), capture.get(cv2.CAP_PROP_FPS)):
            if request.to is not None and seconds > request.to + MICROSECOND:
                tally.limited = True
                return
            tally.decoded += 1
            tally.seconds = seconds
            seen[:] = [seconds]
            yield seconds

    for index, take in enumerate(wanted(noted(), request.every, request.start)):
        if take:
            yield index, seen[0]


def _write(folder: Path, seconds: float, picture: Any, request: Request) -> dict[str, Any]:
    ok, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, request.quality])
    if not ok:
        raise OSError(f"a frame of {picture.shape} cannot be written as JPEG")
    data = encoded.tobytes()
    file = folder / f"{request.stem}_{round(seconds * 1000):09d}.jpg"
    with file.open("xb") as out:
        out.write(data)
    height, width = picture.shape[:2]
    digest = hashlib.sha256(data).hexdigest()
    return {"file": file.as_posix(), "sha256": digest, "width": int(width), "height": int(height)}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""Makes job folders from the project's sample data, and runs the trainer on them as the project does: as a process."""

import hashlib
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import dataclass
from pathlib import Path

TRAINER = Path(__file__).parents[1]
SAMPLES = TRAINER.parents[1] / "samples" / "thaal"
WEIGHTS = SAMPLES / "yolov8n-rebuilt.pt"
WIDTH, HEIGHT = 960, 540
# A shared machine may be ten times slower than a free one.
SECONDS = 900
# Small and quick, but the real thing.
ARGS = {
    "epochs": 2, "imgsz": 96, "batch": 4, "nbs": 4, "optimizer": "AdamW", "lr0": 0.001, "warmup_epochs": 1,
    "mosaic": 0.0, "close_mosaic": 0, "plots": False, "seed": 0,
}  # fmt: skip
THAAL = [{"class": "thaal", "from": ["thaal"]}]


def sha256(file):
    return sha256_of(Path(file).read_bytes())


def sha256_of(data):
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class Frame:
    """A sample frame on disk and its boxes: (xMin, yMin, xMax, yMax) in pixels."""

    file: Path
    boxes: list

    def labels(self, number=0):
        rows = []
        for x1, y1, x2, y2 in self.boxes:
            values = ((x1 + x2) / 2 / WIDTH, (y1 + y2) / 2 / HEIGHT, (x2 - x1) / WIDTH, (y2 - y1) / HEIGHT)
            rows.append(f"{number} " + " ".join(f"{value:.6f}" for value in values))
        return "".join(f"{row}\n" for row in rows)


def unpack_sample(folder):
    """The sample's frames by day, extracted into `folder`."""
    days = {}
    with zipfile.ZipFile(SAMPLES / "thaal-cvat.zip") as archive:
        for image in ET.fromstring(archive.read("annotations.xml")).iter("image"):  # noqa: S314 - our own file
            name = Path(image.get("name")).name
            file = folder / name
            file.write_bytes(archive.read(f"images/{name}"))
            corners = [[float(box.get(side)) for side in ("xtl", "ytl", "xbr", "ybr")] for box in image.iter("box")]
            days.setdefault(name[6:16], []).append(Frame(file, corners))
    return days


def write_train_job(folder, train, val, *, args=None, classes=("thaal",), weights=WEIGHTS, **changes):
    """Write a train job and its files; returns job.json."""
    for part, frames in (("train", train), ("val", val)):
        for kind in ("images", "labels"):
            (folder / "data" / kind / part).mkdir(parents=True)
        for frame in frames:
            (folder / "data/images" / part / frame.file.name).write_bytes(frame.file.read_bytes())
            (folder / "data/labels" / part / f"{frame.file.stem}.txt").write_text(frame.labels())
    (folder / "base.pt").write_bytes(Path(weights).read_bytes())
    recipe = {"name": "test", "sha256": "0" * 64, "args": {**ARGS, **(args or {})}, "smokeBatches": 1}
    job = {
        "schema": "bobbin/job/1",
        "runId": "01J8Z0000000000000000000TR",
        "kind": "train",
        "device": "cpu",
        "threads": 2,
        "out": "out",
        "data": {"folder": "data", "classes": list(classes), "train": len(train), "val": len(val)},
        "weights": {"file": "base.pt", "sha256": sha256(folder / "base.pt"), "name": "yolov8n"},
        "recipe": recipe,
        "checkpoints": "checkpoints",
        "modelName": "yolov8n_thaal_v0",
        **changes,
    }
    return write(folder / "job.json", job)


def write_predict_job(folder, frames, models, **changes):
    """Write a predict job. `models`: (role, file, classMap). Frames as Frame, or (file, width, height)."""
    lines = []
    (folder / "frames").mkdir(parents=True)
    for frame in frames:
        file, width, height = (frame.file, WIDTH, HEIGHT) if isinstance(frame, Frame) else frame
        (folder / "frames" / file.name).write_bytes(file.read_bytes())
        line = {"name": file.name, "file": f"frames/{file.name}", "sha256": sha256(file), "part": "test"}
        lines.append(json.dumps({**line, "width": width, "height": height}))
    (folder / "frames.jsonl").write_text("".join(f"{line}\n" for line in lines))
    entries = []
    for role, file, class_map in models:
        (folder / f"{role}.pt").write_bytes(Path(file).read_bytes())
        entries.append({"role": role, "file": f"{role}.pt", "sha256": sha256(file), "classMap": class_map})
    job = {
        "schema": "bobbin/job/1",
        "runId": "01J8Z0000000000000000000PR",
        "kind": "predict",
        "device": "cpu",
        "threads": 2,
        "out": "out",
        "models": entries,
        "frames": "frames.jsonl",
        "imgsz": 320,
        "confidence": 0.001,
        "iou": 0.7,
        "maxDetections": 300,
        "batch": 4,
        **changes,
    }
    return write(folder / "job.json", job)


def write(file, document):
    file.write_text(json.dumps(document))
    return file


def start(job_file, **environment):
    """Start the trainer on a job file, in a folder of its own, with a home of its own."""
    home = job_file.parent.parent / f"{job_file.parent.name}-home"
    home.mkdir(exist_ok=True)
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(TRAINER),
        "PYTHONDONTWRITEBYTECODE": "1",
        **environment,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "bobbin_trainer", str(job_file)],
        cwd=home,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@dataclass(frozen=True)
class Ended:
    """An ended process: exit code, lines of stdout, stderr, and result.json (None where there is none)."""

    code: int
    lines: list
    stderr: str
    result: dict | None

    @property
    def events(self):
        return [json.loads(line) for line in self.lines]


def end(process, job_file):
    """Wait for the process."""
    try:
        out, err = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    file = job_file.with_name("result.json")
    result = json.loads(file.read_text()) if file.exists() else None
    return Ended(process.returncode, out.splitlines(), err, result)


def run(job_file, **environment):
    return end(start(job_file, **environment), job_file)


def read_until(process, wanted):
    """Read progress until `wanted(event)`; returns that event."""
    for line in process.stdout:
        event = json.loads(line)
        if wanted(event):
            return event
    raise AssertionError(f"the process ended first: {process.stderr.read()}")


def digests(folder):
    return {file.relative_to(folder).as_posix(): sha256(file) for file in sorted(folder.rglob("*")) if file.is_file()}

"""The process' surroundings: keeps libraries silent and inside the job's folder, and says what the job ran on."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
import tomllib
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from . import files

PROJECT = Path(__file__).parents[1]
# torch hands open files to its loaders over sockets in the temporary folder; a socket's path has 108 bytes at most.
LONGEST_TEMPORARY = 60
# The image has them for the program that brings the files; TensorBoard would load them, and they open a socket at once.
NEVER_LOADED = ("boto3", "botocore")
FONTS = ("Arial.ttf", "Arial.Unicode.ttf")


def silence(scratch: Path, threads: int) -> None:
    """Set what Ultralytics, torch and matplotlib read when they are imported. Call it before importing them.

    No telemetry, no downloads, no installs, no cloud, safe unpickling; every cache and setting lies in `scratch`.
    """
    for name in NEVER_LOADED:
        sys.modules.setdefault(name, None)
    config = scratch / "config"
    _write_settings(config / "Ultralytics", scratch)
    os.environ.update(
        {
            "YOLO_OFFLINE": "1",
            "YOLO_AUTOINSTALL": "false",
            "YOLO_CONFIG_DIR": str(config),
            "ULTRALYTICS_SAFE_LOAD": "1",
            "MPLCONFIGDIR": str(config / "matplotlib"),
            "MPLBACKEND": "Agg",
            "TORCH_HOME": str(config / "torch"),
            "XDG_CACHE_HOME": str(config / "cache"),
            "CUDA_CACHE_PATH": str(config / "cuda"),
            "OMP_NUM_THREADS": str(threads),
            # A shared machine: threads that wait must not spin.
            "OMP_WAIT_POLICY": "PASSIVE",
        }
    )
    for name in ("ULTRALYTICS_API_KEY", "WANDB_API_KEY"):
        os.environ.pop(name, None)
    temporary = scratch / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    if len(str(temporary)) <= LONGEST_TEMPORARY:
        os.environ.update(dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(temporary)))
        tempfile.tempdir = None


def _write_settings(folder: Path, scratch: Path) -> None:
    """Ultralytics' settings.json, and fonts under the names that it would download."""
    folder.mkdir(parents=True, exist_ok=True)
    off = ("sync", "clearml", "comet", "dvc", "mlflow", "raytune", "tensorboard", "wandb", "vscode_msg", "openvino_msg")
    settings = {
        "settings_version": "0.0.8",
        **{f"{name}_dir": str(scratch / name) for name in ("datasets", "weights", "runs")},
        "uuid": "0" * 64,
        "api_key": "",
        "openai_api_key": "",
        **dict.fromkeys(off, False),
    }
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    package = find_spec("matplotlib")
    if package is None or package.origin is None:
        raise ImportError("matplotlib is missing")
    for name in FONTS:
        shutil.copyfile(Path(package.origin).parent / "mpl-data/fonts/ttf/DejaVuSans.ttf", folder / name)


def trainer_version() -> str:
    """The version in pyproject.toml."""
    return tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def facts(device: str, threads: int) -> dict[str, Any]:
    """The environment part of a result; `device` as the job names it."""
    lock = PROJECT / "uv.lock"
    return {
        "trainer": trainer_version(),
        "python": platform.python_version(),
        "torch": version("torch"),
        "ultralytics": version("ultralytics"),
        "platform": platform.platform(),
        "processor": _processor(),
        "device": _device_name(device),
        "threads": threads,
        "lockSha256": files.sha256(lock) if lock.is_file() else None,
    }


def _processor() -> str:
    """The processor's name; Linux keeps it in /proc/cpuinfo, x86 only."""
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text(encoding="utf-8").splitlines() if listing.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _device_name(device: str) -> str:
    """The accelerator's name. torch is not imported for it: a job that failed early has not loaded it."""
    torch = sys.modules.get("torch")
    if device == "cuda" and torch is not None and torch.cuda.is_available():
        return f"cuda ({torch.cuda.get_device_name(0)})"
    return device

"""Looks at an installation, as the image's build does last: everything a job needs is there, in the locked versions."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bobbin_trainer.contract import validator
from bobbin_trainer.environment import PROJECT

from .child import trainer_variables

DOCUMENTS = ("job", "job-frame", "job-inputs", "job-environment", "result", "progress")
# What a job does first, in a process as a job has it: quiet surroundings (they need the fonts), then everything heavy.
START = (
    "import sys; from pathlib import Path; from bobbin_trainer import environment; "
    "environment.silence(Path(sys.argv[1]), 1); "
    "from bobbin_trainer import train_job, predict_job; "
    "import torch; print(torch.version.cuda)"
)


def pinned() -> dict[str, str]:
    """What the project asks for, by name: the trainer's dependencies and the supervisor's."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["cloud"]]
    return dict(entry.split("==") for entry in wanted)


def wrong_versions() -> list[str]:
    """Packages that are missing or are not the pinned version."""
    found = []
    for name, wanted in pinned().items():
        try:
            installed = version(name).split("+")[0]
        except PackageNotFoundError:
            installed = "missing"
        if installed != wanted:
            found.append(f"{name}: {installed}, wanted {wanted}")
    return found


def check_installation() -> int:
    """Say what is there as one JSON line; 0 where all is well."""
    for name in DOCUMENTS:
        validator(f"bobbin/{name}/1")
    with tempfile.TemporaryDirectory() as folder:
        started = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "bobbin_job.enclosure", sys.executable, "-c", START, folder],
            env=trainer_variables(Path(folder), 1, {}),
            capture_output=True,
            text=True,
            check=False,
        )
    problems = wrong_versions()
    if started.returncode != 0:
        problems.append(started.stderr.strip()[-2000:])
    answer = {"python": sys.version.split()[0], "cuda": started.stdout.strip(), "problems": problems}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 1 if problems else 0

"""The image without Docker: what the Dockerfile copies is enough to start, and nothing else is in it."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
import workshop

ROOT = workshop.TRAINER.parents[1]
DOCKERFILE = (workshop.TRAINER / "Dockerfile").read_text()
LINES = [line for line in DOCKERFILE.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc")


def words_of(instruction):
    return [shlex.split(line)[1:] for line in LINES if line.startswith(f"{instruction} ")]


def last_stage():
    starts = [number for number, line in enumerate(LINES) if line.startswith("FROM ")]
    return LINES[starts[-1] :]


@pytest.fixture
def image(tmp_path):
    """The files that the last stage copies out of this folder."""
    for line in last_stage():
        if not line.startswith("COPY ") or "--from=" in line:
            continue
        *sources, target = shlex.split(line)[1:]
        for source in sources:
            file = workshop.TRAINER / source
            place = tmp_path / "opt" / target
            if file.is_dir():
                shutil.copytree(file, place, ignore=IGNORED)
            else:
                place.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, place)
    return tmp_path / "opt"


def entrypoint(python):
    (found,) = [json.loads(line.removeprefix("ENTRYPOINT ")) for line in LINES if line.startswith("ENTRYPOINT ")]
    return [str(python), *found[1:]]


def check(folder, python):
    """Start the installation as the image's last step does."""
    command = [*entrypoint(python), "--check"]
    environment = {"PATH": "/usr/bin:/bin"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_what_is_copied_starts(image):
    ended = check(image, sys.executable)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert json.loads(ended.stdout)["problems"] == []


def test_a_missing_file_fails_the_build(image):
    (image / "bobbin_trainer/generated/bobbin.job-inputs.1.json").unlink()
    assert check(image, sys.executable).returncode != 0


def test_the_image_holds_the_two_programs_and_what_they_are_locked_by(image):
    top = sorted(path.name for path in image.iterdir())
    assert top == ["README.md", "bobbin_job", "bobbin_trainer", "pyproject.toml", "uv.lock"]
    assert {path.suffix for path in image.rglob("*") if path.is_file()} == {".py", ".json", ".toml", ".lock", ".md"}
    # No weights, no frames.
    assert sum(path.stat().st_size for path in image.rglob("*") if path.is_file()) < 1_000_000


def test_what_is_copied_is_sent_to_the_build_and_nothing_else():
    lines = (workshop.TRAINER / ".dockerignore").read_text().splitlines()
    sent = {line[1:] for line in lines if line.startswith("!")}
    copied = {word for words in words_of("COPY") if not words[0].startswith("--from") for word in words[:-1]}
    assert lines[1] == "*"
    assert copied == sent


def test_bases_are_named_exactly_and_are_one():
    bases = {words[0] for words in words_of("FROM")}
    assert len(bases) == 1
    assert re.fullmatch(r"public\.ecr\.aws/docker/library/python:3\.11\.\d+-slim-\w+@sha256:[0-9a-f]{64}", bases.pop())


def test_packages_come_by_hash_with_the_uv_of_the_project():
    runs = " ".join(line for line in LINES if line.startswith("RUN "))
    assert "--require-hashes" in runs
    assert "uv sync --frozen --no-dev --group cloud" in runs
    assert (workshop.TRAINER / "uv.txt").read_bytes() == (ROOT / ".ci/uv.txt").read_bytes()


def test_the_user_is_the_one_that_the_firewall_knows():
    known = (ROOT / "lib/infra/batch/user-data.ts").read_text()
    number = re.search(r"trainerUid = ([\d_]+)", known)[1].replace("_", "")
    (user,) = words_of("USER")
    assert user == [f"{number}:{number}"]
    # What comes after it runs as that user, the last look at the installation too.
    after = LINES[LINES.index(f"USER {number}:{number}") :]
    assert [line.split()[0] for line in after] == ["USER", "RUN", "ENTRYPOINT"]
    assert f"useradd --uid {number}" in DOCKERFILE


@pytest.mark.proof
def test_the_same_install_into_a_clean_prefix_starts(image, tmp_path):
    uv = ROOT / ".tools/uv/bin/uv"
    if not uv.exists():
        pytest.skip("the project's uv is not installed: make setup")
    (install,) = [line for line in LINES if line.startswith("RUN ") and "uv sync" in line]
    words = shlex.split(install)[1:]
    options = [word for word in words[words.index("sync") :] if word not in ("--no-cache", "--compile-bytecode")]
    options[options.index("--python") + 1] = sys.executable
    environment = {
        **{name: os.environ[name] for name in ("HOME", "PATH")},
        "UV_PROJECT_ENVIRONMENT": str(tmp_path / "venv"),
        "UV_PYTHON_DOWNLOADS": "never",
    }
    ended = subprocess.run([uv, *options], cwd=image, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    programs = {path.name for path in (tmp_path / "venv/bin").iterdir()}
    assert programs.isdisjoint({"cfn-lint", "hadolint", "moto_server", "pytest", "ruff"})
    found = check(image, tmp_path / "venv/bin/python")
    assert found.returncode == 0, found.stdout + found.stderr

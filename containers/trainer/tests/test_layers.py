"""Only bobbin_trainer/yolo imports Ultralytics; the rest knows no more than its own names."""

import ast
import subprocess
import sys

import workshop

PACKAGE = workshop.TRAINER / "bobbin_trainer"
SUPERVISOR = workshop.TRAINER / "bobbin_job"
BOTH = [*PACKAGE.rglob("*.py"), *SUPERVISOR.rglob("*.py")]
# Imported by every start, before the surroundings are silent.
LIGHT = ["cli", "checkpoints", "result", "results_csv", "mirror", "training_folder", "failures", "cleaning"]


def imported(file):
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").split(".")[0])
    return names


def test_ultralytics_is_imported_in_one_place():
    found = {file.relative_to(PACKAGE).parts[0] for file in PACKAGE.rglob("*.py") if "ultralytics" in imported(file)}
    assert found == {"yolo"}


def test_boto3_is_imported_in_one_place_and_the_trainer_knows_nothing_of_it():
    found = {file.relative_to(workshop.TRAINER).as_posix() for file in BOTH if imported(file) & {"boto3", "botocore"}}
    assert found == {"bobbin_job/store.py"}
    assert not [file for file in PACKAGE.rglob("*.py") if "bobbin_job" in imported(file)]


def test_the_supervisor_loads_no_weights():
    script = "import bobbin_job.cli, sys; print([m for m in ('torch', 'ultralytics', 'cv2') if m in sys.modules])"
    environment = {"PYTHONPATH": str(workshop.TRAINER)}
    ended = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_nothing_heavy_is_imported_before_the_surroundings_are_silent():
    modules = ", ".join(f"bobbin_trainer.{name}" for name in LIGHT)
    script = (
        f"import {modules}, sys; print([m for m in ('torch', 'ultralytics', 'cv2', 'matplotlib') if m in sys.modules])"
    )
    environment = {"PYTHONPATH": str(workshop.TRAINER)}
    ended = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_files_and_functions_stay_small():
    for file in BOTH:
        text = file.read_text()
        assert text.count("\n") <= 300, file
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < 36, (file, node.name)


def test_every_file_says_first_what_lives_there():
    for file in BOTH:
        assert ast.get_docstring(ast.parse(file.read_text())), file

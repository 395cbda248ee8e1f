"""Wide and slow: determinism, every optimizer, a real shortage of memory, the demo recipe. `pytest -m proof`."""

import json
import subprocess
import sys

import pytest
import torch
import workshop

from bobbin_trainer.results_csv import read_rows

pytestmark = pytest.mark.proof


def weights_of(folder):
    model = torch.load(folder / "out/weights/yolov8n_thaal_v0.pt", weights_only=False)["model"]
    return model.float().state_dict()


def test_the_same_seed_makes_the_same_model_and_another_seed_another(tmp_path, days, library):
    states, tables = [], []
    for number, seed in enumerate((0, 0, 1)):
        folder = tmp_path / str(number)
        folder.mkdir()
        frames = days["2025-09-25"]
        job_file = workshop.write_train_job(folder, frames[:8], frames[20:22], args={"seed": seed, "mosaic": 1.0})
        ended = workshop.run(job_file)
        assert ended.code == 0, ended.stderr
        states.append(weights_of(folder))
        rows = read_rows((folder / "out/train_run/results.csv").read_text())
        tables.append([{name: value for name, value in row.items() if name != "time"} for row in rows])
    assert tables[0] == tables[1] != tables[2]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not all(torch.equal(states[0][name], states[2][name]) for name in states[0])


@pytest.mark.parametrize("optimizer", ["SGD", "MuSGD", "Adam", "Adamax", "AdamW", "NAdam", "RAdam", "RMSProp", "auto"])
def test_every_optimizer_of_the_list_trains(tmp_path, days, optimizer):
    frames = days["2025-09-25"]
    args = {"optimizer": optimizer, "lr0": 0.0001, "epochs": 1}
    ended = workshop.run(workshop.write_train_job(tmp_path, frames[:4], frames[20:22], args=args))
    assert ended.code == 0, ended.stderr
    family = json.loads((tmp_path / "out/train_run/metrics.json").read_text())["family"]
    assert family == ("detect 8.4 MuSGD" if optimizer == "MuSGD" else "detect 8.3")


@pytest.mark.parametrize(
    "args",
    [{"cache": "ram"}, {"cache": "disk"}, {"rect": True}, {"fraction": 0.5}, {"multi_scale": 0.5}, {"val": False}],
)
def test_arguments_that_change_the_loader_train(tmp_path, days, args):
    frames = days["2025-09-25"]
    ended = workshop.run(workshop.write_train_job(tmp_path, frames[:8], frames[20:22], args={"imgsz": 128, **args}))
    assert ended.code == 0, ended.stderr
    assert [file.suffix for file in (tmp_path / "data").rglob("*") if file.suffix in (".npy", ".cache")] == []


LIMITED = """
import resource, sys, torch
pages = int(open("/proc/self/statm").read().split()[0])
limit = pages * resource.getpagesize() + 2_500_000_000
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
from bobbin_trainer.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux only")
def test_a_real_shortage_of_memory_is_named(tmp_path, days):
    frames = days["2025-09-25"]
    job_file = workshop.write_train_job(tmp_path, frames[:16], frames[20:22], args={"imgsz": 1280, "batch": 16})
    environment = {"PYTHONPATH": str(workshop.TRAINER), "HOME": str(tmp_path)}
    command = [sys.executable, "-c", LIMITED, str(job_file)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 67, ended.stderr
    error = json.loads((tmp_path / "result.json").read_text())["error"]
    assert error["data"] == {"device": "cpu", "batch": 16, "imgsz": 1280}


def test_the_demo_recipe_learns_the_sample(tmp_path, days):
    recipe = json.loads((workshop.TRAINER.parents[1] / "lib/contracts/recipes/demo.json").read_text())
    frames = {day: found for day, found in days.items() if len(found) > 20}
    train, val = frames["2025-09-25"], frames["2025-09-18"]
    settings = {"sha256": "0" * 64, "name": "demo", "smokeBatches": 2, "batchNormMomentum": 0.1, "args": recipe["args"]}
    ended = workshop.run(workshop.write_train_job(tmp_path, train, val, recipe=settings))
    assert ended.code == 0, ended.stderr
    final = json.loads((tmp_path / "out/train_run/metrics.json").read_text())["epochs"][-1]
    assert final["metrics"]["mAP50"] > 0.8

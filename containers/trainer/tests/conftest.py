"""Fixtures: the sample's frames, one whole training and one prediction that many tests look at."""

import json

import cloudhouse
import pytest
import workshop
from moto.server import ThreadedMotoServer


@pytest.fixture(scope="session")
def days(tmp_path_factory):
    """The sample's frames by day, e.g. `days["2025-09-25"]`."""
    return workshop.unpack_sample(tmp_path_factory.mktemp("frames"))


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    """Ultralytics in this process, silent; its settings lie in a folder of the session. Returns the messages."""
    from bobbin_trainer import environment

    environment.silence(tmp_path_factory.mktemp("library"), threads=2)
    from bobbin_trainer.yolo.library import quiet

    return quiet()


@pytest.fixture(scope="session")
def trained(tmp_path_factory, days):
    """A whole training under guard: no network, writes outside the job's folder noted. Folder, process, digests."""
    base = tmp_path_factory.mktemp("t")
    folder = base / "job"
    folder.mkdir()
    args = {"imgsz": 160, "plots": True, "val": False}
    job_file = workshop.write_train_job(folder, days["2025-09-25"][:8], days["2025-09-18"][:4], args=args)
    before = workshop.digests(folder)
    report = base / "report.txt"
    guard = {
        "PYTHONPATH": f"{workshop.TRAINER / 'tests/guard'}:{workshop.TRAINER}",
        "BOBBIN_GUARD_INSIDE": str(folder),
        "BOBBIN_GUARD_REPORT": str(report),
    }
    ended = workshop.run(job_file, **guard)
    assert ended.code == 0, ended.stderr + (folder / "out/trainer.log").read_text()
    return {"folder": folder, "ended": ended, "before": before, "report": report, "base": base}


@pytest.fixture(scope="session")
def predicted(tmp_path_factory, days, trained):
    """A prediction by the trained model and the off-the-shelf one. Folder, process, lines."""
    folder = tmp_path_factory.mktemp("p") / "job"
    folder.mkdir()
    candidate = trained["folder"] / trained["ended"].result["weights"]["file"]
    dishes = [{"class": "thaal", "from": ["bowl", "cup"]}, {"class": "ladle", "from": ["ladle"]}]
    both = [{"class": "thaal", "from": ["thaal"]}, {"class": "ladle", "from": []}]
    models = [("candidate", candidate, both), ("base", workshop.WEIGHTS, dishes)]
    job_file = workshop.write_predict_job(folder, days["2025-09-18"][:6], models, imgsz=160)
    ended = workshop.run(job_file)
    assert ended.code == 0, ended.stderr
    lines = [json.loads(line) for line in (folder / "out/predictions.jsonl").read_text().splitlines()]
    return {"folder": folder, "ended": ended, "lines": lines, "job_file": job_file}


@pytest.fixture(scope="session")
def endpoint():
    """An S3 of this machine, over HTTP, with both buckets, and the front that can fail."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    front = cloudhouse.serve(cloudhouse.Front(url))
    place = {"LocationConstraint": cloudhouse.REGION}
    for name in (cloudhouse.DATA, cloudhouse.REGISTRY):
        cloudhouse.client(url).create_bucket(Bucket=name, CreateBucketConfiguration=place)
    yield cloudhouse.Cloud(url, front)
    front.shutdown()
    server.stop()


@pytest.fixture
def cloud(endpoint):
    """The S3 of this machine, empty."""
    endpoint.empty()
    endpoint.front.faults.clear()
    endpoint.front.puts.clear()
    return endpoint

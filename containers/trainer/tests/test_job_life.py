"""A real training on rented machines: taken away in the middle, finished on the next one, asked for once more."""

import json
import signal
import time

import cloudhouse
import pytest
import workshop

from bobbin_job.keys import marked_generations
from bobbin_trainer.results_csv import read_rows

EPOCHS = 4


@pytest.fixture(scope="module")
def life(tmp_path_factory, days, endpoint):
    """What was seen of three starts of one job, each on a machine of its own."""
    base = tmp_path_factory.mktemp("life")
    (base / "job").mkdir()
    frames = days["2025-09-25"]
    args = {"epochs": EPOCHS, "imgsz": 64, "val": False, "patience": 50}
    workshop.write_train_job(base / "job", frames[:4], frames[20:21], args=args)
    keys = cloudhouse.stage(endpoint, base / "job")
    places = [base / f"machine{number}" for number in (1, 2, 3)]
    for place in places:
        place.mkdir()
    bucket = endpoint.bucket()

    first = cloudhouse.start(endpoint, keys, places[0])
    cloudhouse.wait_for(first, lambda: marked_generations(keys.checkpoints, bucket.list(keys.checkpoints)))
    first.send_signal(signal.SIGTERM)
    asked = time.monotonic()
    taken = cloudhouse.end(first)
    seconds = time.monotonic() - asked
    sent = bucket.list(keys.run)
    # What a start that was cut off while it sent its results would leave.
    endpoint.put(keys.file("weights/yolov8n_thaal_v0.pt"), b"half of the results")
    second = cloudhouse.end(cloudhouse.start(endpoint, keys, places[1]))
    before = {key: bucket.read(key) for key in bucket.list(keys.run)}
    third = cloudhouse.end(cloudhouse.start(endpoint, keys, places[2]))
    after = {key: bucket.read(key) for key in bucket.list(keys.run)}
    answer = json.loads(before[keys.result]) if keys.result in before else None
    return {
        "keys": keys,
        "places": places,
        "taken": taken,
        "seconds": seconds,
        "sent": sent,
        "second": second,
        "third": third,
        "before": before,
        "after": after,
        "answer": answer,
    }


def test_a_machine_that_is_taken_away_ends_in_time_with_a_name(life):
    code, said = life["taken"]
    assert code == 71, said
    assert life["seconds"] < 25
    failed = json.loads(life["before"][life["keys"].failed(1)])
    assert failed["error"]["name"] == "Interrupted"
    assert life["keys"].result not in life["sent"]


def test_the_next_machine_goes_on_where_it_was(life):
    code, said = life["second"]
    assert code == 0, said
    answer = life["answer"]
    assert (answer["status"], answer["epochs"], answer["attempts"]) == ("succeeded", EPOCHS, 2)
    kept = marked_generations(life["keys"].checkpoints, life["sent"])
    reached = int(kept[0].removeprefix(life["keys"].checkpoints)[:6])
    assert reached >= 1
    lines = [json.loads(line) for line in said.splitlines() if line.startswith('{"at"')]
    trained = {line["epoch"] for line in lines if line.get("phase") == "train"}
    assert trained == set(range(reached + 1, EPOCHS + 1))
    rows = read_rows(life["before"][life["keys"].file("train_run/results.csv")].decode())
    assert [int(row["epoch"]) for row in rows] == list(range(1, EPOCHS + 1))


def test_every_file_lies_where_the_laptop_puts_it_with_its_digest(life):
    keys, answer = life["keys"], life["answer"]
    for entry in answer["files"]:
        assert workshop.sha256_of(life["before"][keys.file(entry["name"])]) == entry["sha256"]
    names = {keys.file(entry["name"]) for entry in answer["files"]}
    assert names == {key for key in life["before"] if key.startswith(keys.file(""))}
    assert answer["weights"]["file"] == "weights/yolov8n_thaal_v0.pt"
    assert keys.file(answer["onnx"]["file"]) in names


def test_progress_of_both_machines_lies_in_order(life):
    keys = life["keys"]
    found = [data for key, data in sorted(life["before"].items()) if key.startswith(keys.progress)]
    events = [json.loads(line) for data in found for line in data.decode().splitlines()]
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    assert events[-1]["phase"] == "end"
    assert {event["epoch"] for event in events if "epochSeconds" in event.get("metrics", {})} == set(
        range(1, EPOCHS + 1)
    )
    # The log of the job says the same.
    assert events == [
        json.loads(line)
        for said in (life["taken"][1], life["second"][1])
        for line in said.splitlines()
        if line.startswith('{"at"')
    ]


def test_a_finished_job_is_not_done_again(life):
    assert life["third"] == (0, "")
    assert life["after"] == life["before"]


def test_nothing_stays_on_the_disk_and_no_secret_in_the_store(life):
    for place in life["places"]:
        assert [path for path in place.rglob("*") if path.is_file()] == []
    secret = cloudhouse.CREDENTIALS["AWS_SECRET_ACCESS_KEY"].encode()
    assert [key for key, data in life["before"].items() if secret in data] == []

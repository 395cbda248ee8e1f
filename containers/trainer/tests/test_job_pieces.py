"""Keys, variables, inputs, marks and progress lines: small things that must not give way."""

import json
import shutil
import string
import subprocess

import cloudhouse
import pytest
import workshop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bobbin_job.generations import Generations, read_mark
from bobbin_job.keys import Keys, highest, marked_generations
from bobbin_job.progress import Progress, is_progress
from bobbin_job.staging import fresh_folder, lay_out, read_inputs
from bobbin_job.variables import Variables
from bobbin_trainer.checkpoints import Checkpoints
from bobbin_trainer.errors import TrainerError

KEYS = Keys("01J8Z0000000000000000000TR", "train")
LAYOUT = """
import { dataKeys as k } from "./lib/contracts/layout.ts";
const [id, kind, digest] = ["01J8Z0000000000000000000TR", process.argv[1], "0123456789abcdef"];
console.log(JSON.stringify({
  job: k.job(id, kind), inputs: k.inputs(id, kind), result: k.result(id, kind), predictions: k.predictions(id),
  starts: k.starts(id, kind), progress: k.progress(id, kind), checkpoints: k.checkpoints(id), run: k.run(id),
  file: k.jobFile(id, kind, "weights/m.pt"), failed: k.failedResult(id, kind, 3), start: k.start(id, kind, 12),
  part: k.progressPart(id, kind, 7), checkpoint: k.checkpoint(id, 49, digest, "last.pt"),
}));
"""
LINE = '{"kind":"train","at":"2026-01-02T03:04:05.000Z","phase":"train","epoch":1}'
PURE = settings(deadline=None, max_examples=40)
CLOUD = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("kind", ["train", "predict"])
def test_keys_are_those_of_the_layout(kind):
    root = workshop.TRAINER.parents[1]
    node = shutil.which("node", path=root / "node_modules/.bin")
    if node is None:
        pytest.skip("the project's Node is not installed")
    command = [node, "--input-type=module-typescript", "--no-warnings", "-e", LAYOUT, kind]
    said = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    keys = Keys(KEYS.run_id, kind)
    ours = {name: getattr(keys, name) for name in ("job", "inputs", "result", "predictions", "starts", "progress")}
    assert json.loads(said) == {
        **ours,
        "checkpoints": keys.checkpoints,
        "run": keys.run,
        "file": keys.file("weights/m.pt"),
        "failed": keys.failed(3),
        "start": keys.start(12),
        "part": keys.progress_part(7),
        "checkpoint": keys.checkpoint(49, "0123456789abcdef" * 4, "last.pt"),
    }


@PURE
@given(st.lists(st.integers(1, 999_999), unique=True))
def test_the_highest_number_is_found_among_whatever_lies_there(numbers):
    found = [KEYS.progress_part(number) for number in numbers] + [f"{KEYS.progress}readme.txt"]
    assert highest(KEYS.progress, found) == max(numbers, default=0)


@PURE
@given(st.lists(st.tuples(st.integers(1, 999_999), st.text("0123456789abcdef", min_size=16, max_size=16))))
def test_generations_come_newest_first_and_only_with_a_mark(pairs):
    files = [KEYS.checkpoint(epoch, digest, name) for epoch, digest in pairs for name in ("last.pt", "mark.json")]
    bare = KEYS.checkpoint(999_999, "f" * 16, "last.pt")
    found = marked_generations(KEYS.checkpoints, [*files, bare])
    epochs = [int(prefix.removeprefix(KEYS.checkpoints)[:6]) for prefix in found]
    assert epochs == sorted((epoch for epoch, _ in pairs), reverse=True)


def test_variables_are_checked_and_nothing_else_is_read(tmp_path):
    given_ones = cloudhouse.variables(KEYS, tmp_path, HOSTNAME="x", LD_LIBRARY_PATH="/driver")
    found = Variables.read(given_ones)
    assert (found.kind, found.scratch, found.driver) == ("train", tmp_path, {"LD_LIBRARY_PATH": "/driver"})
    for name, value in [
        ("BOBBIN_JOB", "guess"),
        ("DEADLINE_EPOCH", "soon"),
        ("BOBBIN_TRY_SECONDS", "0"),
        ("BOBBIN_SCRATCH", "here"),
    ]:
        with pytest.raises(TrainerError) as caught:
            Variables.read({**given_ones, name: value})
        assert (caught.value.name, caught.value.data["file"]) == ("JobInvalid", "environment")
        assert name in caught.value.data["problem"]


name_of_file = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=8)
path_of_file = st.lists(name_of_file, min_size=1, max_size=3).map("/".join)


@CLOUD
@given(st.dictionaries(path_of_file, st.one_of(st.text(max_size=40), st.binary(max_size=40)), max_size=8))
def test_the_folder_holds_what_the_inputs_say_and_nothing_else(cloud, tmp_path_factory, wanted):
    # A name cannot be a file and a folder at once.
    wanted = {path: body for path, body in wanted.items() if not any(other.startswith(f"{path}/") for other in wanted)}
    folder = tmp_path_factory.mktemp("folder")
    lines = []
    for path, body in wanted.items():
        if isinstance(body, str):
            lines.append({"path": path, "text": body})
            continue
        (folder.with_suffix(".tmp")).write_bytes(body)
        sha256 = workshop.sha256(folder.with_suffix(".tmp"))
        cloud.put(f"frames/{sha256}", body, cloudhouse.REGISTRY)
        lines.append({"path": path, "bucket": "registry", "key": f"frames/{sha256}", "sha256": sha256})
    inputs = read_inputs("".join(f"{json.dumps(line)}\n" for line in lines), "inputs")
    told = []
    lay_out(folder, inputs, cloud.buckets, lambda: None, lambda done, total: told.append((done, total)))
    assert told == [(n, len(inputs)) for n in range(1, len(inputs) + 1)]
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert found == {path: body.encode() if isinstance(body, str) else body for path, body in wanted.items()}


@pytest.mark.parametrize(
    "lines",
    [
        "{",
        '{"path": "../x", "text": ""}',
        '{"path": "/etc/x", "text": ""}',
        '{"path": "a\\\\..\\\\..\\\\x", "text": ""}',
        '{"path": "job.json", "text": ""}',
        '{"path": "a", "text": ""}\n{"path": "a", "text": ""}',
        '{"path": "a", "bucket": "data", "key": "frames/a"}',
        '{"path": "a", "bucket": "other", "key": "k", "sha256": "' + "0" * 64 + '"}',
        '{"path": "a", "text": "", "surprise": 1}',
    ],
)
def test_bad_inputs_are_refused(lines):
    with pytest.raises(TrainerError) as caught:
        read_inputs(lines, "inputs")
    assert caught.value.name == "JobInvalid"


def test_one_wrong_frame_ends_the_staging_and_what_was_not_begun_is_left(cloud, tmp_path):
    cloud.put("frames/a", b"changed")
    bad = {"path": "a", "bucket": "data", "key": "frames/a", "sha256": "0" * 64}
    with pytest.raises(TrainerError) as caught:
        lay_out(tmp_path, [{**bad, "path": f"a{n}"} for n in range(50)], cloud.buckets, lambda: None, lambda *_: None)
    assert caught.value.name == "ObjectCorrupt"


def test_a_new_job_finds_the_disk_empty(tmp_path):
    (fresh_folder(tmp_path, "old") / "frame").write_bytes(b"x")
    assert list(fresh_folder(tmp_path, "new").parent.iterdir()) == [tmp_path / "jobs/new"]


@PURE
@given(st.binary(max_size=50) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_half_a_mark_is_no_mark(data):
    assert read_mark(data if isinstance(data, bytes) else data.encode()) is None


def ultralytics_folder(run, epoch):
    for name in ("weights/last.pt", "weights/best.pt", "results.csv"):
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).write_text(f"epoch\n{name} after {epoch}")
    return run


@CLOUD
@given(st.integers(1, 3), st.sampled_from(["", "mark.json", "last.pt", "gone"]))
def test_the_newest_whole_generation_comes_back(cloud, tmp_path_factory, epochs, damage):
    cloud.empty()
    here, there = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("there")
    checkpoints = Checkpoints(here / "checkpoints", "job")
    generations = Generations(cloud.bucket(), KEYS, here / "checkpoints", here / "sending")
    for epoch in range(1, epochs + 1):
        checkpoints.save(ultralytics_folder(here / "run", epoch), epoch, epoch, finished=False)
        assert generations.send_new() == 1
        assert generations.send_new() == 0
    newest = marked_generations(KEYS.checkpoints, cloud.bucket().list(KEYS.checkpoints))[0]
    if damage == "gone":
        cloud.s3.delete_object(Bucket=cloudhouse.DATA, Key=f"{newest}best.pt")
    elif damage:
        cloud.put(f"{newest}{damage}", b"torn")
    wanted = (epochs if damage == "" else epochs - 1) or None
    back = Generations(cloud.bucket(), KEYS, there / "checkpoints", there / "sending")
    assert back.restore() == wanted
    found = Checkpoints(there / "checkpoints", "job").newest()
    assert (found and found.epoch) == wanted
    # What came from the store is not sent there again.
    assert back.send_new() == 0


def test_a_generation_that_is_being_written_waits(cloud, tmp_path):
    checkpoints = Checkpoints(tmp_path / "checkpoints", "job")
    checkpoints.save(ultralytics_folder(tmp_path / "run", 1), 1, 1, finished=False)
    generations = Generations(cloud.bucket(), KEYS, tmp_path / "checkpoints", tmp_path / "sending")
    (tmp_path / "checkpoints/generation1/last.pt").write_text("half")
    assert generations.send_new() == 0
    assert cloud.bucket().list(KEYS.checkpoints) == []


@CLOUD
@given(st.lists(st.lists(st.integers(1, 9), max_size=3), max_size=4))
def test_progress_comes_in_parts_and_goes_on_behind_earlier_starts(cloud, starts):
    cloud.empty()
    for epochs in starts:
        progress = Progress(cloud.bucket(), KEYS)
        for epoch in epochs:
            assert progress.add(LINE.replace('"epoch":1', f'"epoch":{epoch}'))
            progress.send(now=True)
    parts = [cloud.bucket().read(key).decode().splitlines() for key in cloud.bucket().list(KEYS.progress)]
    assert [json.loads(line)["epoch"] for part in parts for line in part] == [n for epochs in starts for n in epochs]


def test_two_starts_that_speak_at_once_lose_nothing(cloud):
    one, two = Progress(cloud.bucket(), KEYS), Progress(cloud.bucket(), KEYS)
    for progress, epoch in ((one, 1), (two, 2), (one, 3)):
        progress.add(LINE.replace('"epoch":1', f'"epoch":{epoch}'))
        progress.send(now=True)
    parts = [json.loads(cloud.bucket().read(key))["epoch"] for key in cloud.bucket().list(KEYS.progress)]
    assert sorted(parts) == [1, 2, 3]


@PURE
@given(st.text() | st.just("{" * 70_000))
def test_what_a_library_prints_is_no_progress(text):
    assert is_progress(LINE)
    assert not is_progress(text)

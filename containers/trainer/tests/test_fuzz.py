"""Whatever is done to a file that the trainer reads, it is read or refused by name. 10^5 inputs each as proof."""

import json
import tempfile
from pathlib import Path

import pytest
import workshop
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from bobbin_job.generations import read_mark
from bobbin_job.progress import is_progress
from bobbin_job.results import read_answer
from bobbin_job.staging import read_inputs
from bobbin_trainer.checkpoints import Checkpoints
from bobbin_trainer.contract import read_job
from bobbin_trainer.errors import TrainerError
from bobbin_trainer.result import is_finished
from bobbin_trainer.results_csv import keep_last_of_each_epoch, normalise
from bobbin_trainer.workplace import Workplace

WORDS = [
    "0",
    "-1",
    "1e999",
    "NaN",
    "null",
    "true",
    "[]",
    "{}",
    '""',
    "\0",
    "\ufeff",
    "\n",
    "\r",
    ",",
    ":",
    '"',
    "\\",
    "[",
]
WORDS += ["{", "}", "]", "\\ud800", "../", "9" * 30, "9" * 5000, "[" * 3000, "é", "\u2028", "inf", " ", "\x1c"]
SHA = "0" * 64
RUN = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
JOB = json.loads(workshop.write_train_job(Path(tempfile.mkdtemp()), [], []).read_text())
FRAME = json.dumps({"frame": "a.jpg", "sha256": SHA, "part": "test", "file": "frames/a.jpg", "width": 9, "height": 9})
MARK = {"epoch": 3, "bestEpoch": 2, "finished": False, "job": SHA, "files": {}}
CSV = (Path(__file__).parent / "fixtures/results/v8.3-detect.csv").read_text()


class Keys:
    run_id = RUN
    kind = "train"


def in_file(read):
    """Hand the bytes over as a file of a folder of their own."""
    # A disk takes three times as long.
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None

    def reader(data):
        with tempfile.TemporaryDirectory(dir=memory) as folder:
            file = Path(folder) / "file"
            file.write_bytes(data)
            return read(file)

    return reader


def newest(file):
    generation = file.parent / "generation1"
    generation.mkdir()
    file.rename(generation / "mark.json")
    (file.parent / "attempts.json").write_bytes((generation / "mark.json").read_bytes())
    checkpoints = Checkpoints(file.parent, SHA)
    checkpoints.count_attempt()
    return checkpoints.newest()


def finished(file):
    place = Workplace.of(file.parent, JOB)
    place.result.parent.mkdir(parents=True, exist_ok=True)
    file.rename(place.result)
    return is_finished(JOB, place)


def answer(file):
    file.rename(file.parent / "result.json")
    return read_answer(file.parent, Keys)


def frames(file):
    from bobbin_trainer.predict_job import read_frames  # it brings Ultralytics, so only after `library`

    return read_frames(file)


def as_text(read):
    return lambda data: read(data.decode("utf-8", errors="replace"))


PARSERS = {
    "job": (in_file(read_job), json.dumps(JOB)),
    "frames": (in_file(frames), f"{FRAME}\n{FRAME}\n"),
    "checkpoint": (in_file(newest), json.dumps(MARK)),
    "result of an earlier start": (in_file(finished), json.dumps({"status": "succeeded", "runId": RUN, "files": []})),
    "answer": (in_file(answer), json.dumps({"status": "succeeded", "runId": RUN, "files": []})),
    "mark": (read_mark, json.dumps(MARK)),
    "inputs": (as_text(lambda text: read_inputs(text, "inputs.jsonl")), json.dumps({"path": "a", "text": "b"})),
    "progress": (as_text(is_progress), json.dumps({"at": "2026-01-02T03:04:05.000Z", "kind": "train", "phase": "end"})),
    "results.csv": (as_text(normalise), CSV),
    "rows of results.csv": (as_text(keep_last_of_each_epoch), CSV),
}

# An input is changed as some bytes say. They are drawn for many inputs at once: a draw takes longer than a parser.
PLACES = 4
OF_A_PLACE = 7
OF_AN_INPUT = 3 + PLACES * OF_A_PLACE
OF_A_DRAW = 10


def changed(text, how):
    """The text with one to four places replaced, and in half of all cases cut off: `how` is OF_AN_INPUT bytes."""
    for number in range(1 + how[0] % PLACES):
        one = how[3 + number * OF_A_PLACE :][:OF_A_PLACE]
        at = int.from_bytes(one[:2]) * len(text) // 2**16
        word = WORDS[one[3]] if one[3] < len(WORDS) else chr(int.from_bytes(one[4:]) % 0x110000)
        text = text[:at] + word + text[at + one[2] % 41 :]
    cut = 2**16 if how[0] < 128 else 1 + int.from_bytes(how[1:3])
    return text[: cut * len(text) // 2**16].encode("utf-8", errors="surrogatepass")


def hold(parser, inputs):
    read, seed = PARSERS[parser]
    draw = st.binary(min_size=OF_A_DRAW * OF_AN_INPUT, max_size=OF_A_DRAW * OF_AN_INPUT)

    @settings(max_examples=inputs // OF_A_DRAW, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(draw)
    def ends_well(drawn):
        for number in range(OF_A_DRAW):
            data = changed(seed, drawn[number * OF_AN_INPUT :][:OF_AN_INPUT])
            try:
                read(data)
            except TrainerError:
                continue
            except BaseException:
                note(f"the input: {data!r}")
                raise

    ends_well()


@pytest.mark.parametrize("parser", PARSERS)
def test_a_changed_input_is_read_or_refused_by_name(parser, library):
    hold(parser, 2_000)


@pytest.mark.proof
@pytest.mark.parametrize("parser", PARSERS)
def test_a_hundred_thousand_changed_inputs_are_read_or_refused_by_name(parser, library):
    hold(parser, 100_000)

"""Scores of the wanted classes are folded before boxes compete; unknown classes are said, not scored."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture(scope="module")
def detector(library):
    from bobbin_trainer.yolo import detector

    return detector


MAP = [
    {"class": "dish", "from": ["bowl", "cup"]},
    {"class": "ladle", "from": ["ladle"]},
    {"class": "car", "from": ["car"]},
]
NAMES = ["person", "cup", "bowl", "car"]


def test_channels_follow_the_names(detector):
    assert detector.channels_of(MAP, NAMES) == [[2, 1], [], [3]]


def test_the_highest_of_the_wanted_channels_counts(detector):
    raw = torch.tensor([[[0.0], [0.0], [1.0], [1.0], [0.9], [0.2], [0.5], [0.1]]])
    folded = detector.fold(raw, [[2, 1], [], [3]])
    assert folded[0, :, 0].tolist() == pytest.approx([0.0, 0.0, 1.0, 1.0, 0.5, 0.1])


@given(st.data())
def test_folding_is_the_maximum_for_any_scores(detector, data):
    scores = data.draw(st.lists(st.lists(st.floats(0, 1, width=32), min_size=3, max_size=3), min_size=4, max_size=4))
    raw = torch.cat([torch.zeros(1, 4, 3), torch.tensor([scores])], 1)
    folded = detector.fold(raw, [[0, 3], [1]])
    wanted = [[max(a, b) for a, b in zip(scores[0], scores[3], strict=True)], scores[1]]
    assert torch.equal(folded[0, 4:], torch.tensor(wanted))


class Fixed(torch.nn.Module):
    """Answers with one raw output: boxes as centre, width, height and a score for each of four classes."""

    def __init__(self, rows):
        super().__init__()
        self.answer = torch.tensor(rows).T[None]

    def forward(self, batch):
        return self.answer.expand(len(batch), -1, -1)


def with_rows(detector, rows, class_map=MAP):
    one = object.__new__(detector.Detector)
    one.device = torch.device("cpu")
    one.channels = detector.channels_of(class_map, NAMES)
    one.known = [number for number, group in enumerate(one.channels) if group]
    one.unknown = []
    one.classes = len(NAMES)
    one._forward = Fixed(rows)
    return one


BOX = [100.0, 100.0, 50.0, 50.0]


def test_one_object_seen_as_two_wanted_classes_is_one_box(detector):
    # The same place, as cup and as bowl: competing after folding leaves one; before folding both would stay.
    one = with_rows(detector, [[*BOX, 0.0, 0.8, 0.1, 0.0], [*BOX, 0.0, 0.1, 0.7, 0.0]])
    (found,) = one.detect(torch.zeros(1, 3, 32, 32), 0.001, 0.7, 300)
    assert found.boxes[:, 4:].tolist() == [[pytest.approx(0.8), 0.0]]


def test_unwanted_classes_take_no_place(detector):
    people = [[10.0 * number, 10.0, 5.0, 5.0, 0.9, 0.0, 0.0, 0.0] for number in range(400)]
    one = with_rows(detector, [*people, [*BOX, 0.0, 0.0, 0.01, 0.0]])
    (found,) = one.detect(torch.zeros(1, 3, 32, 32), 0.001, 0.7, 300)
    assert found.boxes[:, 5].tolist() == [0.0]


def test_class_numbers_are_the_projects(detector):
    one = with_rows(detector, [[*BOX, 0.0, 0.0, 0.0, 0.6]])
    (found,) = one.detect(torch.zeros(1, 3, 32, 32), 0.001, 0.7, 300)
    assert found.boxes[:, 5].tolist() == [2.0]


def test_a_model_that_knows_no_class_finds_nothing(detector):
    one = with_rows(detector, [[*BOX, 0.9, 0.9, 0.9, 0.9]], [{"class": "ladle", "from": ["ladle"]}])
    found = one.detect(torch.zeros(2, 3, 32, 32), 0.001, 0.7, 300)
    assert [tuple(one.boxes.shape) for one in found] == [(0, 6), (0, 6)]

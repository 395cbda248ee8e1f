"""Paths of this machine leave arguments and metadata; everything else stays."""

import pytest

from bobbin_trainer.cleaning import clean_arguments, clean_value, is_absolute


@pytest.mark.parametrize("text", ["/home/a/b.pt", "C:\\data\\b.pt", "\\\\server\\share\\b.pt"])
def test_absolute_paths_become_names(text):
    assert is_absolute(text)
    assert clean_value(text) == "b.pt"


@pytest.mark.parametrize("value", ["yolov8n", "a/b.pt", "", None, 0.5, True, [1, 2]])
def test_other_values_stay(value):
    assert clean_value(value) == value


def test_paths_inside_lists_and_dictionaries_go_too():
    assert clean_value({"a": ["/x/y", {"b": "/z"}]}) == {"a": ["y", {"b": "z"}]}


def test_arguments_get_names_where_paths_stood():
    given = {
        "model": "/job/base.pt",
        "data": "/job/data.yaml",
        "save_dir": "/job/run",
        "resume": "/job/l.pt",
        "lr0": 0.1,
    }
    wanted = {"model": "yolov8n", "data": "data.yaml", "save_dir": None, "resume": False, "lr0": 0.1}
    assert clean_arguments(given, "yolov8n") == wanted

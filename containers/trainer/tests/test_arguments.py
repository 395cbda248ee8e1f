"""The allow-list is that of the pinned Ultralytics, and the recipes that come with Bobbin obey it."""

import json

import pytest
import workshop

from bobbin_trainer.contract import problems

CONTRACTS = workshop.TRAINER.parents[1] / "lib/contracts"


@pytest.fixture(scope="module")
def document(library):
    from bobbin_trainer.yolo.arguments import document

    return document()


def test_the_committed_file_is_current(document):
    assert json.loads((CONTRACTS / "generated/train-arguments.json").read_text()) == document


def test_it_is_valid(document):
    assert problems("bobbin/train-arguments/1", document) == []


def test_every_argument_of_ultralytics_is_sorted_once(document):
    from ultralytics.utils import DEFAULT_CFG_DICT

    names = [one["name"] for one in document["arguments"] + document["withheld"]]
    assert len(names) == len(set(names))
    assert set(DEFAULT_CFG_DICT) <= set(names)


def test_every_default_is_inside_its_own_bounds(document):
    for one in document["arguments"]:
        value = one["default"]
        assert value is not None or one["nullable"], one["name"]
        if isinstance(value, int | float) and not isinstance(value, bool):
            assert one["minimum"] is None or value >= one["minimum"], one["name"]
            assert one["maximum"] is None or value <= one["maximum"], one["name"]
        assert one["choices"] is None or value in one["choices"], one["name"]


def test_ultralytics_takes_every_bound_and_every_choice(document):
    from ultralytics.cfg import get_cfg

    for one in document["arguments"]:
        bounds = [bound for bound in (one["minimum"], one["maximum"]) if bound is not None]
        whole = one["type"] == "integer"
        for value in [*(int(bound) if whole else bound for bound in bounds), *(one["choices"] or [])]:
            get_cfg(overrides={one["name"]: value})


@pytest.mark.parametrize(
    ("file", "task"),
    [(name, task) for name in ("plan", "demo") for task in ("detect", "segment")]
    + [("plan-classify", "classify"), ("demo-classify", "classify")],
)
def test_a_recipe_of_bobbins_own_is_allowed(file, task, library):
    from bobbin_trainer.yolo.arguments import demand_allowed

    recipe = json.loads((CONTRACTS / f"recipes/{file}.json").read_text())
    schema = json.loads((CONTRACTS / "generated/schemas/bobbin.recipe.1.json").read_text())
    from jsonschema import Draft202012Validator

    assert list(Draft202012Validator(schema).iter_errors(recipe)) == []
    assert recipe["name"] == file.removesuffix("-classify")
    demand_allowed(recipe["args"], task)


@pytest.mark.parametrize(
    ("argument", "tasks"),
    [
        ("overlap_mask", {"segment"}),
        ("mask_ratio", {"segment"}),
        ("erasing", {"classify"}),
        ("dropout", {"classify"}),
        ("mosaic", {"detect", "segment"}),
        ("fliplr", {"detect", "segment", "classify"}),
    ],
)
def test_an_argument_is_taken_by_the_tasks_that_it_has_an_effect_on(argument, tasks, library, document):
    from bobbin_trainer.errors import TrainerError
    from bobbin_trainer.yolo.arguments import demand_allowed

    described = next(one for one in document["arguments"] if one["name"] == argument)
    assert set(described.get("tasks", ("detect", "segment", "classify"))) == tasks
    for task in ("detect", "segment", "classify"):
        if task in tasks:
            demand_allowed({argument: described["default"]}, task)
            continue
        with pytest.raises(TrainerError) as caught:
            demand_allowed({argument: described["default"]}, task)
        assert caught.value.name == "JobInvalid"
        assert task in caught.value.data["problem"]


def test_the_plan_is_the_training_plan():
    plan = json.loads((CONTRACTS / "recipes/plan.json").read_text())["args"]
    wanted = {"imgsz": 640, "epochs": 50, "batch": 32, "optimizer": "SGD", "lr0": 0.01, "cos_lr": True, "patience": 10}
    assert {name: plan[name] for name in wanted} == wanted
    assert (plan["fliplr"], plan["deterministic"], plan["seed"]) == (0.0, True, 0)

"""Which Ultralytics training arguments a recipe may set, read from the pinned version's own configuration."""

from __future__ import annotations

from typing import Any

import ultralytics
from ultralytics import cfg
from ultralytics.utils import DEFAULT_CFG_DICT

from ..errors import TrainerError

BOBBIN = "Bobbin sets it"
EVALUATION = "it belongs to the evaluation, whose protocol is fixed"
PREDICTING = "it is for predicting or exporting, not for training"
OTHER_TASK = "it has no effect on a task that Bobbin trains"

# Every YOLO detection head that Bobbin serves halves the size five times.
STRIDE = 32

WITHHELD: dict[str, str] = {
    **dict.fromkeys(("task", "mode", "model", "data", "device", "project", "name", "save_dir"), BOBBIN),
    "exist_ok": BOBBIN,
    "resume": "Bobbin resumes by itself, from checkpoints it has verified",
    "save": "Bobbin keeps a checkpoint of every epoch",
    "save_period": "Bobbin keeps two generations of checkpoints",
    "verbose": "the log is always complete",
    "profile": "nothing is profiled during a training",
    "cfg": "a recipe says everything itself",
    "pretrained": "the training starts from the weights that the run records",
    "distill_model": "weights are opened only after their digest was checked",
    "single_cls": "classes come from bobbin.json",
    "classes": "`classes` stands beside `args` in a recipe, by name",
    "time": "the number of epochs would depend on the machine; `timeoutSeconds` bounds the time",
    "compile": "it needs a compiler on the machine",
    "quantize": "quantization happens when the engine is built",
    "augmentations": "a recipe holds plain values",
    "split": EVALUATION,
    **dict.fromkeys(("save_json", "conf", "iou", "max_det", "dnn", "nms", "augment", "agnostic_nms"), EVALUATION),
    **dict.fromkeys(("source", "vid_stride", "stream_buffer", "visualize", "retina_masks", "embed"), PREDICTING),
    **dict.fromkeys(("show", "save_frames", "save_txt", "save_conf", "save_crop", "show_labels"), PREDICTING),
    **dict.fromkeys(("show_conf", "show_boxes", "line_width", "format", "optimize", "dynamic"), PREDICTING),
    **dict.fromkeys(("simplify", "opset", "workspace", "tracker"), PREDICTING),
    **dict.fromkeys(("pose", "kobj", "rle", "angle", "dlog", "dgrad", "dlam", "dis"), OTHER_TASK),
    **dict.fromkeys(("copy_paste", "copy_paste_mode"), "it pastes objects where nobody saw them"),
}
GROUPS: dict[str, tuple[str, ...]] = {
    "core": (
        "epochs", "patience", "batch", "imgsz", "cache", "workers", "seed", "deterministic", "rect", "amp", "fraction",
        "freeze", "cls_remap", "val", "plots", "channels_last",
    ),
    "optimiser and schedule": (
        "optimizer", "lr0", "lrf", "momentum", "cos_lr", "warmup_epochs", "warmup_momentum", "warmup_bias_lr", "nbs",
        "close_mosaic",
    ),
    "regularisation and loss": (
        "weight_decay", "box", "cls", "cls_pw", "dfl", "overlap_mask", "mask_ratio", "dropout",
    ),
    "augmentation": (
        "hsv_h", "hsv_s", "hsv_v", "degrees", "translate", "scale", "shear", "perspective", "flipud", "fliplr", "bgr",
        "mosaic", "mixup", "cutmix", "multi_scale", "auto_augment", "erasing",
    ),
}  # fmt: skip
BOXES_AND_MASKS = ("detect", "segment")
# Arguments that have an effect on some tasks alone; elsewhere a recipe may not set them.
TASKS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("overlap_mask", "mask_ratio"), ("segment",)),
    **dict.fromkeys(("dropout", "auto_augment", "erasing"), ("classify",)),
    **dict.fromkeys(("rect", "cls_remap", "close_mosaic", "box", "cls", "cls_pw", "dfl"), BOXES_AND_MASKS),
    **dict.fromkeys(("degrees", "translate", "shear", "perspective", "bgr", "mosaic", "mixup"), BOXES_AND_MASKS),
    **dict.fromkeys(("cutmix", "multi_scale"), BOXES_AND_MASKS),
}
CHOICES: dict[str, list[Any]] = {
    "optimizer": ["SGD", "MuSGD", "Adam", "Adamax", "AdamW", "NAdam", "RAdam", "RMSProp", "auto"],
    "cache": [False, "ram", "disk"],
    "amp": [True, False, "fp16", "bf16", "fp32"],
    "auto_augment": ["randaugment", "autoaugment", "augmix"],
}
# Where Ultralytics takes more than one type, or checks nothing: the narrowest that means the same everywhere.
TYPES = {"batch": "integer", "imgsz": "integer", "freeze": "integer", "scale": "fraction", "fraction": "fraction"}
# Where nothing at all is a choice besides the default.
NULLABLE = ("auto_augment",)
MINIMA: dict[str, float] = {
    "batch": 1, "imgsz": 32, "workers": 0, "close_mosaic": 0, "freeze": 0, "fraction": 0.001, "warmup_epochs": 0,
    "box": 0, "cls": 0, "dfl": 0, "degrees": 0, "shear": 0,
}  # fmt: skip
MAXIMA: dict[str, float] = {"degrees": 180, "shear": 180, "imgsz": 8192, "workers": 64}


def demand_allowed(arguments: dict[str, Any], task: str = "detect") -> None:
    """Raise JobInvalid for an argument that a recipe of the task may not set, or that Ultralytics does not take."""
    allowed = {name for names in GROUPS.values() for name in names}
    for name in arguments:
        if name not in allowed:
            problem = f"the recipe sets {name}: {WITHHELD.get(name, 'Ultralytics does not know it')}"
            raise TrainerError("JobInvalid", file="recipe", problem=problem)
        if task not in TASKS.get(name, (task,)):
            problem = f"the recipe sets {name}: it has no effect on the task {task}"
            raise TrainerError("JobInvalid", file="recipe", problem=problem)
    demand_stride(arguments.get("imgsz", DEFAULT_CFG_DICT["imgsz"]), "recipe")
    try:
        cfg.get_cfg(overrides=dict(arguments))
    except (TypeError, ValueError, SyntaxError) as error:
        raise TrainerError("JobInvalid", file="recipe", problem=str(error)) from error


def demand_stride(imgsz: Any, file: str) -> None:
    """Raise JobInvalid for a size that Ultralytics would round up with a warning."""
    if not isinstance(imgsz, int) or imgsz % STRIDE:
        raise TrainerError("JobInvalid", file=file, problem=f"imgsz is {imgsz}, wanted a multiple of {STRIDE}")


def document() -> dict[str, Any]:
    """The document bobbin/train-arguments/1 of the installed Ultralytics.

    Raises LookupError where an argument is new to us, or gone: someone must decide.
    """
    grouped = {name for names in GROUPS.values() for name in names}
    # `save_dir`, `augmentations` are taken though the defaults do not list them.
    strangers = set(DEFAULT_CFG_DICT) ^ ((grouped | set(WITHHELD)) - {"save_dir", "augmentations"})
    if strangers:
        raise LookupError(f"not sorted, or gone from Ultralytics: {sorted(strangers)}")
    return {
        "schema": "bobbin/train-arguments/1",
        "ultralytics": ultralytics.__version__,
        "arguments": [_describe(name, group) for group, names in GROUPS.items() for name in names],
        "withheld": [{"name": name, "reason": reason} for name, reason in sorted(WITHHELD.items())],
    }


def _describe(name: str, group: str) -> dict[str, Any]:
    """One argument as the document holds it."""
    kind = _kind(name)
    default = DEFAULT_CFG_DICT[name]
    return {
        "name": name,
        "type": kind,
        "nullable": default is None or name in NULLABLE,
        "minimum": MINIMA.get(name, cfg.CFG_INT_MIN.get(name, 0 if kind == "fraction" else None)),
        "maximum": MAXIMA.get(name, 1 if kind == "fraction" else None),
        "choices": CHOICES.get(name),
        "default": default,
        **({"tasks": list(TASKS[name])} if name in TASKS else {}),
        "group": group,
    }


def _kind(name: str) -> str:
    """boolean, integer, number, fraction (0 to 1) or string."""
    if name in TYPES:
        return TYPES[name]
    kinds = {
        "fraction": cfg.CFG_FRACTION_KEYS,
        "number": cfg.CFG_FLOAT_KEYS,
        "integer": cfg.CFG_INT_KEYS,
        "boolean": cfg.CFG_BOOL_KEYS,
    }
    return next((kind for kind, names in kinds.items() if name in names), "string")

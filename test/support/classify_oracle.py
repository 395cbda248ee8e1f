"""Scores answers about whole frames as Ultralytics' own validation does. Cases as JSON on stdin, answers on stdout."""

import contextlib
import json
import os
import sys
import tempfile

settings = tempfile.TemporaryDirectory()
os.environ.update(YOLO_OFFLINE="1", YOLO_AUTOINSTALL="false", YOLO_CONFIG_DIR=settings.name)

# What Ultralytics says goes to the stream that it finds on its import.
with contextlib.redirect_stdout(sys.stderr):
    import torch
    from ultralytics.utils.metrics import ClassifyMetrics, ConfusionMatrix


def answer(case):
    """Accuracy, and rows of the confusion matrix by truth. `frames`: [class, classes by falling probability]."""
    ranked = torch.tensor([ranking for _, ranking in case["frames"]], dtype=torch.int32)
    predictions, targets = [ranked[:, : min(5, case["classes"])]], [torch.tensor([one for one, _ in case["frames"]])]
    metrics = ClassifyMetrics()
    metrics.process(targets, predictions)
    matrix = ConfusionMatrix(names={number: str(number) for number in range(case["classes"])}, task="classify")
    matrix.process_cls_preds(predictions, targets)
    right, false = matrix.tp_fp()
    # Theirs has a column a truth.
    rows = matrix.matrix.T.astype(int).tolist()
    return {"top1": metrics.top1, "top5": metrics.top5, "matrix": rows, "right": right.tolist(), "false": false.tolist()}


if __name__ == "__main__":
    json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)

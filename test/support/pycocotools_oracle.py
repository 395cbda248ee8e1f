"""Scores cases with pycocotools: JSON on stdin, JSON on stdout. The tests compare Bobbin's evaluator with it.

A case is {"classes": K, "maxDetections": N, "frames": [{"truth": [[class, x, y, w, h, crowd]], "boxes": [[class, score, x, y, w, h]]}]}.
The answer to each: {"ap": [[AP by IoU] by class], "recall": the same, "mAP50": …, "mAP50-95": …}, -1 as null.
With --time the CPU seconds of evaluate and accumulate stand beside them.
"""

import contextlib
import io
import json
import sys
import time

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def indexed(images: list[dict], categories: list[dict], annotations: list[dict]) -> COCO:
    coco = COCO()
    coco.dataset = {"images": images, "categories": categories, "annotations": annotations}
    coco.createIndex()
    return coco


def truth_of(frames: list[dict]) -> list[dict]:
    rows = [(image, row) for image, frame in enumerate(frames, 1) for row in frame["truth"]]
    return [
        {
            "id": number,
            "image_id": image,
            "category_id": klass + 1,
            "bbox": [x, y, w, h],
            "area": w * h,
            "iscrowd": int(crowd),
        }
        for number, (image, (klass, x, y, w, h, crowd)) in enumerate(rows, 1)
    ]


def boxes_of(frames: list[dict]) -> list[dict]:
    return [
        {"image_id": image, "category_id": klass + 1, "score": score, "bbox": [x, y, w, h]}
        for image, frame in enumerate(frames, 1)
        for klass, score, x, y, w, h in frame["boxes"]
    ]


def mean(values: np.ndarray) -> float | None:
    there = values[values > -1]
    return None if there.size == 0 else float(there.mean())


def score(case: dict) -> dict:
    frames = case["frames"]
    images = [{"id": number} for number in range(1, len(frames) + 1)]
    categories = [{"id": number + 1, "name": str(number)} for number in range(case["classes"])]
    truth = indexed(images, categories, truth_of(frames))
    boxes = boxes_of(frames)
    # loadRes cannot read an empty list.
    found = truth.loadRes(boxes) if boxes else indexed(images, categories, [])
    evaluation = COCOeval(truth, found, "bbox")
    evaluation.params.maxDets = [case["maxDetections"]]
    evaluation.params.areaRng = evaluation.params.areaRng[:1]
    evaluation.params.areaRngLbl = ["all"]
    started = time.process_time()
    evaluation.evaluate()
    evaluation.accumulate()
    seconds = time.process_time() - started
    precision = evaluation.eval["precision"][:, :, :, 0, 0]
    recall = evaluation.eval["recall"][:, :, 0, 0]
    classes = range(case["classes"])
    return {
        "ap": [[mean(precision[iou, :, klass]) for iou in range(10)] for klass in classes],
        "recall": [[None if value < 0 else float(value) for value in recall[:, klass]] for klass in classes],
        "mAP50": mean(precision[0]),
        "mAP50-95": mean(precision),
        "seconds": seconds,
    }


def main() -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        cases = json.load(sys.stdin)
        answers = [score(case) for case in cases]
    if "--time" not in sys.argv:
        for answer in answers:
            del answer["seconds"]
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()

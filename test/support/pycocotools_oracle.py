"""Scores cases with pycocotools: JSON on stdin, JSON on stdout. The tests compare Bobbin's evaluator with it.

A case is {"classes": K, "maxDetections": N, "frames": [{"truth": [[class, x, y, w, h, crowd]], "boxes": [[class, score, x, y, w, h]]}]}.
A case of masks has "size": [height, width] besides; its truth is [class, outlines, crowd], its boxes are [class, score, run lengths].
A case {"outlines": […], "size": …} asks for the pixels of a shape: {"pixels": [0 or 1, down the columns]}.
A case {"encode": outlines, "size": …} asks for the shape as programs write masks: {"packed": …, "listed": …, "cvat": {"rle": …, "left": …, …}}.
A case {"outlines": […], "against": a mask as COCO has it, "size": …} asks how far the two overlap: {"iou": …, "pixels": how many are on in the mask}.
The answer to each other: {"ap": [[AP by IoU] by class], "recall": the same, "mAP50": …, "mAP50-95": …}, -1 as null.
With --time the CPU seconds of evaluate and accumulate stand beside them.
"""

import contextlib
import io
import json
import sys
import time

import numpy as np
from pycocotools import mask as masks
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


def runs_of(outlines: list[list[float]], size: list[int]) -> dict:
    return masks.merge(masks.frPyObjects(outlines, *size))


def masks_of(frames: list[dict], size: list[int]) -> tuple[list[dict], list[dict]]:
    truth, found = [], []
    for image, frame in enumerate(frames, 1):
        for klass, outlines, crowd in frame["truth"]:
            runs = runs_of(outlines, size)
            row = {"image_id": image, "category_id": klass + 1, "segmentation": runs, "iscrowd": int(crowd)}
            truth.append({**row, "id": len(truth) + 1, "area": float(masks.area(runs))})
        for klass, score, counts in frame["boxes"]:
            runs = masks.frPyObjects({"counts": counts, "size": size}, *size)
            found.append({"image_id": image, "category_id": klass + 1, "score": score, "segmentation": runs})
    return truth, found


def mean(values: np.ndarray) -> float | None:
    there = values[values > -1]
    return None if there.size == 0 else float(there.mean())


def listed(pixels: np.ndarray) -> list[int]:
    """Run lengths, the first of pixels that are off."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], pixels, [1 - pixels[-1]]])))
    return np.diff(np.concatenate([[0], edges])).tolist()


def encode(outlines: list[list[float]], size: list[int]) -> dict:
    runs = runs_of(outlines, size)
    pixels = masks.decode(runs).astype(int)
    rows, columns = pixels.any(axis=1).nonzero()[0], pixels.any(axis=0).nonzero()[0]
    (top, bottom), (left, right) = (rows[0], rows[-1] + 1), (columns[0], columns[-1] + 1)
    place = {"left": int(left), "top": int(top), "width": int(right - left), "height": int(bottom - top)}
    cvat = {"rle": listed(pixels[top:bottom, left:right].ravel()), **place}
    return {"packed": runs["counts"].decode(), "listed": listed(pixels.ravel(order="F")), "cvat": cvat}


def overlap(case: dict) -> dict:
    against = case["against"]
    mask = masks.frPyObjects(against, *case["size"]) if isinstance(against["counts"], list) else against
    drawn = runs_of(case["outlines"], case["size"])
    return {"iou": float(masks.iou([drawn], [mask], [0])[0][0]), "pixels": int(masks.area(mask))}


def score(case: dict) -> dict:
    if "encode" in case:
        return encode(case["encode"], case["size"])
    if "against" in case:
        return overlap(case)
    if "outlines" in case:
        return {"pixels": masks.decode(runs_of(case["outlines"], case["size"])).ravel(order="F").tolist()}
    frames = case["frames"]
    height, width = case.get("size", (None, None))
    images = [{"id": number, "height": height, "width": width} for number in range(1, len(frames) + 1)]
    categories = [{"id": number + 1, "name": str(number)} for number in range(case["classes"])]
    wanted, boxes = masks_of(frames, case["size"]) if height else (truth_of(frames), boxes_of(frames))
    truth = indexed(images, categories, wanted)
    # loadRes cannot read an empty list.
    found = truth.loadRes(boxes) if boxes else indexed(images, categories, [])
    evaluation = COCOeval(truth, found, "segm" if height else "bbox")
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
            answer.pop("seconds", None)
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()

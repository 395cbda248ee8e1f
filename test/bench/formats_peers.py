"""What Datumaro reads from an export: one JSON line each, with its annotations by kind and the boxes of each image."""

import json
import logging
import os
import sys

import datumaro

logging.disable(logging.CRITICAL)


def read(folder: str, kind: str) -> dict:
    dataset = datumaro.Dataset.import_from(folder, kind)
    names = [label.name for label in dataset.categories().get(datumaro.AnnotationType.label, [])] if dataset.categories() else []
    kinds: dict[str, int] = {}
    boxes = []
    items = 0
    for item in dataset:
        items += 1
        for annotation in item.annotations:
            name = annotation.type.name
            kinds[name] = kinds.get(name, 0) + 1
            if name == "bbox":
                x, y, width, height = annotation.get_bbox()
                label = names[annotation.label] if annotation.label is not None and annotation.label < len(names) else None
                boxes.append([os.path.basename(item.id), label, x, y, x + width, y + height])
    return {"items": items, "kinds": kinds, "boxes": boxes}


for line in sys.stdin:
    folder, kind = json.loads(line)
    try:
        answer = read(folder, kind)
    except Exception as error:  # noqa: BLE001 - what it says is what is compared
        answer = {"error": f"{type(error).__name__}: {str(error)[:200]}"}
    print(json.dumps(answer), flush=True)

"""The same by Datumaro, supervision and FiftyOne: read an export, write it as COCO with its images; or only count what is read."""

import contextlib
import json
import os
import resource
import sys
from pathlib import Path

SUPERVISION_IMAGES = {"coco": "images/default", "yolo": "images/train"}


def datumaro(kind: str, folder: str, out: str | None) -> dict[str, int]:
    import datumaro

    dataset = datumaro.Dataset.import_from(folder, kind)
    if out is not None:
        dataset.export(out, "coco_instances", save_media=True)
    boxes = sum(a.type.name == "bbox" for item in dataset for a in item.annotations)
    return {"frames": len(dataset), "boxes": boxes}


def supervision(kind: str, folder: str, out: str | None) -> dict[str, int]:
    import supervision as sv

    images = f"{folder}/{SUPERVISION_IMAGES[kind]}"
    if kind == "coco":
        found = sv.DetectionDataset.from_coco(images, f"{folder}/annotations/instances_default.json")
    else:
        found = sv.DetectionDataset.from_yolo(images, f"{folder}/labels/train", f"{folder}/data.yaml")
    if out is not None:
        found.as_coco(images_directory_path=f"{out}/images", annotations_path=f"{out}/annotations/a.json")
    return {"frames": len(found), "boxes": sum(len(found.annotations[path]) for path in found.image_paths)}


def fiftyone(kind: str, folder: str, out: str | None) -> dict[str, int]:
    import fiftyone as fo

    types = {
        "cvat": (fo.types.CVATImageDataset, {"data_path": "images", "labels_path": "annotations.xml"}),
        "coco": (fo.types.COCODetectionDataset, {"data_path": "images/default", "labels_path": "annotations/instances_default.json"}),
        "yolo": (fo.types.YOLOv5Dataset, {"yaml_path": "data.yaml", "split": "train"}),
    }
    of_kind, options = types[kind]
    data = fo.Dataset.from_dir(dataset_dir=folder, dataset_type=of_kind, **options)
    field = next((name for name, one in data.get_field_schema().items() if "Detections" in str(one)), None)
    if out is not None:
        data.export(export_dir=out, dataset_type=fo.types.COCODetectionDataset, label_field=field)
    boxes = 0 if field is None else int(data.count(f"{field}.detections"))
    return {"frames": len(data), "boxes": boxes}


def main() -> None:
    tool, kind, folder, *rest = sys.argv[1:]
    real = os.dup(1)
    os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            answer = globals()[tool](kind, folder, rest[0] if rest else None)
    except Exception as error:  # noqa: BLE001 - what it raises is what is measured
        answer = {"error": f"{type(error).__name__}: {str(error).splitlines()[0][:100] if str(error) else ''}"}
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    answer["cpu"] = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    answer["megabytes"] = max(usage.ru_maxrss for usage in usages) / 1024
    if rest:
        answer["out"] = sum(
            len(json.loads(file.read_text()).get("annotations", [])) for file in Path(rest[0]).rglob("*.json")
        )
    os.write(real, (json.dumps(answer) + "\n").encode())


if __name__ == "__main__":
    main()

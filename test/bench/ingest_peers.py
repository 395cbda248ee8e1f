"""The same work by Datumaro and by supervision: read a YOLO folder, split it at random, write a training folder."""

import json
import resource
import sys
import time


def with_datumaro(folder: str, out: str) -> int:
    import datumaro

    dataset = datumaro.Dataset.import_from(folder, "yolo")
    dataset.transform("random_split", splits=[("train", 0.7), ("val", 0.15), ("test", 0.15)], seed=0)
    dataset.export(out, "yolo_ultralytics", save_media=True)
    return len(dataset)


def with_supervision(folder: str, out: str) -> int:
    import supervision

    whole = supervision.DetectionDataset.from_yolo(
        images_directory_path=f"{folder}/images/train",
        annotations_directory_path=f"{folder}/labels/train",
        data_yaml_path=f"{folder}/data.yaml",
    )
    train, rest = whole.split(0.7, random_state=0)
    val, test = rest.split(0.5, random_state=0)
    for part, frames in (("train", train), ("val", val), ("test", test)):
        frames.as_yolo(
            images_directory_path=f"{out}/images/{part}",
            annotations_directory_path=f"{out}/labels/{part}",
            data_yaml_path=f"{out}/data.yaml",
        )
    return len(whole)


started = time.time()
work, folder, out = sys.argv[1:4]
frames = {"datumaro": with_datumaro, "supervision": with_supervision}[work](folder, out)
usage = resource.getrusage(resource.RUSAGE_SELF)
print(
    json.dumps(
        {
            "cpu": usage.ru_utime + usage.ru_stime,
            "wall": time.time() - started,
            "megabytes": usage.ru_maxrss / 1024,
            "frames": frames,
        }
    )
)

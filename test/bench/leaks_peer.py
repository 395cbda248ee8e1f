"""cleanvision over a folder of images: the sets it calls exact and near duplicates, and the CPU seconds of it and its workers."""

import json
import resource
import sys

from cleanvision import Imagelab


def main() -> None:
    lab = Imagelab(data_path=sys.argv[1])
    lab.find_issues({"exact_duplicates": {}, "near_duplicates": {}}, n_jobs=2, verbose=False)
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    answer = {
        "cpu": sum(usage.ru_utime + usage.ru_stime for usage in usages),
        "exact": [list(found) for found in lab.info["exact_duplicates"]["sets"]],
        "near": [list(found) for found in lab.info["near_duplicates"]["sets"]],
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()

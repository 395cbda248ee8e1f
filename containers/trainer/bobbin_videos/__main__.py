"""`python -m bobbin_videos REQUEST` in the folder that takes the frames: JSON in, lines of JSON out."""

from __future__ import annotations

import json
import sys

# The package may lie in a folder that nobody may write into.
sys.dont_write_bytecode = True

from .cut import Request, cut  # noqa: E402


def main(arguments: list[str]) -> int:
    """Cut every video of the request; the first that cannot be read ends it."""
    asked = json.loads(arguments[0])
    for number, video in enumerate(asked["videos"]):
        request = Request(video["path"], video["stem"], asked["every"], asked["from"], asked["to"], asked["quality"])
        for line in cut(request):
            sys.stdout.write(json.dumps({"video": number, **line}, allow_nan=False) + "\n")
            sys.stdout.flush()
            if line["kind"] == "failed":
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m bobbin_trainer.arguments`: writes train-arguments.json of lib/contracts; `--check` only compares."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from . import environment

TARGET = Path(__file__).parents[3] / "lib/contracts/generated/train-arguments.json"


def text() -> str:
    """The document as it is written."""
    with tempfile.TemporaryDirectory() as scratch:
        environment.silence(Path(scratch), threads=1)
        from .yolo.arguments import document  # noqa: PLC0415 - only after silence

        return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def main(check: bool) -> int:  # noqa: FBT001
    """Write the file, or say with exit code 1 that it is stale."""
    wanted = text()
    if check:
        return 0 if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == wanted else 1
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))

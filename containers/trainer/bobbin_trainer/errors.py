"""Named errors with data. Names, words and exit codes come from lib/contracts/errors through generated/errors.json."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

GENERATED = Path(__file__).parent / "generated"


@cache
def table() -> dict[str, dict[str, Any]]:
    """Every error by name: exit, trainerExit, say, todo, fields."""
    return json.loads((GENERATED / "errors.json").read_text(encoding="utf-8"))


class TrainerError(Exception):
    """A named error. Nobody matches on its message.

    `data` holds just the fields that the error's template names.
    """

    def __init__(self, name: str, **data: str | float) -> None:
        """Check `name` and `data` against the table; a wrong field is a KeyError at once, not a bad message later."""
        spec = table()[name]
        if spec["trainerExit"] is None or sorted(data) != sorted(spec["fields"]):
            raise KeyError(f"{name} is no error of the trainer with the fields {sorted(data)}")
        self.name = name
        self.data = data
        self.exit_code: int = spec["trainerExit"]
        super().__init__(re.sub(r"\{(\w+)\}", lambda field: str(data[field[1]]), spec["say"]))

    def record(self) -> dict[str, Any]:
        """Name, message and data as the result document holds them."""
        return {"name": self.name, "message": str(self), "data": dict(self.data)}

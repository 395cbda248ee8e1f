"""COCO's run lengths: how many pixels of a mask are off, on, off, … down the columns, packed into a string."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

# Five bits of value a character, one that says that more follow; characters count from `0` on.
BITS = 5
MORE = 1 << BITS
SIGN = 1 << (BITS - 1)
FIRST = 48
# From this run on a run is told as its difference to the run before last.
PLAIN_RUNS = 3


def runs_of(mask: np.ndarray) -> list[int]:
    """The runs of a mask (height, width); the first is of pixels that are off and may be 0."""
    pixels = np.asarray(mask, dtype=bool).ravel(order="F")
    if pixels.size == 0:
        return [0]
    changes = np.flatnonzero(pixels[1:] != pixels[:-1]) + 1
    runs = np.diff(np.concatenate(([0], changes, [pixels.size]))).tolist()
    return [0, *runs] if pixels[0] else runs


def pack(runs: Iterable[int]) -> str:
    """Runs as the string that pycocotools writes."""
    values = list(runs)
    text = bytearray()
    for number, run in enumerate(values):
        value = run - values[number - 2] if number >= PLAIN_RUNS else run
        more = True
        while more:
            bits = value & (MORE - 1)
            value >>= BITS
            more = value != (-1 if bits & SIGN else 0)
            text.append(FIRST + (bits | MORE if more else bits))
    return text.decode("ascii")

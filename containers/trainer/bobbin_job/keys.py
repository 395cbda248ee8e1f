"""Keys under which a job's things lie, and what a key of ours says back. The counterpart of lib/contracts/layout.ts."""

from __future__ import annotations

import re
from dataclasses import dataclass

ORDINAL = re.compile(r"(\d{6})")
CHECKPOINT = re.compile(r"(\d{6})-([0-9a-f]{16})/mark\.json")


@dataclass(frozen=True)
class Keys:
    """The keys of one job. `kind`: train or predict."""

    run_id: str
    kind: str

    @property
    def run(self) -> str:
        """The prefix of the run."""
        return f"runs/{self.run_id}/"

    @property
    def job(self) -> str:
        """What is to be done."""
        return f"{self.run}job-{self.kind}.json"

    @property
    def inputs(self) -> str:
        """What must lie in the job's folder."""
        return f"{self.run}inputs-{self.kind}.jsonl"

    @property
    def result(self) -> str:
        """The answer of a job that succeeded; written last."""
        return f"{self.run}result-{self.kind}.json"

    @property
    def predictions(self) -> str:
        """The predictions, where Compare looks for them."""
        return f"{self.run}predictions/predictions.jsonl"

    @property
    def starts(self) -> str:
        """The prefix under which the starts of the job are counted."""
        return f"{self.run}progress/starts-{self.kind}/"

    @property
    def progress(self) -> str:
        """The prefix of the parts of progress."""
        return f"{self.run}progress/{self.kind}/"

    @property
    def checkpoints(self) -> str:
        """The prefix of all generations."""
        return f"{self.run}checkpoints/"

    def file(self, name: str) -> str:
        """A file that the job made, by its name under `out`."""
        return f"{self.run}{self.kind}/{name}"

    def failed(self, start: int) -> str:
        """The answer of a start that failed."""
        return f"{self.run}result-{self.kind}-failed-{start:06}.json"

    def start(self, number: int) -> str:
        """A start of the job, from 1."""
        return f"{self.starts}{number:06}.json"

    def progress_part(self, number: int) -> str:
        """A part of progress, from 1."""
        return f"{self.progress}{number:06}.jsonl"

    def checkpoint(self, epoch: int, mark_sha256: str, name: str) -> str:
        """A file of a generation, named after its epoch and its mark."""
        return f"{self.checkpoints}{epoch:06}-{mark_sha256[:16]}/{name}"


def highest(prefix: str, keys: list[str]) -> int:
    """The highest number among numbered keys under `prefix`; 0 where there is none."""
    found = [ORDINAL.match(key.removeprefix(prefix)) for key in keys]
    return max((int(match[1]) for match in found if match), default=0)


def marked_generations(prefix: str, keys: list[str]) -> list[str]:
    """The prefixes of generations that have a mark, newest epoch first."""
    marked = [key for key in keys if CHECKPOINT.fullmatch(key.removeprefix(prefix))]
    return [key.removesuffix("mark.json") for key in sorted(marked, reverse=True)]

"""The container's variables: read once, checked by the generated schema. The only file that reads the environment."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bobbin_trainer.contract import problems, validator
from bobbin_trainer.errors import TrainerError

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCUMENT = "bobbin/job-environment/1"
# What a driver needs to be found; everything else of the container stays outside the trainer.
DRIVER = ("LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES")


@dataclass(frozen=True)
class Variables:
    """What the container was told. `deadline`: when this start ends itself, seconds since 1970."""

    data_bucket: str
    registry_bucket: str
    scratch: Path
    region: str
    run_id: str
    kind: str
    deadline: int
    driver: dict[str, str]

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> Variables:
        """Read the environment of this process, or the one given, at this start's beginning. Raises JobInvalid."""
        found = os.environ if environment is None else environment
        wanted = validator(DOCUMENT).schema["properties"]
        document = {name: found[name] for name in wanted if name in found}
        if wrong := problems(DOCUMENT, document):
            raise TrainerError("JobInvalid", file="environment", problem=wrong[0])
        return cls(
            data_bucket=document["BOBBIN_DATA_BUCKET"],
            registry_bucket=document["BOBBIN_REGISTRY_BUCKET"],
            scratch=Path(document["BOBBIN_SCRATCH"]),
            region=document["AWS_REGION"],
            run_id=document["BOBBIN_RUN_ID"],
            kind=document["BOBBIN_JOB"],
            # A start has its own time, however long it waited for its machine; but none goes on when nobody waits.
            deadline=min(int(document["DEADLINE_EPOCH"]), int(time.time()) + int(document["BOBBIN_TRY_SECONDS"])),
            driver={name: found[name] for name in DRIVER if name in found},
        )

"""The process: variables in, exit code out."""

from __future__ import annotations

import sys

from bobbin_trainer.errors import TrainerError

from .check import check_installation
from .enclosure import hide_from_children
from .ending import Ending
from .store import Bucket, make_client
from .supervisor import Supervisor
from .variables import Variables

USAGE = 64


def main(arguments: list[str]) -> int:
    """Do the job of this container; with `--check`, look at the installation. Returns the exit code."""
    if arguments == ["--check"]:
        return check_installation()
    if arguments:
        sys.stderr.write("usage: python -m bobbin_job [--check]\n")
        return USAGE
    try:
        variables = Variables.read()
        hide_from_children()
        ending = Ending(variables.deadline)
        ending.listen()
        client = make_client(variables.region)
        buckets = {
            "data": Bucket(client, variables.data_bucket),
            "registry": Bucket(client, variables.registry_bucket),
        }
        code = Supervisor(variables, buckets, ending).run()
        ending.stop()
    except TrainerError as error:
        sys.stderr.write(f"{error.name}: {error}\n")
        return error.exit_code
    return code

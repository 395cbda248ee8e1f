"""`python -m bobbin_trainer JOB.json`."""

import sys

# The package may lie in a folder that nobody may write into.
sys.dont_write_bytecode = True

from .cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

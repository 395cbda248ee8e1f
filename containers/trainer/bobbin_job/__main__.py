"""`python -m bobbin_job`: one job, named by the container's variables. `--check` looks at the installation only."""

import sys

# The package lies in a folder that nobody may write into.
sys.dont_write_bytecode = True

from .cli import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

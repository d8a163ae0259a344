"""`python -m tests.soak`."""

import sys

from tests.soak.command_line import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

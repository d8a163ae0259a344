"""`python -m tests.demo`."""

import sys

from tests.demo.command_line import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

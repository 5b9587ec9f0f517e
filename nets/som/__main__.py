"""Run ``python -m nets.som``."""

import sys

from nets.som.command_line import main

if __name__ == "__main__":
    sys.exit(main())

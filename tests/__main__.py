"""Every check of the project, in the order from quick to slow: ``python -m tests`` from the project's root."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable

CHECKS = (
    ("lint", [PYTHON, "-m", "ruff", "check", "."]),
    ("format", [PYTHON, "-m", "ruff", "format", "--check", "."]),
    ("types, mypy", [PYTHON, "-m", "mypy"]),
    ("types, pyright", [PYTHON, "-m", "pyright", "--pythonpath", PYTHON]),
    ("tests", [PYTHON, "-m", "pytest", "-n", "2", "--dist", "loadfile", *sys.argv[1:]]),
)


def main() -> int:
    """Run the checks, and stop at the first that fails."""
    # One thread for each BLAS: two test workers share the cores already. In CI property tests draw the same each time.
    environment = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "CI": "1"} | os.environ
    for name, command in CHECKS:
        print(f"--- {name}: {' '.join(command[1:])}", flush=True)
        start = time.monotonic()
        status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        print(f"--- {name}: {'passed' if status == 0 else 'failed'} in {time.monotonic() - start:.0f} s", flush=True)
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())

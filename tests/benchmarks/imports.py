"""How long importing takes: shapedmat, against NumPy, jaxtyping and beartype alone, in fresh processes that alternate.

python tests/benchmarks/imports.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from rich.console import Console
from rich.table import Table

ROUNDS = 21
STATEMENTS = {
    "python alone": "pass",
    "numpy, jaxtyping, beartype": "import numpy, jaxtyping, beartype",
    "shapedmat": "import shapedmat",
    "shapedmat, Matrix": "from shapedmat import Matrix",
    "shapedmat, Matrix, shapechecked": "from shapedmat import Matrix, shapechecked",
}


def main() -> None:
    """Print the table."""
    seconds: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for turn in range(ROUNDS + 1):
        for name, statement in STATEMENTS.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", statement], check=True)
            if turn:  # the first fills the caches
                seconds[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(measured) for name, measured in seconds.items()}
    alone = medians.pop("python alone")
    base = medians["numpy, jaxtyping, beartype"] - alone
    table = Table("import", "milliseconds beyond Python's own start", "ratio")
    for name, median in medians.items():
        table.add_row(name, f"{(median - alone) * 1000:.0f}", f"{(median - alone) / base:.2f}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()

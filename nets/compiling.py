"""Where networks are trained in machine code: on a GPU, and on the CPU by the numba backend.

There a step of training is compiled as a whole by `shapedmat.jit`, or together with the loop over shuffled mini-batches
by `shapedmat.MiniBatchLoop`, and gives what the same step gives operation by operation, to rounding. What cannot be
compiled, such as a layer or a loss whose class is no dataclass, raises `JitError`, and trains on the numpy backend: it
takes one operation after the other, on the GPU by CuPy where the matrices lie there.
"""

from __future__ import annotations

from typing import Final

from shapedmat import backends

THREADS: Final = 1
"""How many threads share the work of one step: of steps as short as these, more spend their time waiting."""


def is_compiled(device: str) -> bool:
    """Tell whether the steps of a network on this device are compiled, by the backend that is chosen."""
    chosen = backends.current().name
    return chosen == "numba" if device == "cpu" else chosen != "numpy"

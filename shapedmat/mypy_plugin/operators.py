"""Which shape rule belongs to which operator's method."""

from __future__ import annotations

from functools import partial
from typing import Final

from shapedmat import shapes
from shapedmat.mypy_plugin.checks import Operation

_ACTIONS: Final = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "divide",
    "mod": "take the remainder of",
    "pow": "raise",
    "and": "combine",
    "or": "combine",
    "xor": "combine",
    "lshift": "shift",
    "rshift": "shift",
    "divmod": "divide",
}
_COMPARISONS: Final = ("lt", "le", "gt", "ge", "eq", "ne")

BINARY: Final[dict[str, Operation]] = {
    **{f"__{name}__": partial(shapes.broadcast, action=action) for name, action in _ACTIONS.items()},
    **{f"__{name}__": partial(shapes.broadcast, action="compare") for name in _COMPARISONS},
    "__matmul__": shapes.matmul,
}
REFLECTED: Final[dict[str, Operation]] = {
    **{f"__r{name}__": partial(shapes.broadcast, action=action) for name, action in _ACTIONS.items()},
    "__rmatmul__": shapes.matmul,
}
IN_PLACE: Final[dict[str, Operation]] = {
    f"__i{name}__": partial(shapes.assign, action=action) for name, action in _ACTIONS.items() if name != "divmod"
}

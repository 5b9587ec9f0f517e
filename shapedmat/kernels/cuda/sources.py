"""CUDA sources with what they include, as one text: the run-time compiler has no files to look into."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Final

_HERE: Final = "shapedmat.kernels.cuda"
_INCLUDE: Final = re.compile(r'^#include "(?P<name>\w+\.cuh)"\n', re.MULTILINE)


@cache
def source(*names: str, package: str = _HERE) -> str:
    """Return CUDA sources one after the other, with each file that they include in its place, once.

    Args:
        names: the files, as "product.cuh".
        package: the package whose folder holds them; what is not there is looked for among shapedmat's own.

    Raises:
        FileNotFoundError: there is no such file.

    >>> text = source("product.cuh")
    >>> '#include "primitives.cuh"' in text, text.count("struct alignas") == 1
    (False, True)
    """
    seen: set[str] = set()

    def resolved(name: str) -> str:
        if name in seen:
            return ""
        seen.add(name)
        text = _read(package, name).replace("#pragma once\n", "")
        return _INCLUDE.sub(lambda match: resolved(match["name"]), text)

    return "".join(resolved(name) for name in names)


def _read(package: str, name: str) -> str:
    for candidate in (package, _HERE):
        file = resources.files(candidate).joinpath(name)
        if file.is_file():
            return file.read_text(encoding="utf-8")
    raise FileNotFoundError(f"there is no CUDA source {name!r} in {package} or {_HERE}: check its name")

"""The error code of the plugin's messages."""

from __future__ import annotations

from typing import Final

from mypy.errorcodes import ErrorCode

SHAPE: Final = ErrorCode("shape", "Check the shapes of arrays", "NumPy")

"""What the tests of kernels share: a machine with a GPU that is not there."""

from __future__ import annotations

from tests.cuda.stand_in import device

__all__ = ["device"]

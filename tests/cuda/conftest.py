"""What the tests of the emulator and the stand-in share: a machine with a GPU that is not there."""

from __future__ import annotations

from tests.cuda.stand_in import device

__all__ = ["device"]

"""`ProductTiling`: one way to cut a matrix product among the threads of a GPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from shapedmat.kernels.cuda.operands import WIDEST_BYTES
from shapedmat.precision import Precision

_MATHS: Final[dict[Precision, str]] = {"full": "FullPrecision", "tf32": "TensorFloat32", "bf16": "BFloat16"}


@dataclass(frozen=True, slots=True)
class ProductTiling:
    """One way to cut a product: the arguments of the template ``ProductTile``, and the parts of the inner dimension.

    Attributes:
        tile_rows: the rows of the tile that a block computes.
        tile_cols: its columns.
        tile_inner: how much of the inner dimension is in shared memory at a time, which is a stage.
        thread_rows: the rows of a thread's part of the tile; on tensor cores an eighth of a warp's.
        thread_cols: its columns; on tensor cores a quarter of a warp's.
        slices: how many groups of threads share the inner indices of a stage.
        parts: how many blocks share the inner dimension of a tile.
        itemsize: the bytes of an element.
        precision: how elements are multiplied.
    """

    tile_rows: int
    tile_cols: int
    tile_inner: int
    thread_rows: int
    thread_cols: int
    slices: int = 1
    parts: int = 1
    itemsize: int = 4
    precision: Precision = "full"

    @property
    def threads(self) -> int:
        """How many threads of a block compute."""
        return self.tile_rows // self.thread_rows * (self.tile_cols // self.thread_cols) * self.slices

    @property
    def shared_bytes(self) -> int:
        """The bytes of shared memory that a block needs: two stages of both operands, or sums that are handed over."""
        widest = WIDEST_BYTES // self.itemsize
        if self.precision == "full":
            stage = self.tile_inner * (self.tile_rows + self.tile_cols + 2 * widest) * self.itemsize
            pieces = self.thread_rows // min(self.thread_rows, widest)
            pitch = self.tile_cols + widest
        else:
            words = self.tile_inner if self.precision == "tf32" else self.tile_inner // 2
            stage = (self.tile_rows + self.tile_cols) * (words + 4) * 4
            pieces = self.thread_rows // 2
            pitch = self.tile_cols + 8
        return max(2 * stage, self.slices * (self.tile_rows // pieces) * pitch * self.itemsize)

    def tiles(self, rows: int, cols: int) -> int:
        """Return how many tiles cover a result."""
        return -(-rows // self.tile_rows) * -(-cols // self.tile_cols)

    def template(self, element: str, *, a_down: bool, a_width: int, b_down: bool, b_width: int) -> str:
        """Return the type of the tile in CUDA C++.

        >>> ProductTiling(64, 32, 16, 4, 4).template("float", a_down=False, a_width=4, b_down=True, b_width=1)
        'shapedmat::ProductTile<shapedmat::FullPrecision, float, 64, 32, 16, 4, 4, 1, false, 4, true, 1>'
        """
        sizes = (self.tile_rows, self.tile_cols, self.tile_inner, self.thread_rows, self.thread_cols, self.slices)
        operands = (str(a_down).lower(), str(a_width), str(b_down).lower(), str(b_width))
        arguments = (f"shapedmat::{_MATHS[self.precision]}", element, *map(str, sizes), *operands)
        return f"shapedmat::ProductTile<{', '.join(arguments)}>"

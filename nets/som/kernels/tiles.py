"""The two inner loops of a step, over the features, with a tile of the neurons in vector registers.

They are emitted as LLVM's vector code: a loop that LLVM vectorises by itself keeps no sums in registers, and uses half
of the width that AVX-512 offers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils

from nets.som.kernels.compiling import compiled, emitted
from nets.som.kernels.vectors import Vectors
from shapedmat.kernels.product import VECTOR_BYTES

VECTORS: Final = 6
"""The vectors in the widest tile: more are hardly faster."""

CODEBOOK, FEATURES, SAMPLE, COLUMNS, FOLLOWING, SCORES = range(6)
"""The places of the arrays among the arguments of a tile."""

_I64: Final = ir.IntType(64)


class _Tile(Vectors):
    """Emits the code for a tile of so many vectors; arrays come among the arguments in the order of the constants."""

    def __init__(self, context: Any, builder: Any, signature: Any, arguments: Any, vectors: int) -> None:
        super().__init__(builder, signature.args[CODEBOOK].dtype)
        self.vectors = vectors
        self._arrays = [
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args, arguments, strict=True)
            if isinstance(kind, types.Array)
        ]
        self._count, self._first = arguments[-3], arguments[-2]

    def columns(self, array: int) -> list[Any]:
        """Return the addresses of the tile's vectors in one of the one-dimensional arguments."""
        return [
            self.place(self._arrays[array], self.builder.add(self._first, _I64(v * self.lanes)))
            for v in range(self.vectors)
        ]

    def each_feature(self, body: Callable[[Any, list[Any]], None]) -> None:
        """Emit the loop: the body gets the feature's number, and the addresses of the tile's vectors in its row."""
        builder, codebook = self.builder, self._arrays[CODEBOOK]
        stride = builder.extract_value(codebook.strides, 0)
        base = builder.bitcast(builder.gep(codebook.data, [self._first]), ir.IntType(8).as_pointer())
        with cgutils.for_range(builder, self._count) as loop:
            feature = builder.load(builder.gep(self._arrays[FEATURES].data, [loop.index]))
            row = builder.gep(base, [builder.mul(stride, feature)])
            places = [builder.gep(row, [_I64(v * VECTOR_BYTES)]) for v in range(self.vectors)]
            body(feature, [builder.bitcast(place, self.vector.as_pointer()) for place in places])

    def feature(self, array: int, feature: Any) -> Any:
        """Return one feature of a sample in every lane of a vector."""
        return self.everywhere(self._arrays[array], feature)


def _emit(context: Any, builder: Any, signature: Any, arguments: Any, body: Callable[[_Tile], None]) -> Any:
    """Emit a tile for each number of vectors, and the choice of one."""
    end, nowhere = builder.append_basic_block(), builder.append_basic_block()
    choice = builder.switch(arguments[-1], nowhere)
    builder.position_at_end(nowhere)
    builder.unreachable()
    for vectors in range(1, VECTORS + 1):
        block = builder.append_basic_block()
        choice.add_case(_I64(vectors), block)
        builder.position_at_end(block)
        body(_Tile(context, builder, signature, arguments, vectors))
        builder.branch(end)
    builder.position_at_end(end)
    return context.get_dummy_value()


@emitted
def _squares(
    _typing_context: Any, codebook: Any, features: Any, sample: Any, scores: Any, count: Any, first: Any, vectors: Any
) -> Any:
    """Store Σ (w − x)² over the listed features in the scores of a tile's neurons."""

    def body(tile: _Tile) -> None:
        sums = tile.sums(tile.vectors)

        def add(feature: Any, row: list[Any]) -> None:
            x = tile.feature(SAMPLE, feature)
            for total, place in zip(sums, row, strict=True):
                difference = tile.builder.fsub(tile.load(place), x)
                tile.add(difference, difference, total)

        tile.each_feature(add)
        for total, place in zip(sums, tile.columns(COLUMNS), strict=True):
            tile.store(tile.builder.load(total), place)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _emit(context, builder, signature, arguments, body)

    return types.void(codebook, features, sample, scores, count, first, vectors), codegen


@emitted
def _moves(
    _typing_context: Any,
    codebook: Any,
    features: Any,
    sample: Any,
    strengths: Any,
    count: Any,
    first: Any,
    vectors: Any,
) -> Any:
    """Add strength · (x − w) to the listed features of a tile's neurons."""

    def body(tile: _Tile) -> None:
        strengths = [tile.load(place) for place in tile.columns(COLUMNS)]

        def move(feature: Any, row: list[Any]) -> None:
            x = tile.feature(SAMPLE, feature)
            for strength, place in zip(strengths, row, strict=True):
                w = tile.load(place)
                tile.store(tile.multiply_add(strength, tile.builder.fsub(x, w), w), place)

        tile.each_feature(move)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _emit(context, builder, signature, arguments, body)

    return types.void(codebook, features, sample, strengths, count, first, vectors), codegen


@emitted
def _moves_and_squares(
    _typing_context: Any,
    codebook: Any,
    features: Any,
    sample: Any,
    strengths: Any,
    following: Any,
    scores: Any,
    count: Any,
    first: Any,
    vectors: Any,
) -> Any:
    """Do `_moves` for one sample and `_squares` for the following one, while a row is at hand."""

    def body(tile: _Tile) -> None:
        strengths, sums = [tile.load(place) for place in tile.columns(COLUMNS)], tile.sums(tile.vectors)

        def move(feature: Any, row: list[Any]) -> None:
            x, y = tile.feature(SAMPLE, feature), tile.feature(FOLLOWING, feature)
            for strength, place, total in zip(strengths, row, sums, strict=True):
                w = tile.load(place)
                w = tile.multiply_add(strength, tile.builder.fsub(x, w), w)
                tile.store(w, place)
                difference = tile.builder.fsub(w, y)
                tile.add(difference, difference, total)

        tile.each_feature(move)
        for total, place in zip(sums, tile.columns(SCORES), strict=True):
            tile.store(tile.builder.load(total), place)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _emit(context, builder, signature, arguments, body)

    return types.void(codebook, features, sample, strengths, following, scores, count, first, vectors), codegen


@compiled
def _bounds(i: Any, width: Any, step: Any) -> Any:
    """Return where tile i begins and ends, in vectors, if tiles are nearly equal and none is wider than `VECTORS`."""
    vectors = width // step
    tiles = (vectors + VECTORS - 1) // VECTORS
    return vectors * i // tiles, vectors * (i + 1) // tiles


@compiled
def _tiles(width: Any, step: Any) -> Any:
    return (width // step + VECTORS - 1) // VECTORS


@compiled
def _any(strengths: Any, start: Any, stop: Any) -> Any:
    active = 0
    for k in range(start, stop):
        active += strengths[k] != 0
    return active > 0


@compiled
def squared_distances(sample: Any, features: Any, count: Any, codebook: Any, scores: Any) -> None:
    """Store in `scores` the squared distance of a sample from each neuron, over the first `count` listed features.

    Args:
        sample: of shape (features,).
        features: the numbers of features.
        count: how many of them count.
        codebook: transposed, of shape (features, width), a whole number of vectors wide.
        scores: of shape (width,).
    """
    step = VECTOR_BYTES // scores.itemsize
    for i in range(_tiles(scores.size, step)):
        start, stop = _bounds(i, scores.size, step)
        _squares(codebook, features, sample, scores, count, start * step, stop - start)


@compiled
def move(sample: Any, features: Any, count: Any, codebook: Any, strengths: Any) -> None:
    """Move neurons with a strength other than 0 towards a sample: w += strength · (x − w); operands as above."""
    step = VECTOR_BYTES // strengths.itemsize
    for i in range(_tiles(strengths.size, step)):
        start, stop = _bounds(i, strengths.size, step)
        if _any(strengths, start * step, stop * step):
            _moves(codebook, features, sample, strengths, count, start * step, stop - start)


@compiled
def move_and_compare(
    sample: Any, following: Any, features: Any, count: Any, codebook: Any, strengths: Any, scores: Any
) -> None:
    """Do `move` for one sample and `squared_distances` for the following one, in one pass over the codebook."""
    step = VECTOR_BYTES // strengths.itemsize
    for i in range(_tiles(strengths.size, step)):
        start, stop = _bounds(i, strengths.size, step)
        first, vectors = start * step, stop - start
        if _any(strengths, first, stop * step):
            _moves_and_squares(codebook, features, sample, strengths, following, scores, count, first, vectors)
        else:
            _squares(codebook, features, following, scores, count, first, vectors)


def filled_up(codebook: np.ndarray[tuple[int, int], np.dtype[Any]]) -> np.ndarray[tuple[int, int], np.dtype[Any]]:
    """Return the transpose of a codebook, with columns of zeros up to a whole number of vectors, in aligned memory."""
    neurons, features = codebook.shape
    lanes = VECTOR_BYTES // codebook.itemsize
    width = -(-neurons // lanes) * lanes
    memory = np.zeros(features * width * codebook.itemsize + VECTOR_BYTES, np.uint8)
    start = -memory.ctypes.data % VECTOR_BYTES
    filled = memory[start : start + features * width * codebook.itemsize].view(codebook.dtype).reshape(features, width)
    filled[:, :neurons] = codebook.T
    return filled

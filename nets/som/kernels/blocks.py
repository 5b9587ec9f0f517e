"""Online training by Euclidean distances, with the samples taken in blocks, between which alone the codebook moves.

A step moves a codebook vector w towards a sample x by a strength s: w ← (1 − s) w + s x. So within a block of samples
what a step needs of w can be had without moving it. With g for the products of the block's samples with each other, the
product w·y with a later sample y goes on by the same rule, w·y ← (1 − s) w·y + s g, and so does

    |w|² ← (1 − s)² |w|² + 2 s (1 − s) w·x + s² |x|²,

and the nearest vector is where |w|²/2 − w·y is smallest. At the end of a block all its steps are made at once,
w ← c w + Σ a x, in the same pass over the codebook as the products with the samples of the next block, and as |w|²
anew. Such a pass takes half of the arithmetic of the steps one by one, and goes through memory once for a block.

The codebook comes in tiles, of shape (tiles, features, lanes): a vector register has one feature of as many neurons.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils

from nets.som.kernels.compiling import compiled, emitted
from nets.som.kernels.minima import first_smallest_difference
from nets.som.kernels.steps import step
from nets.som.kernels.vectors import Vectors
from shapedmat.kernels.product import VECTOR_BYTES

Floats: TypeAlias = "np.ndarray[tuple[int, int], np.dtype[Any]]"
Numbers: TypeAlias = "np.ndarray[tuple[int], np.dtype[Any]]"

SAMPLES: Final = 8
"""The samples in a block: their shares and their products are 16 vector registers."""

LOOKED_AT: Final = 1000
"""Of so many samples it is seen where all lie."""

_I64: Final = ir.IntType(64)


class _Pass(Vectors):
    """Emits the code that goes through the features of one tile."""

    def __init__(self, context: Any, builder: Any, signature: Any, arguments: Any) -> None:
        super().__init__(builder, signature.args[0].dtype)
        self.arrays = [
            context.make_array(each)(context, builder, value)
            for each, value in zip(signature.args[:-1], arguments[:-1], strict=True)
        ]
        self.features = builder.extract_value(self.arrays[0].shape, 1)
        self.tile = arguments[-1]
        self.column = builder.mul(self.tile, _I64(self.lanes))

    def rows(self, array: Any) -> list[Any]:
        """Return the addresses of the tile's vectors in the rows of a matrix of shape (SAMPLES, neurons)."""
        width = self.builder.extract_value(array.shape, 1)
        return [
            self.place(array, self.builder.add(self.column, self.builder.mul(width, _I64(row))))
            for row in range(SAMPLES)
        ]

    def is_any(self, truths: Any) -> Any:
        """Tell whether a vector of truth values holds one that is true."""
        bits = self.builder.bitcast(truths, ir.IntType(self.lanes))
        return self.builder.icmp_unsigned("!=", bits, ir.IntType(self.lanes)(0))


def _emit_features(emitter: _Pass, remains: Any, weights: list[Any]) -> None:
    """Emit the loop over the features of a tile that moves, or, without weights, of one that stays."""
    builder = emitter.builder
    codebook, following, products, squares, _, block = emitter.arrays
    first = builder.mul(builder.mul(emitter.tile, emitter.features), _I64(emitter.lanes))
    totals, square = emitter.sums(SAMPLES), emitter.sums(1)[0]
    with cgutils.for_range(builder, emitter.features) as loop:
        place = emitter.place(codebook, builder.add(first, builder.mul(loop.index, _I64(emitter.lanes))))
        sample = builder.mul(loop.index, _I64(SAMPLES))
        w = emitter.load(place)
        if weights:
            # Two sums, as one alone would wait for itself.
            sums = [builder.fmul(w, remains), None]
            for j, weight in enumerate(weights):
                x = emitter.everywhere(block, builder.add(sample, _I64(j)))
                before = sums[j % 2]
                sums[j % 2] = builder.fmul(weight, x) if before is None else emitter.multiply_add(weight, x, before)
            w = builder.fadd(*sums)
            emitter.store(w, place)
        for i, total in enumerate(totals):
            emitter.add(w, emitter.everywhere(following, builder.add(sample, _I64(i))), total)
        emitter.add(w, w, square)
    for total, place in zip(totals, emitter.rows(products), strict=True):
        emitter.store(builder.load(total), place)
    emitter.store(builder.load(square), emitter.place(squares, emitter.column))


@emitted
def _move_and_multiply(
    _typing_context: Any,
    codebook: Any,
    following: Any,
    products: Any,
    squares: Any,
    strengths: Any,
    block: Any,
    tile: Any,
) -> Any:
    """Take the steps of a block with a tile's vectors, and multiply them by the following block and by themselves."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        emitter = _Pass(context, builder, signature, arguments)
        one, zero = (ir.Constant(emitter.vector, [number] * emitter.lanes) for number in (1.0, 0.0))
        remains, reach, weights = one, zero, list[Any]()
        for place in reversed(emitter.rows(emitter.arrays[4])):
            strength = emitter.load(place)
            weights.insert(0, builder.fmul(strength, remains))
            remains = builder.fmul(remains, builder.fsub(one, strength))
            reach = emitter.multiply_add(strength, strength, reach)
        with builder.if_else(emitter.is_any(builder.fcmp_ordered("!=", reach, zero))) as (moves, stays):
            with moves:
                _emit_features(emitter, remains, weights)
            with stays:
                _emit_features(emitter, remains, [])
        return context.get_dummy_value()

    return types.void(codebook, following, products, squares, strengths, block, tile), codegen


@compiled
def _gather(samples: Any, order: Any, first: Any, centre: Any, block: Any) -> None:
    """Store the next samples, relative to the centre, as the columns of a block; there may be fewer than it holds."""
    count = min(SAMPLES, order.size - first)
    for j in range(SAMPLES):
        if j < count:
            sample = samples[order[first + j]]
            for f in range(sample.size):
                block[f, j] = sample[f] - centre[f]
        else:
            block[:, j] = 0


@compiled
def _multiply_samples(block: Any, gram: Any) -> None:
    """Store the products of a block's samples with each other."""
    gram[:] = 0
    for f in range(block.shape[0]):
        for j in range(SAMPLES):
            x = block[f, j]
            for i in range(SAMPLES):
                gram[j, i] += x * block[f, i]


@compiled
def adapt_in_blocks(
    samples: Any,
    order: Any,
    rates: Any,
    influences: Any,
    codebook: Any,
    centre: Any,
    apart: Any,
    neighbourhood: Any,
    least_strength: Any,
) -> None:
    """Adapt the codebook to samples one after another, by Euclidean distances.

    Args:
        samples: of shape (samples, features), with no feature missing.
        order: the samples to adapt to.
        rates: at each step, the rate times the sample's weight.
        influences: at each step.
        codebook: relative to the centre, in tiles, of shape (tiles, features, lanes).
        centre: of shape (features,).
        apart: the latent distances, of shape (neurons, tiles · lanes), infinite where there is no neuron.
        neighbourhood: the number of the neighbourhood function.
        least_strength: a neuron stays where it is if it is to be moved by less.
    """
    tiles, features, lanes = codebook.shape
    neurons, width, kind = apart.shape[0], tiles * lanes, codebook.dtype
    half, halves, strengths = kind.type(0.5), np.empty(width, kind), np.zeros((SAMPLES, width), kind)
    # One row more, of which nothing comes, as a step looks at the sample that follows.
    products, gram = np.zeros((SAMPLES + 1, width), kind), np.zeros((SAMPLES, SAMPLES + 1), kind)
    block, following = np.zeros((features, SAMPLES), kind), np.empty((features, SAMPLES), kind)
    _gather(samples, order, 0, centre, following)
    for tile in range(tiles):
        _move_and_multiply(codebook, following, products, halves, strengths, block, tile)
    for first in range(0, order.size, SAMPLES):
        block, following = following, block
        count = min(SAMPLES, order.size - first)
        _multiply_samples(block, gram)
        halves *= half
        halves[neurons:] = np.inf
        unit = first_smallest_difference(halves, products[0])
        for t in range(count):
            i = first + t
            rate, earlier = min(rates[i], 1.0), t + 1 if t + 1 < count else 0
            unit = step(
                apart[unit],
                strengths,
                products,
                halves,
                gram,
                t,
                earlier,
                rate,
                neighbourhood,
                influences[i],
                least_strength,
            )
        strengths[count:] = 0
        _gather(samples, order, first + SAMPLES, centre, following)
        for tile in range(tiles):
            _move_and_multiply(codebook, following, products, halves, strengths, block, tile)


def in_tiles(codebook: Floats, centre: Numbers) -> np.ndarray[Any, np.dtype[Any]]:
    """Return a codebook relative to a centre, in tiles, with neurons of zeros up to a whole number of vectors."""
    neurons, features = codebook.shape
    lanes = VECTOR_BYTES // codebook.itemsize
    tiles = -(-neurons // lanes)
    filled = np.zeros((tiles * lanes, features), codebook.dtype)
    filled[:neurons] = codebook - centre
    return np.ascontiguousarray(filled.reshape(tiles, lanes, features).transpose(0, 2, 1))


def out_of_tiles(tiled: np.ndarray[Any, np.dtype[Any]], centre: Numbers, neurons: int) -> Floats:
    """Return the codebook that `in_tiles` has taken apart."""
    rows: Floats = tiled.transpose(0, 2, 1).reshape(-1, tiled.shape[1])[:neurons] + centre
    return rows


def filled_up_apart(apart: Floats, tiled: np.ndarray[Any, np.dtype[Any]]) -> Floats:
    """Return the latent distances of neurons, with columns of infinities for those that fill the tiles up."""
    missing = tiled.shape[0] * tiled.shape[2] - len(apart)
    return np.pad(apart, ((0, 0), (0, missing)), constant_values=np.inf) if missing else np.ascontiguousarray(apart)


def centre_of(samples: Floats) -> Numbers:
    """Return a point amid samples, relative to which their products lose no digits to what they have in common.

    In each feature it is a multiple of a power of two as large as the samples' spread. So nothing is rounded where it
    is subtracted from a sample, and where 0 is amid the samples it is 0. Of many samples some say where they lie.
    """
    some = samples[:: -(-len(samples) // LOOKED_AT)]
    low, high = some.min(axis=0).astype(np.float64), some.max(axis=0).astype(np.float64)
    spread = high - low
    unit = np.exp2(np.ceil(np.log2(np.where(spread > 0, spread, 1.0))))
    centre: Numbers = np.where(spread > 0, np.round((low / 2 + high / 2) / unit) * unit, low).astype(samples.dtype)
    return centre

"""One step of online training within a block (see `nets.som.kernels.blocks`), in one loop over the neurons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils

from nets.som.kernels.adaptation import BUBBLE, GAUSSIAN, NEGLIGIBLE, TRIANGLE, VARIANCE_GAUSSIAN
from nets.som.kernels.compiling import compiled, emitted
from nets.som.kernels.minima import emit_first_smallest
from shapedmat.kernels import target, vector_math
from shapedmat.kernels.emission import Emitter, constant
from shapedmat.kernels.product import VECTOR_BYTES

_I64 = ir.IntType(64)

Strength = Callable[[Emitter, Any, Any], Any]
"""Emits the neighbourhood function of a vector of distances, from a number that `_parameter` makes of the influence."""


def _gaussian(emitter: Emitter, apart: Any, exponent: Any) -> Any:
    builder = emitter.builder
    return _exponential(emitter, builder.fmul(builder.fmul(apart, apart), exponent))


def _bubble(emitter: Emitter, apart: Any, reach: Any) -> Any:
    builder = emitter.builder
    is_near = builder.fcmp_ordered("<=", apart, reach)
    return builder.select(is_near, constant(apart.type, 1), constant(apart.type, 0))


def _triangle(emitter: Emitter, apart: Any, slope: Any) -> Any:
    builder = emitter.builder
    height = builder.fsub(constant(apart.type, 1), builder.fmul(apart, slope))
    return vector_math.maximum(emitter, height, constant(apart.type, 0))


def _mexican_hat(emitter: Emitter, apart: Any, inverse: Any) -> Any:
    builder = emitter.builder
    squared = builder.fmul(builder.fmul(apart, apart), inverse)
    bell = _exponential(emitter, builder.fmul(squared, constant(apart.type, -0.5)))
    return builder.fmul(builder.fsub(constant(apart.type, 1), squared), bell)


def _exponential(emitter: Emitter, x: Any) -> Any:
    return vector_math.exponential(emitter, vector_math.maximum(emitter, x, constant(x.type, NEGLIGIBLE)))


class _Step:
    """Emits the loop of one neighbourhood function."""

    def __init__(self, context: Any, builder: Any, signature: Any, arguments: Any, strength: Strength) -> None:
        self.element = signature.args[0].dtype
        self.size = self.element.bitwidth // 8
        lanes = VECTOR_BYTES // self.size
        self.vector = ir.VectorType(ir.FloatType() if self.element == types.float32 else ir.DoubleType(), lanes)
        self.builder, self.emitter, self.strength = builder, Emitter(builder, target.chosen()), strength
        arrays = [
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args, arguments, strict=True)
            if isinstance(kind, types.Array)
        ]
        self.apart, self.strengths, self.products, self.halves, self.gram = arrays
        self.t, self.earlier = arguments[5:7]
        self.scale, self.parameter, self.least = (self.emitter.splat(each, lanes) for each in arguments[7:10])
        self.count = builder.sdiv(builder.extract_value(self.halves.shape, 0), _I64(lanes))
        self.width = builder.extract_value(self.strengths.shape, 1)
        self.lanes = lanes

    def place(self, array: Any, row: Any, column: Any) -> Any:
        index = self.builder.add(self.builder.mul(row, self.width), column)
        return self.builder.bitcast(self.builder.gep(array.data, [index]), self.vector.as_pointer())

    def load(self, place: Any) -> Any:
        return self.builder.load(place, align=self.size)

    def store(self, value: Any, place: Any) -> None:
        self.builder.store(value, place, align=self.size)

    def element_of_gram(self, row: Any, column: Any) -> Any:
        columns = self.builder.extract_value(self.gram.shape, 1)
        index = self.builder.add(self.builder.mul(row, columns), column)
        return self.builder.load(self.builder.gep(self.gram.data, [index]))

    def emitted(self) -> Any:
        builder = self.builder
        following = builder.add(self.t, _I64(1))
        square = self.emitter.splat(self.element_of_gram(self.t, self.t), self.lanes)
        half_square = builder.fmul(square, constant(self.vector, 0.5))
        zero, one = constant(self.vector, 0), constant(self.vector, 1)

        def score(column: Any) -> Any:
            apart = self.load(self.place(self.apart, _I64(0), column))
            s = builder.fmul(self.scale, self.strength(self.emitter, apart, self.parameter))
            is_large = builder.fcmp_ordered(">=", vector_math.absolute(self.emitter, s), self.least)
            is_neuron = builder.fcmp_ordered("<", apart, constant(self.vector, np.inf))
            s = builder.select(builder.and_(is_large, is_neuron), s, zero)
            self.store(s, self.place(self.strengths, self.t, column))
            product = self.load(self.place(self.products, self.t, column))
            half_place = self.place(self.halves, _I64(0), column)
            rest = builder.fsub(one, s)
            half = self.emitter.multiply_add(rest, self.load(half_place), builder.fmul(s, product))
            half = self.emitter.multiply_add(rest, half, builder.fmul(builder.fmul(s, s), half_square))
            self.store(half, half_place)
            return builder.fsub(half, self._moved(column, following))

        return emit_first_smallest(builder, self.element, self.count, score)

    def _moved(self, column: Any, following: Any) -> Any:
        """Emit the product with the following sample after the steps so far, and return it."""
        builder = self.builder
        place = self.place(self.products, following, column)
        total = cgutils.alloca_once(builder, self.vector)  # type: ignore[no-untyped-call]  # Numba has no types
        builder.store(self.load(place), total)
        with cgutils.for_range(builder, self.earlier) as loop:
            both = self.emitter.splat(self.element_of_gram(loop.index, following), self.lanes)
            s = self.load(self.place(self.strengths, loop.index, column))
            before = builder.load(total)
            builder.store(self.emitter.multiply_add(s, builder.fsub(both, before), before), total)
        moved = builder.load(total)
        self.store(moved, place)
        return moved


def _step_by(strength: Strength) -> Callable[..., Any]:
    """Return the step with a neighbourhood function, callable from compiled code."""

    @emitted
    def step(
        _typing_context: Any,
        apart: Any,
        strengths: Any,
        products: Any,
        halves: Any,
        gram: Any,
        _t: Any,
        _earlier: Any,
        _scale: Any,
        _parameter: Any,
        _least: Any,
    ) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return _Step(context, builder, signature, arguments, strength).emitted()

        kind = apart.dtype
        return (
            types.int64(apart, strengths, products, halves, gram, types.int64, types.int64, kind, kind, kind),
            codegen,
        )

    return step


_gaussian_step = _step_by(_gaussian)
_bubble_step = _step_by(_bubble)
_triangle_step = _step_by(_triangle)
_mexican_hat_step = _step_by(_mexican_hat)


@compiled
def step(
    apart: Any,
    strengths: Any,
    products: Any,
    halves: Any,
    gram: Any,
    t: Any,
    earlier: Any,
    rate: Any,
    neighbourhood: Any,
    influence: Any,
    least: Any,
) -> Any:
    """Take step t, make the products with the following sample good for it, and return that sample's nearest neuron.

    Args:
        apart: the latent distances from the sample's neuron, of shape (neurons,); infinite where there is no neuron.
        strengths: of the steps so far; row t is written.
        products: of the vectors with each sample, rows; row t is that before step t, and row t + 1 is written.
        halves: |w|²/2, which is written.
        gram: the products of the samples.
        t: the number of the step.
        earlier: how many steps row t + 1 is to follow: t + 1, or 0 if there is no following sample.
        rate: by which the neighbourhood function is multiplied.
        neighbourhood: the number of the neighbourhood function.
        influence: of the neighbourhood function.
        least: strengths that are less are 0.
    """
    kind = halves.dtype.type
    scale, bound = kind(rate), kind(least)
    if neighbourhood == GAUSSIAN:
        parameter = kind(-0.5 / (influence * influence))
        return _gaussian_step(apart, strengths, products, halves, gram, t, earlier, scale, parameter, bound)
    if neighbourhood == VARIANCE_GAUSSIAN:
        parameter = kind(-0.5 / influence)
        return _gaussian_step(apart, strengths, products, halves, gram, t, earlier, scale, parameter, bound)
    if neighbourhood == BUBBLE:
        return _bubble_step(apart, strengths, products, halves, gram, t, earlier, scale, kind(influence), bound)
    if neighbourhood == TRIANGLE:
        return _triangle_step(apart, strengths, products, halves, gram, t, earlier, scale, kind(1 / influence), bound)
    parameter = kind(1 / (influence * influence))
    return _mexican_hat_step(apart, strengths, products, halves, gram, t, earlier, scale, parameter, bound)

"""The expressions of which random programs are made: one generator for each family of NumPy's functions.

A generator returns an expression, or, where it is a statement, ``variable; statement``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from tests.mypy_plugin.programs import Draw, Generator, Operand, Unfit, tuple_text

GENERATORS: Final[dict[str, Generator]] = {}

_BINARY: Final = "add subtract multiply maximum minimum hypot arctan2 fmax fmin logaddexp copysign"
_ANY_BINARY: Final = "add multiply maximum minimum equal less greater_equal not_equal logical_and logical_or"
_UNARY: Final = (
    "exp sqrt abs negative square sin cos tanh floor ceil sign log1p isnan isfinite reciprocal positive deg2rad "
    "rint expm1 cbrt signbit trunc fabs"
)


def generator(function: Generator) -> Generator:
    """Enter a generator into the table by its name."""
    GENERATORS[function.__name__] = function
    return function


# What an argument has to be like.


def fits_together(a: Operand) -> Callable[[Operand], bool]:
    """Return whether an array can be broadcast with another."""

    def fits(b: Operand) -> bool:
        try:
            np.broadcast_shapes(a.shape, b.shape)
        except ValueError:
            return False
        return math.prod(a.shape) * math.prod(b.shape) <= 10**7

    return fits


def fits_into(a: Operand) -> Callable[[Operand], bool]:
    """Return whether an array can be broadcast to the shape of another."""

    def fits(b: Operand) -> bool:
        return fits_together(a)(b) and np.broadcast_shapes(a.shape, b.shape) == a.shape

    return fits


def of_rank(low: int, high: int = 9) -> Callable[[Operand], bool]:
    """Return whether an array has so many axes."""
    return lambda a: low <= a.rank <= high


def small(a: Operand) -> bool:
    """Say whether an array has few elements."""
    return math.prod(a.shape) <= 300


def is_square(a: Operand) -> bool:
    """Say whether an array is of square matrices."""
    return a.rank >= 2 and a.shape[-1] == a.shape[-2]


def of_matrices(a: Operand) -> bool:
    """Say whether an array is of matrices."""
    return a.rank >= 2


def options(draw: Draw, **chances: str) -> str:
    """Return some of the keyword arguments, each with its comma before it."""
    return "".join(f", {name}={value}" for name, value in chances.items() if draw.flag())


def called(draw: Draw, name: str, a: Operand, arguments: str = "", *, method: float = 0.5) -> str:
    """Return a call in the form of a function or of a method."""
    if draw.chance(method):
        return f"{a}.{name}({arguments.removeprefix(', ')})"
    return f"np.{name}({a}{arguments})"


# Element by element.


@generator
def operator(draw: Draw) -> str:
    a = draw.array(kinds=draw.pick(["fi", "biuf"]))
    b = draw.array(fits_together(a), kinds="bi" if a.value.dtype.kind == "b" else "if")
    symbols = (
        "& | ^ == != < >=" if {a.value.dtype.kind, b.value.dtype.kind} <= {"b", "i"} else "+ - * / // % ** == < >="
    )
    return f"{a} {draw.pick(symbols)} {b}"


@generator
def operator_with_number(draw: Draw) -> str:
    a = draw.array(kinds="fi")
    number = draw.pick(["2", "3.5", "np.float64(2.5)", "np.float32(2)", "True", "[1.0, 2.0, 3.0]", "len(x0)"])
    symbol = draw.pick("+ - * / // % ** < == !=")
    return f"{a} {symbol} {number}" if draw.flag() else f"{number} {symbol} {a}"


@generator
def operator_of_one(draw: Draw) -> str:
    a = draw.array(kinds="fi")
    return str(draw.pick([f"-{a}", f"+{a}", f"abs({a})", f"divmod({a}, 2)", f"~({a} > 0)", f"round({a})"]))


@generator
def matmul(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="fi")
    b = draw.array(_multiplies(a), kinds="fi")
    return f"{a} @ {b}" if draw.flag() else f"np.matmul({a}, {b})"


def _multiplies(a: Operand) -> Callable[[Operand], bool]:
    def fits(b: Operand) -> bool:
        try:
            return bool(np.matmul(np.zeros(a.shape), np.zeros(b.shape)).size < 10**5)
        except ValueError:
            return False

    return fits


@generator
def in_place(draw: Draw) -> str:
    a = draw.variable(kinds="f")
    b = draw.array(fits_into(a), kinds="fib")
    return f"{a}; {a} {draw.pick('+ - * / // % **')}= {b}"


@generator
def matmul_in_place(draw: Draw) -> str:
    a = draw.variable(of_matrices, kinds="f")
    b = draw.array(lambda b: b.shape == (a.shape[-1],) * 2, kinds="f")
    return f"{a}; {a} @= {b}"


@generator
def ufunc_of_two(draw: Draw) -> str:
    a = draw.array(kinds="fi")
    b = draw.array(fits_together(a), kinds="fi")
    return f"np.{draw.pick(_BINARY)}({a}, {b})"


@generator
def ufunc_of_any_two(draw: Draw) -> str:
    a = draw.array()
    return f"np.{draw.pick(_ANY_BINARY)}({a}, {draw.array(fits_together(a))})"


@generator
def ufunc_of_one(draw: Draw) -> str:
    return f"np.{draw.pick(_UNARY)}({draw.array(kinds='fi')})"


@generator
def ufunc_of_several_results(draw: Draw) -> str:
    a = draw.array(kinds="f")
    return str(
        draw.pick([f"np.modf({a})", f"np.divmod({a}, {draw.array(fits_together(a), kinds='f')})", f"np.frexp({a})"])
    )


@generator
def ufunc_with_output(draw: Draw) -> str:
    out = draw.variable(kinds="f")
    a, b = draw.array(fits_into(out), kinds="f"), draw.array(fits_into(out), kinds="f")
    where = f", where={draw.array(fits_into(out), kinds='b')}" if draw.chance(0.2) else ""
    return str(
        draw.pick(
            [f"np.add({a}, {b}, out={out}{where})", f"np.exp({a}, out={out}{where})", f"np.multiply({a}, {b}, {out})"]
        )
    )


@generator
def ufunc_where(draw: Draw) -> str:
    a = draw.array(kinds="f")
    return f"np.sqrt({a}, where={draw.array(fits_together(a), kinds='b')})"


@generator
def ufunc_reduce(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="fi")
    extra = options(draw, axis=str(draw.some_axes(a)), keepdims=str(draw.flag()))
    return f"np.{draw.pick('add multiply maximum logical_and')}.reduce({a}{extra})"


@generator
def ufunc_accumulate(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="fi")
    return f"np.{draw.pick('add maximum')}.accumulate({a}{options(draw, axis=str(draw.axis(a)))})"


@generator
def ufunc_reduceat(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="f")
    return f"np.add.reduceat({a}, {draw.pick(['[0]', '[0, 1]', '[0, 2, 1]'])}{options(draw, axis=str(draw.axis(a)))})"


@generator
def ufunc_outer(draw: Draw) -> str:
    return (
        f"np.{draw.pick('add multiply less')}.outer({draw.array(small, kinds='fi')}, {draw.array(small, kinds='fi')})"
    )


@generator
def ufunc_at(draw: Draw) -> str:
    a = draw.variable(of_rank(1), kinds="f")
    return f"{a}; np.add.at({a}, {draw.pick(['0', '[0, 0]', 'slice(None)'])}, {draw.array(small, kinds='f')})"


@generator
def where(draw: Draw) -> str:
    a = draw.array()
    b = draw.array(fits_together(a), kinds="fi")
    c = draw.array(lambda c: fits_together(a)(c) and fits_together(b)(c), kinds="fi")
    return f"np.where({a}, {b}, {draw.pick([c, '0.0'])})"


@generator
def clip(draw: Draw) -> str:
    a = draw.array(kinds="fi")
    low = draw.pick(["0", "None", draw.array(fits_together(a), kinds="fi")])
    return called(draw, "clip", a, f", {low}, 1")


@generator
def of_elements(draw: Draw) -> str:
    a = draw.array(kinds="fi")
    names = "nan_to_num real imag angle sinc i0 round fix isclose isin around conj iscomplex isreal"
    name = draw.pick(names)
    second = {"isclose": f", {draw.array(fits_together(a), kinds='fi')}", "isin": ", [1, 2]"}.get(name, "")
    return f"np.{name}({a}{second})"


@generator
def conversion(draw: Draw) -> str:
    a = draw.array()
    return str(
        draw.pick(
            [f"{a}.astype(np.float32)", f"{a}.astype(float)", f"{a}.astype(np.int64)", f"{a}.astype(bool)"]
            + [f"{a}.copy()", f"np.copy({a})", f"{a}.real", f"{a}.T", f"np.asarray({a})", f"np.array({a})"]
            + [
                f"np.ascontiguousarray({a})",
                f"np.array([{a}, {a}])",
                f"np.array({a}, dtype=np.float32)",
                f"{a}.tolist()",
            ]
        )
    )


# Along axes.


@generator
def reduction(draw: Draw) -> str:
    a = draw.array(kinds="fi")
    name = draw.pick("sum prod mean std var min max any all")
    return called(draw, name, a, options(draw, axis=str(draw.some_axes(a)), keepdims=str(draw.flag())))


@generator
def reduction_of_function(draw: Draw) -> str:
    a = draw.array(kinds="fi")
    name = draw.pick("nansum nanmean nanstd nanmin nanmax median nanmedian ptp count_nonzero amax amin nanprod")
    return f"np.{name}({a}{options(draw, axis=str(draw.some_axes(a)), keepdims=str(draw.flag()))})"


@generator
def reduction_with_options(draw: Draw) -> str:
    a = draw.array(kinds="f")
    mask, out = draw.array(fits_into(a), kinds="b"), draw.variable(kinds="f")
    extra = draw.pick([f", where={mask}", f", out={out}", ", initial=0.0", ", dtype=np.float32"])
    return f"np.sum({a}, axis={draw.some_axes(a)}{extra})"


@generator
def reduction_of_flags(draw: Draw) -> str:
    a = draw.array(kinds="b")
    return called(draw, draw.pick("sum any all mean"), a, options(draw, axis=str(draw.some_axes(a))))


@generator
def place_of_extreme(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="fi")
    extra = options(draw, axis=str(draw.axis(a)), keepdims=str(draw.flag()))
    return called(draw, draw.pick("argmax argmin"), a, extra)


@generator
def scan(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="fi")
    return called(draw, draw.pick("cumsum cumprod"), a, options(draw, axis=str(draw.axis(a))))


@generator
def cumulative(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="f")
    extra = options(draw, axis=str(draw.axis(a)), include_initial=str(draw.flag()))
    return str(draw.pick([f"np.cumulative_sum({a}{extra})", f"np.nancumsum({a})"]))


@generator
def quantile(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="f")
    wanted = draw.pick(["0.5", "[0.1, 0.5]", "np.linspace(0, 1, 3)", "np.full((2, 2), 0.5)"])
    extra = options(draw, axis=str(draw.some_axes(a)), keepdims=str(draw.flag()))
    return f"np.{draw.pick('quantile percentile nanquantile')}({a}, {wanted}{extra})"


@generator
def average(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="f")
    axis = draw.axis(a)
    fits = lambda b: -a.rank <= axis < a.rank and b.shape in ((a.shape[axis],), a.shape)  # noqa: E731
    weights = f", weights={draw.array(fits, kinds='f')}" if draw.chance(0.7) else ""
    return f"np.average({a}{draw.pick([f', axis={axis}', f', axis={axis}', ''])}{weights})"


@generator
def trapezoid(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="f")
    axis = draw.axis(a)
    x = (
        draw.array(lambda b: -a.rank <= axis < a.rank and b.shape == (a.shape[axis],), kinds="f")
        if draw.flag()
        else "None"
    )
    return f"np.trapezoid({a}, {x}, axis={axis})"


@generator
def differences(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="fi")
    extra = options(draw, n=str(draw.integer(0, 3)), axis=str(draw.axis(a)))
    return str(
        draw.pick(
            [f"np.diff({a}{extra})", f"np.diff({a}{extra})", f"np.ediff1d({a})", f"np.ediff1d({a}, to_end=[1, 2])"]
        )
    )


@generator
def gradient(draw: Draw) -> str:
    a = draw.array(lambda a: a.rank >= 1 and min(a.shape) > 1, kinds="f")
    spacing = draw.pick(["", "", ", 2.0", f", {draw.array(of_rank(1, 1), kinds='f')}"])
    return f"np.gradient({a}{spacing}{options(draw, axis=str(draw.some_axes(a) or 0))})"


@generator
def sorting(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    extra = options(draw, axis=str(draw.pick([draw.axis(a), "None"])))
    return f"np.{draw.pick('sort argsort')}({a}{extra})"


@generator
def sorting_in_place(draw: Draw) -> str:
    a = draw.variable(of_rank(1))
    return f"{a}; {a}.sort({draw.pick(['', f'axis={draw.axis(a)}'])})"


@generator
def partition(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="f")
    extra = options(draw, axis=str(draw.axis(a)))
    return f"np.{draw.pick('partition argpartition')}({a}, {draw.integer(0, 2)}{extra})"


@generator
def searching(draw: Draw) -> str:
    a = draw.array(of_rank(1, 1), kinds="f")
    b = draw.array(kinds="f")
    return str(draw.pick([f"np.searchsorted({a}, {b})", f"{a}.searchsorted({b})", f"np.digitize({b}, np.sort({a}))"]))


@generator
def lexsort(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="f")
    b = draw.array(lambda b: b.shape == a.shape, kinds="f")
    return str(draw.pick([f"np.lexsort(({a}, {b}))", f"np.lexsort({a})"]))


@generator
def along_axis(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="f")
    axis = draw.axis(a)
    function = draw.pick(["np.sum", "lambda r: r - r.mean()", "np.sort"])
    return str(
        draw.pick(
            [
                f"np.apply_along_axis({function}, {axis}, {a})",
                f"np.take_along_axis({a}, np.argsort({a}, axis={axis}), {axis})",
            ]
        )
    )


# The layout.


@generator
def reshape(draw: Draw) -> str:
    a = draw.array()
    sizes = _factors(draw, a) if draw.careful else draw.sizes(draw.integer(0, 3))
    if draw.chance(0.3) and sizes:
        sizes[draw.integer(0, len(sizes) - 1)] = "-1"
    forms = [f"{a}.reshape({tuple_text(sizes)})", f"np.reshape({a}, {tuple_text(sizes)})"]
    if sizes:
        forms += [f"{a}.reshape({', '.join(sizes)})", f"{a}.reshape([{', '.join(sizes)}])"]
    return str(draw.pick(forms))


def _factors(draw: Draw, a: Operand) -> list[str]:
    """Return sizes whose product is that of an array's: those of its axes, some joined, in some order."""
    sizes = [draw.length(a, axis) for axis in range(a.rank)]
    draw.rng.shuffle(sizes)
    if len(sizes) > 1 and draw.flag():
        sizes = [f"{sizes[0]} * {sizes[1]}", *sizes[2:]]
    if draw.chance(0.2):
        sizes.insert(draw.integer(0, len(sizes)), "1")
    if draw.chance(0.2):
        sizes = [str(draw.pick([f"{a}.size", "-1"]))]
    return sizes


@generator
def flattened(draw: Draw) -> str:
    a = draw.array()
    return str(draw.pick([f"{a}.ravel()", f"{a}.flatten()", f"np.ravel({a})", f"{a}.reshape(-1)", f"{a}.flat[:]"]))


@generator
def transposition(draw: Draw) -> str:
    a = draw.array()
    axes = draw.axes(a, a.rank)
    forms = [f"{a}.T", f"np.transpose({a})", f"{a}.transpose()", f"np.transpose({a}, {tuple_text(axes)})"]
    forms += [f"{a}.mT", f"np.matrix_transpose({a})"] if a.rank >= 2 or not draw.careful else []
    forms += [f"{a}.transpose({', '.join(map(str, axes))})", f"{a}.transpose({tuple_text(axes)})"] if axes else []
    return str(draw.pick(forms))


@generator
def moved_axes(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    first, second = draw.axis(a), draw.axis(a)
    number = draw.integer(1, a.rank)
    several = f"np.moveaxis({a}, {tuple_text(draw.axes(a, number))}, {tuple_text(draw.axes(a, number))})"
    forms = [f"np.swapaxes({a}, {first}, {second})", f"{a}.swapaxes({first}, {second})", several]
    return str(draw.pick([*forms, f"np.moveaxis({a}, {first}, {second})", f"np.rollaxis({a}, {first}, {abs(second)})"]))


@generator
def expanded(draw: Draw) -> str:
    a = draw.array()
    axes = tuple_text((draw.axis(a, more=1), draw.axis(a, more=2)))
    forms = [f"np.expand_dims({a}, {draw.axis(a, more=1)})", f"np.expand_dims({a}, {axes})"]
    return str(draw.pick([*forms, *(f"np.atleast_{rank}d({a})" for rank in (1, 2, 3)), f"{a}[..., np.newaxis]"]))


@generator
def squeezed(draw: Draw) -> str:
    a = draw.array(lambda a: 1 in a.shape)
    axis = a.shape.index(1) if draw.careful else draw.axis(a)
    return called(draw, "squeeze", a, draw.pick(["", f", axis={axis}", f", {axis}", f", axis=({axis},)"]))


@generator
def flipped(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    forms = [f"np.flip({a})", f"np.flip({a}, {draw.some_axes(a)})", f"np.flipud({a})"]
    if a.rank >= 2 or not draw.careful:
        forms += [f"np.fliplr({a})", f"np.rot90({a})", f"np.rot90({a}, {draw.integer(-2, 3)})"]
    return str(draw.pick(forms))


@generator
def rolled(draw: Draw) -> str:
    a = draw.array()
    axes = draw.some_axes(a)
    if isinstance(axes, tuple):
        shifts: object = tuple(draw.integer(-3, 3) for _ in range(len(axes) + (not draw.careful and draw.flag())))
    else:
        shifts = draw.integer(-3, 3)
    return f"np.roll({a}, {shifts}{draw.pick(['', f', axis={axes}'])})"


@generator
def broadcast_to(draw: Draw) -> str:
    a = draw.array()
    sizes = [draw.size(low=1) if size == 1 else draw.length(a, axis) for axis, size in enumerate(a.shape)]
    sizes = [*draw.sizes(draw.integer(0, 1)), *sizes] if draw.careful else draw.sizes(draw.integer(0, 4))
    b = draw.variable()
    return str(draw.pick([f"np.broadcast_to({a}, {tuple_text(sizes)})"] * 2 + [f"np.broadcast_to({a}, {b}.shape)"]))


@generator
def broadcast_arrays(draw: Draw) -> str:
    a = draw.array(small)
    return f"np.broadcast_arrays({a}, {draw.array(fits_together(a))})"


# Joined and split.


@generator
def concatenate(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    axis = draw.axis(a)
    valid = -a.rank <= axis < a.rank
    place = axis % a.rank if valid else 0

    def fits(b: Operand) -> bool:
        drop = [i for i in range(a.rank) if i != place]
        return b.rank == a.rank and all(a.shape[i] == b.shape[i] for i in drop)

    others = [draw.array(fits) for _ in range(draw.integer(0, 2))]
    arrays = f"[{', '.join(map(str, [a, *others]))}]" if draw.flag() else tuple_text([a, *others])
    return f"np.concatenate({arrays}{options(draw, axis=str(axis))})"


@generator
def stack(draw: Draw) -> str:
    a = draw.array()
    others = [draw.array(lambda b: b.shape == a.shape) for _ in range(draw.integer(0, 2))]
    return f"np.stack([{', '.join(map(str, [a, *others]))}]{options(draw, axis=str(draw.axis(a, more=1)))})"


@generator
def stacks(draw: Draw) -> str:
    a = draw.array()
    others = [
        draw.array(lambda b: b.rank == a.rank and b.shape[-1:] == a.shape[-1:]) for _ in range(draw.integer(0, 2))
    ]
    name = draw.pick("vstack hstack dstack column_stack")
    return f"np.{name}([{', '.join(map(str, [a, *others]))}])"


@generator
def stack_of_comprehension(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="fi")
    inner = draw.pick(["r", "r.sum(axis=0)", "r + 1"] + ["r[..., None]"] * (a.rank > 1))
    name = draw.pick("stack concatenate vstack hstack array asarray")
    return f"np.{name}([{inner} for r in {a}])"


@generator
def append(draw: Draw) -> str:
    a = draw.array()
    b = draw.array(lambda b: b.rank == a.rank and b.shape[1:] == a.shape[1:])
    return f"np.append({a}, {b}{options(draw, axis=str(0 if draw.careful and a.rank else draw.integer(-2, 2)))})"


@generator
def block(draw: Draw) -> str:
    a = draw.array(of_rank(1, 3))
    b = draw.array(lambda b: b.shape == a.shape)
    return str(draw.pick([f"np.block([[{a}, {b}], [{b}, {a}]])", f"np.block([{a}, {b}])", f"np.block([[{a}], [{b}]])"]))


@generator
def split(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    axis = draw.axis(a)
    size = a.shape[axis] if -a.rank <= axis < a.rank else 2
    parts = draw.pick(
        [f"[{draw.integer(-2, 3)}]", "[1, 3]", str(size) if size < 6 else "1", str(draw.integer(1, 4)), "(2,)"]
    )
    item = draw.pick(["", "", "[0]", "[-1]"])
    name = draw.pick("split array_split")
    return f"np.{name}({a}, {parts}{draw.pick([f', axis={axis}', f', {axis}', ''])}){item}"


@generator
def splits(draw: Draw) -> str:
    name, rank = draw.pick([("vsplit", 2), ("hsplit", 1), ("dsplit", 3)])
    a = draw.array(of_rank(rank))
    parts = draw.pick(["1", "[1]", "[1, 2]", str(draw.integer(1, 4))])
    return f"np.{name}({a}, {parts})"


@generator
def unstack(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    return f"np.unstack({a}{options(draw, axis=str(draw.axis(a)))})"


@generator
def pad(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="fi")
    one, two = draw.integer(0, 3), draw.integer(0, 3)
    pairs = [(draw.integer(0, 2), draw.integer(0, 2)) for _ in range(a.rank if draw.careful else draw.integer(1, 3))]
    widths = draw.pick(
        [one, (one, two), ((one, two),), tuple(pairs), f"[{pairs[0]}]", f"{{0: {one}}}", f"{{-1: {(one, two)}}}"]
    )
    mode = draw.pick(["", ", mode='edge'", ", mode='constant', constant_values=1", ", mode='wrap'", ", 'reflect'"])
    return f"np.pad({a}, {widths}{mode})"


@generator
def tile(draw: Draw) -> str:
    a = draw.array(small)
    reps = draw.pick([draw.integer(0, 3), tuple(draw.integer(0, 3) for _ in range(draw.integer(0, 3))), draw.size()])
    return f"np.tile({a}, {reps})"


@generator
def repeat(draw: Draw) -> str:
    a = draw.array(small)
    axis = draw.axis(a) if a.rank else None
    counts = draw.pick([draw.integer(0, 3), draw.size(), "[1, 2]", "[2]", "np.array([0, 1, 2])"])
    return called(draw, "repeat", a, f", {counts}{options(draw, axis=str(axis))}")


@generator
def resize(draw: Draw) -> str:
    return f"np.resize({draw.array()}, {draw.pick([tuple_text(draw.sizes(2)), draw.size()])})"


@generator
def edited(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="fi")
    axis = draw.pick([draw.axis(a), "None"])
    places = draw.pick(["0", "-1", "[0]", "[0, 0]", "slice(0, 2)", "1", "[1, 0]", "np.s_[::2]"])
    value = draw.pick(["0", "[1.0]", draw.array(small, kinds="fi")])
    return str(draw.pick([f"np.delete({a}, {places}, axis={axis})", f"np.insert({a}, {places}, {value}, axis={axis})"]))


# Chosen elements.


def _index(draw: Draw, a: Operand) -> str:
    items = []
    for axis in range(draw.integer(1, max(a.rank, 1)) if draw.careful else draw.integer(1, a.rank + 1)):
        size = a.shape[axis] if axis < a.rank else 3
        items.append(_item(draw, size, f"{a}.shape[{axis}]" if axis < a.rank else "2"))
    if draw.chance(0.2):
        items.insert(draw.integer(0, len(items)), "None")
    if draw.chance(0.15):
        items.insert(draw.integer(0, len(items)), "...")
    return ", ".join(items)


def _item(draw: Draw, size: int, shown: str) -> str:
    kind = draw.integer(0, 11)
    if kind < 3:
        low, high = (-size, size - 1) if draw.careful else (-size - 1, size)
        return str(draw.integer(max(low, -4), min(high, 5))) if low <= high else ":"
    if kind < 7:
        bounds = [draw.pick(["", "", str(draw.integer(-5, 5)), f"{shown} - 1", f"{shown} // 2"]) for _ in range(2)]
        return f"{bounds[0]}:{bounds[1]}{draw.pick(['', '', ':', '::'[:1] + str(draw.pick([-2, -1, 1, 2, 3]))])}"
    if kind == 7:
        return str(
            draw.pick(
                ["[0, 0]", "[0]", "np.array([0, 0, 0])", "[[0, 0], [0, 0]]", "np.arange(2)", f"np.arange({shown})"]
            )
        )
    if kind == 8:
        masks = draw.array(lambda b: b.rank == 1 and b.shape[0] == size, kinds="b")
        return str(masks)
    if kind == 9:
        return str(draw.variable(small, kinds="i"))
    return ":"


@generator
def indexing(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    return f"{a}[{_index(draw, a)}]"


@generator
def indexing_again(draw: Draw) -> str:
    return indexing(draw)


@generator
def indexing_by_mask(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    mask = draw.array(lambda b: b.rank >= 1 and b.shape == a.shape[: b.rank], kinds="b")
    return str(draw.pick([f"{a}[{mask}]", f"{a}[{mask}, ...]", f"{a}[{a} > 0]", f"{a}[..., {mask}]", f"{a}[~{mask}]"]))


@generator
def indexing_by_integers(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    places = draw.variable(small, kinds="i")
    return str(
        draw.pick(
            [
                f"{a}[{places}]",
                f"{a}[..., {places}]",
                f"{a}[{places}, {places}]",
                f"{a}[:, {places}]",
                f"{a}[{places}, :, {places}]",
            ]
        )
    )


@generator
def assignment(draw: Draw) -> str:
    a = draw.variable(of_rank(1), kinds="f")
    index = _index(draw, a)
    part = draw.evaluated(f"{a}[{index}]")
    fits = fits_into(Operand("", np.asarray(part))) if part is not None else lambda _: True
    value = draw.pick(["0", draw.array(fits, kinds="f"), draw.array(fits, kinds="f"), "[1.0, 2.0]"])
    return f"{a}; {a}[{index}] {draw.pick(['', '', '+', '*'])}= {value}"


@generator
def take(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    places = draw.pick(["0", "[0, 0]", "[[0, 0], [0, 0]]", "np.array([0])", draw.pick([*map(str, draw.variables())])])
    extra = options(draw, axis=str(draw.pick([draw.axis(a), "None"])), mode="'clip'")
    return called(draw, "take", a, f", {places}{extra}")


@generator
def selection(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    axis = draw.axis(a)
    return str(
        draw.pick(
            [f"np.nonzero({a})", f"{a}.nonzero()", f"np.argwhere({a})", f"np.flatnonzero({a})", f"np.where({a})"]
            + [f"np.unique({a})", f"np.unique({a}, axis={axis})", f"np.unique({a}, return_counts=True)"]
            + [f"np.compress([True, False], {a}, axis={axis})", f"np.extract({a}, {a})"]
            + [
                f"np.union1d({a}, {a})",
                f"np.select([{a} > 0, {a} < 0], [{a}, {a}])",
                f"np.choose(np.zeros({a}.shape, int), [{a}, 1])",
            ]
        )
    )


@generator
def diagonals(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="fi")
    offset = draw.integer(-3, 3)
    names = ["diag", "diagflat", "tril", "triu"]
    if a.rank >= 2 or not draw.careful:
        names += ["diagonal", "trace"] * 2
    name = draw.pick(names)
    axes = (
        f", {', '.join(map(str, draw.axes(a, 2)))}"
        if name in ("diagonal", "trace") and a.rank >= 2 and draw.flag()
        else ""
    )
    if name == "diagflat" and not small(a):
        raise Unfit
    return f"np.{name}({a}{draw.pick(['', f', {offset}']) if not axes else f', {offset}'}{axes})"


# Products.


@generator
def product(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="f")
    b = draw.array(lambda b: b.rank >= 1 and _dot_fits(a, b), kinds="f")
    return called(draw, "dot", a, f", {b}")


def _dot_fits(a: Operand, b: Operand) -> bool:
    return a.shape[-1] == b.shape[-2 if b.rank > 1 else -1] and math.prod(a.shape) * math.prod(b.shape) < 10**6


@generator
def product_of_vectors(draw: Draw) -> str:
    a = draw.array(lambda a: a.rank >= 1 and small(a), kinds="f")
    b = draw.array(lambda b: b.rank >= 1 and small(b) and b.shape[-1] == a.shape[-1], kinds="f")
    if not (small(a) and small(b)):
        raise Unfit
    return f"np.{draw.pick('inner outer vdot vecdot matvec vecmat linalg.vecdot linalg.outer')}({a}, {b})"


@generator
def kron(draw: Draw) -> str:
    a, b = draw.array(small, kinds="f"), draw.array(small, kinds="f")
    if not (small(a) and small(b)):
        raise Unfit
    return f"np.kron({a}, {b})"


@generator
def cross(draw: Draw) -> str:
    a = draw.array(lambda a: a.rank >= 1 and a.shape[-1] == 3, kinds="f")
    b = draw.array(lambda b: b.rank >= 1 and b.shape[-1] == 3 and fits_together(a)(b), kinds="f")
    return f"np.cross({a}, {b})"


@generator
def tensordot(draw: Draw) -> str:
    a = draw.array(lambda a: a.rank >= 1 and small(a), kinds="f")
    b = draw.array(lambda b: b.rank >= 1 and small(b), kinds="f")
    if not (small(a) and small(b)):
        raise Unfit
    pairs = [(i, j) for i in range(a.rank) for j in range(b.rank) if a.shape[i] == b.shape[j]]
    if draw.careful and pairs:
        i, j = draw.pick(pairs)
        axes: object = draw.pick([f"({i}, {j})", f"([{i}], [{j}])", f"[[{i}], [{j - b.rank}]]"])
    else:
        axes = draw.pick([0, 1, 2, "([0, 1], [0, 1])", "(0, 1)"])
    return f"np.tensordot({a}, {b}, axes={axes})" if draw.chance(0.9) else f"np.tensordot({a}, {b})"


@generator
def einsum(draw: Draw) -> str:
    operands = [draw.array(lambda a: 1 <= a.rank <= 4 and small(a), kinds="f") for _ in range(draw.integer(1, 3))]
    if not all(map(small, operands)):
        raise Unfit
    letters: dict[str, int] = {}
    terms = []
    for operand in operands:
        term = ""
        for size in operand.shape:
            known = [
                letter for letter, own in letters.items() if own == size or (not draw.careful and draw.chance(0.2))
            ]
            term += draw.pick(known) if known and draw.chance(0.7) else "ijklmnopqrst"[len(letters)]
            letters.setdefault(term[-1], size)
        terms.append(term)
    total = math.prod(letters.values())
    output = draw.rng.sample(list(letters), draw.integer(0, min(3, len(letters))))
    if total > 10**6:
        raise Unfit
    arrow = draw.pick([f"->{''.join(output)}", f"->{''.join(output)}", "", " -> " + "".join(output)])
    if draw.chance(0.15):
        terms, arrow = [f"...{term[-1:]}" for term in terms], ""
    return f"np.einsum('{','.join(terms)}{arrow}', {', '.join(map(str, operands))})"


@generator
def multi_dot(draw: Draw) -> str:
    a = draw.array(of_rank(2, 2), kinds="f")
    b = draw.array(lambda b: b.rank == 2 and b.shape[0] == a.shape[-1], kinds="f")
    c = draw.array(lambda c: c.rank == 2 and c.shape[0] == b.shape[-1], kinds="f")
    return f"np.linalg.multi_dot([{a}, {b}, {c}])"


# Linear algebra.


@generator
def of_square_matrices(draw: Draw) -> str:
    a = draw.array(is_square, kinds="f")
    name = draw.pick("inv det slogdet eig eigh eigvals eigvalsh cholesky cond")
    return str(draw.pick([f"np.linalg.{name}({a})"] * 4 + [f"np.linalg.matrix_power({a}, {draw.integer(-1, 3)})"]))


@generator
def of_any_matrices(draw: Draw) -> str:
    a = draw.array(of_matrices, kinds="f")
    forms = [f"np.linalg.svd({a})", f"np.linalg.svd({a}, full_matrices=False)", f"np.linalg.svdvals({a})"]
    forms += [f"np.linalg.svd({a}, compute_uv=False)", f"np.linalg.pinv({a})", f"np.linalg.matrix_rank({a})"]
    forms += [f"np.linalg.qr({a})", f"np.linalg.qr({a}, mode={draw.pick(['r', 'complete', 'raw', 'reduced'])!r})"]
    return str(draw.pick(forms))


@generator
def solve(draw: Draw) -> str:
    a = draw.array(is_square, kinds="f")
    fits = lambda b: 1 <= b.rank <= 2 and bool(a.rank) and b.shape[0] == a.shape[-1]  # noqa: E731
    return f"np.linalg.solve({a}, {draw.array(fits, kinds='f')})"


@generator
def lstsq(draw: Draw) -> str:
    a = draw.array(of_rank(2, 2), kinds="f")
    fits = lambda b: 1 <= b.rank <= 2 and bool(a.rank) and b.shape[0] == a.shape[0]  # noqa: E731
    return f"np.linalg.lstsq({a}, {draw.array(fits, kinds='f')})"


@generator
def norm(draw: Draw) -> str:
    a = draw.array(kinds="f")
    axis = draw.pick(["None", str(draw.axis(a)), str(draw.axes(a, 2))] if a.rank >= 2 else ["None"])
    order = draw.pick(["", ", ord=2", ", ord=1", ", ord='fro'"]) if not draw.careful else ""
    return f"np.linalg.norm({a}{order}{draw.pick(['', f', axis={axis}'])}{options(draw, keepdims=str(draw.flag()))})"


# Signals.


@generator
def convolution(draw: Draw) -> str:
    a, b = draw.array(of_rank(1, 1), kinds="f"), draw.array(of_rank(1, 1), kinds="f")
    mode = draw.pick(["", ", mode='same'", ", mode='valid'", ", 'full'"])
    return f"np.{draw.pick('convolve correlate')}({a}, {b}{mode})"


@generator
def interpolation(draw: Draw) -> str:
    x, points = draw.array(kinds="f"), draw.array(of_rank(1, 1), kinds="f")
    return f"np.interp({x}, {points}, {draw.array(lambda b: b.shape == points.shape, kinds='f')})"


@generator
def windows(draw: Draw) -> str:
    a = draw.array(of_rank(1, 3), kinds="f")
    widths = draw.pick(
        [f"{draw.integer(1, 3)}, axis={draw.axis(a)}", f"{draw.integer(1, 3)}", f"({draw.integer(1, 3)}, 2)"]
    )
    return f"np.lib.stride_tricks.sliding_window_view({a}, {widths})"


@generator
def fourier(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="f")
    name = draw.pick("fft ifft rfft irfft fftshift ifftshift")
    extra = options(draw, n=draw.size(low=1)) if "shift" not in name else ""
    several = f"np.fft.{draw.pick('fftn rfftn irfftn fft2 rfft2 ifft2')}({a})"
    own = f"np.fft.{name}({a}{extra}{options(draw, axis=str(draw.axis(a)))})".replace(
        "axis", "axes" if "shift" in name else "axis"
    )
    return str(
        draw.pick([own, own, several, f"np.fft.fftfreq({draw.size(low=1)})", f"np.fft.rfftfreq({draw.size(low=1)})"])
    )


# From sizes.


@generator
def constructor(draw: Draw) -> str:
    sizes = draw.sizes(draw.integer(0, 3))
    shape = draw.pick([tuple_text(sizes), f"[{', '.join(sizes)}]", *sizes, f"{draw.variable()}.shape"])
    extra = draw.pick(["", ", dtype=np.float32", ", dtype=int", ", bool"])
    return str(
        draw.pick(
            [f"np.zeros({shape}{extra})", f"np.ones({shape}{extra})", f"np.full({shape}, 1.5)", f"np.empty({shape})"]
        )
    )


@generator
def constructor_like(draw: Draw) -> str:
    a = draw.array()
    extra = options(draw, dtype="np.float32", shape=tuple_text(draw.sizes(2)))
    return str(draw.pick([f"np.{draw.pick('zeros_like ones_like empty_like')}({a}{extra})", f"np.full_like({a}, 2)"]))


@generator
def matrix_of_size(draw: Draw) -> str:
    size, other = draw.sizes(2)
    return str(
        draw.pick(
            [
                f"np.eye({size})",
                f"np.eye({size}, {other})",
                f"np.identity({size})",
                f"np.tri({size})",
                f"np.eye({size}, k=1)",
            ]
        )
    )


@generator
def vector_of_size(draw: Draw) -> str:
    size, other = draw.sizes(2)
    forms = [
        f"np.arange({size})",
        f"np.arange({size}, {other})",
        f"np.arange({size}, {other}, {draw.pick([-2, 2, 3])})",
    ]
    forms += [
        f"np.linspace(0, 1, {size})",
        f"np.linspace(0, 1, num={size}, retstep=True)",
        f"np.logspace(0, 1, {size})",
    ]
    forms += [
        "np.arange(0, 1, 0.1)",
        f"np.hanning({size})",
        f"np.vander(np.arange({size}), {other})",
        f"np.bartlett({size})",
    ]
    return str(draw.pick(forms))


@generator
def grid(draw: Draw) -> str:
    a, b = draw.array(of_rank(1, 1)), draw.array(of_rank(1, 1))
    sizes = tuple_text(draw.sizes(2))
    forms = [f"np.meshgrid({a}, {b})", f"np.meshgrid({a}, {b}, indexing='ij')", f"np.meshgrid({a}, {b}, sparse=True)"]
    return str(
        draw.pick([*forms, f"np.indices({sizes})", f"np.ix_({a}, {b})", "np.mgrid[0:3, 0:4]", "np.ogrid[0:3, 0:4]"])
    )


@generator
def random_numbers(draw: Draw) -> str:
    shape = draw.pick([tuple_text(draw.sizes(2)), draw.size(), "None"])
    a = draw.array(of_rank(1))
    rng = "np.random.default_rng(0)"
    forms = [f"{rng}.normal(size={shape})", f"{rng}.random({shape})", f"{rng}.integers(3, size={shape})"]
    forms += [f"{rng}.uniform(size={shape})", f"np.random.normal(size={shape})", f"{rng}.permutation({a})"]
    forms += [f"{rng}.choice({a}, {shape})", f"{rng}.standard_normal({shape})", f"np.random.rand({draw.size()})"]
    forms += [
        f"{rng}.normal({draw.variable(kinds='f')}, 1.0)",
        f"{rng}.choice({a}, {draw.size()}, axis={draw.axis(a)})",
    ]
    return str(draw.pick(forms))


@generator
def statistics(draw: Draw) -> str:
    a = draw.array(of_rank(1, 2), kinds="f")
    forms = [
        f"np.cov({a})",
        f"np.corrcoef({a})",
        f"np.cov({a}, rowvar=False)",
        f"np.histogram({a}, {draw.integer(1, 4)})",
    ]
    forms += (
        [f"np.bincount({draw.array(of_rank(1, 1), kinds='i')})"]
        if any(v.value.dtype.kind == "i" for v in draw.variables())
        else []
    )
    return str(draw.pick([*forms, f"np.histogram({a})[0]"]))


@generator
def size_of(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    axis = draw.axis(a)
    shape = f"{a}.shape[{axis}]"
    return str(
        draw.pick(
            [
                f"len({a})",
                shape,
                f"{shape} + 1",
                f"2 * {shape}",
                f"{a}.size",
                f"{a}.ndim",
                f"{shape} // 2",
                f"{a}.shape",
            ]
        )
    )


@generator
def listed(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    b = draw.array(of_rank(1))
    return str(
        draw.pick(
            [
                f"[r for r in {a}]",
                f"list({a})",
                f"[r @ r for r in {a}]",
                f"next(iter({a}))",
                f"[(r, s) for r, s in zip({a}, {b})]",
                f"[r for _, r in enumerate({a})]",
            ]
        )
    )

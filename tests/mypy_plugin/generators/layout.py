"""Shapes and axes that change while the elements stay."""

from __future__ import annotations

from tests.mypy_plugin.generators.arguments import (
    called,
    fits_together,
    generator,
    of_rank,
    small,
)
from tests.mypy_plugin.programs import Draw, Operand, tuple_text


@generator
def _reshape(draw: Draw) -> str:
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
def _flattened(draw: Draw) -> str:
    a = draw.array()
    return str(draw.pick([f"{a}.ravel()", f"{a}.flatten()", f"np.ravel({a})", f"{a}.reshape(-1)", f"{a}.flat[:]"]))


@generator
def _transposition(draw: Draw) -> str:
    a = draw.array()
    axes = draw.axes(a, a.rank)
    forms = [f"{a}.T", f"np.transpose({a})", f"{a}.transpose()", f"np.transpose({a}, {tuple_text(axes)})"]
    forms += [f"{a}.mT", f"np.matrix_transpose({a})"] if a.rank >= 2 or not draw.careful else []
    forms += [f"{a}.transpose({', '.join(map(str, axes))})", f"{a}.transpose({tuple_text(axes)})"] if axes else []
    return str(draw.pick(forms))


@generator
def _moved_axes(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    first, second = draw.axis(a), draw.axis(a)
    number = draw.integer(1, a.rank)
    several = f"np.moveaxis({a}, {tuple_text(draw.axes(a, number))}, {tuple_text(draw.axes(a, number))})"
    forms = [f"np.swapaxes({a}, {first}, {second})", f"{a}.swapaxes({first}, {second})", several]
    return str(draw.pick([*forms, f"np.moveaxis({a}, {first}, {second})", f"np.rollaxis({a}, {first}, {abs(second)})"]))


@generator
def _expanded(draw: Draw) -> str:
    a = draw.array()
    axes = tuple_text((draw.axis(a, more=1), draw.axis(a, more=2)))
    forms = [f"np.expand_dims({a}, {draw.axis(a, more=1)})", f"np.expand_dims({a}, {axes})"]
    return str(draw.pick([*forms, *(f"np.atleast_{rank}d({a})" for rank in (1, 2, 3)), f"{a}[..., np.newaxis]"]))


@generator
def _squeezed(draw: Draw) -> str:
    a = draw.array(lambda a: 1 in a.shape)
    axis = a.shape.index(1) if draw.careful else draw.axis(a)
    return called(draw, "squeeze", a, draw.pick(["", f", axis={axis}", f", {axis}", f", axis=({axis},)"]))


@generator
def _flipped(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    forms = [f"np.flip({a})", f"np.flip({a}, {draw.some_axes(a)})", f"np.flipud({a})"]
    if a.rank >= 2 or not draw.careful:
        forms += [f"np.fliplr({a})", f"np.rot90({a})", f"np.rot90({a}, {draw.integer(-2, 3)})"]
    return str(draw.pick(forms))


@generator
def _rolled(draw: Draw) -> str:
    a = draw.array()
    axes = draw.some_axes(a)
    if isinstance(axes, tuple):
        shifts: object = tuple(draw.integer(-3, 3) for _ in range(len(axes) + (not draw.careful and draw.flag())))
    else:
        shifts = draw.integer(-3, 3)
    return f"np.roll({a}, {shifts}{draw.pick(['', f', axis={axes}'])})"


@generator
def _broadcast_to(draw: Draw) -> str:
    a = draw.array()
    sizes = [draw.size(low=1) if size == 1 else draw.length(a, axis) for axis, size in enumerate(a.shape)]
    sizes = [*draw.sizes(draw.integer(0, 1)), *sizes] if draw.careful else draw.sizes(draw.integer(0, 4))
    b = draw.variable()
    return str(draw.pick([f"np.broadcast_to({a}, {tuple_text(sizes)})"] * 2 + [f"np.broadcast_to({a}, {b}.shape)"]))


@generator
def _broadcast_arrays(draw: Draw) -> str:
    a = draw.array(small)
    return f"np.broadcast_arrays({a}, {draw.array(fits_together(a))})"

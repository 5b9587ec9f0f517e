"""Indexing, assignment, and other choices of elements."""

from __future__ import annotations

import numpy as np

from tests.mypy_plugin.generators.arguments import (
    called,
    fits_into,
    generator,
    of_rank,
    options,
    small,
)
from tests.mypy_plugin.programs import Draw, Operand, Unfit


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
def _indexing(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    return f"{a}[{_index(draw, a)}]"


@generator
def _indexing_again(draw: Draw) -> str:
    return _indexing(draw)


@generator
def _indexing_by_mask(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    mask = draw.array(lambda b: b.rank >= 1 and b.shape == a.shape[: b.rank], kinds="b")
    return str(draw.pick([f"{a}[{mask}]", f"{a}[{mask}, ...]", f"{a}[{a} > 0]", f"{a}[..., {mask}]", f"{a}[~{mask}]"]))


@generator
def _indexing_by_integers(draw: Draw) -> str:
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
def _assignment(draw: Draw) -> str:
    a = draw.variable(of_rank(1), kinds="f")
    index = _index(draw, a)
    part = draw.evaluated(f"{a}[{index}]")
    fits = fits_into(Operand("", np.asarray(part))) if part is not None else lambda _: True
    value = draw.pick(["0", draw.array(fits, kinds="f"), draw.array(fits, kinds="f"), "[1.0, 2.0]"])
    return f"{a}; {a}[{index}] {draw.pick(['', '', '+', '*'])}= {value}"


@generator
def _take(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    places = draw.pick(["0", "[0, 0]", "[[0, 0], [0, 0]]", "np.array([0])", draw.pick([*map(str, draw.variables())])])
    extra = options(draw, axis=str(draw.pick([draw.axis(a), "None"])), mode="'clip'")
    return called(draw, "take", a, f", {places}{extra}")


@generator
def _selection(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    axis = draw.axis(a)
    forms = [f"np.{name}({a})" for name in ("nonzero", "argwhere", "flatnonzero", "where", "unique")]
    forms += [f"{a}.nonzero()", f"np.unique({a}, axis={axis})", f"np.unique({a}, return_counts=True)"]
    forms += [f"np.compress([True, False], {a}, axis={axis})", f"np.extract({a}, {a})", f"np.union1d({a}, {a})"]
    forms += [f"np.select([{a} > 0, {a} < 0], [{a}, {a}])", f"np.choose(np.zeros({a}.shape, int), [{a}, 1])"]
    return str(draw.pick(forms))


@generator
def _diagonals(draw: Draw) -> str:
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

"""Operators and functions that go element by element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from tests.mypy_plugin.generators.arguments import (
    called,
    fits_into,
    fits_together,
    generator,
    of_matrices,
    of_rank,
    options,
    small,
)
from tests.mypy_plugin.programs import Draw, Operand

_BINARY: Final = "add subtract multiply maximum minimum hypot arctan2 fmax fmin logaddexp copysign"
_ANY_BINARY: Final = "add multiply maximum minimum equal less greater_equal not_equal logical_and logical_or"
_UNARY: Final = (
    "exp sqrt abs negative square sin cos tanh floor ceil sign log1p isnan isfinite reciprocal positive deg2rad "
    "rint expm1 cbrt signbit trunc fabs"
)


@generator
def _operator(draw: Draw) -> str:
    a = draw.array(kinds=draw.pick(["fi", "biuf"]))
    b = draw.array(fits_together(a), kinds="bi" if a.value.dtype.kind == "b" else "if")
    symbols = (
        "& | ^ == != < >=" if {a.value.dtype.kind, b.value.dtype.kind} <= {"b", "i"} else "+ - * / // % ** == < >="
    )
    return f"{a} {draw.pick(symbols)} {b}"


@generator
def _operator_with_number(draw: Draw) -> str:
    a = draw.array(kinds="fi")
    number = draw.pick(["2", "3.5", "np.float64(2.5)", "np.float32(2)", "True", "[1.0, 2.0, 3.0]", "len(x0)"])
    if draw.flag():
        return f"{number} {draw.pick('+ - * / // % ** <')} {a}"
    return f"{a} {draw.pick('+ - * / // % ** < == !=')} {number}"


@generator
def _operator_of_one(draw: Draw) -> str:
    a = draw.array(kinds="fi")
    return str(draw.pick([f"-{a}", f"+{a}", f"abs({a})", f"divmod({a}, 2)", f"~({a} > 0)", f"round({a})"]))


@generator
def _matmul(draw: Draw) -> str:
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
def _in_place(draw: Draw) -> str:
    a = draw.variable(kinds="f")
    b = draw.array(fits_into(a), kinds="fib")
    return f"{a}; {a} {draw.pick('+ - * / // % **')}= {b}"


@generator
def _matmul_in_place(draw: Draw) -> str:
    a = draw.variable(of_matrices, kinds="f")
    b = draw.array(lambda b: b.shape == (a.shape[-1],) * 2, kinds="f")
    return f"{a}; {a} @= {b}"


@generator
def _ufunc_of_two(draw: Draw) -> str:
    a = draw.array(kinds="fi")
    b = draw.array(fits_together(a), kinds="fi")
    return f"np.{draw.pick(_BINARY)}({a}, {b})"


@generator
def _ufunc_of_any_two(draw: Draw) -> str:
    a = draw.array()
    return f"np.{draw.pick(_ANY_BINARY)}({a}, {draw.array(fits_together(a))})"


@generator
def _ufunc_of_one(draw: Draw) -> str:
    return f"np.{draw.pick(_UNARY)}({draw.array(kinds='fi')})"


@generator
def _ufunc_of_several_results(draw: Draw) -> str:
    a = draw.array(kinds="f")
    return str(
        draw.pick([f"np.modf({a})", f"np.divmod({a}, {draw.array(fits_together(a), kinds='f')})", f"np.frexp({a})"])
    )


@generator
def _ufunc_with_output(draw: Draw) -> str:
    out = draw.variable(kinds="f")
    a, b = draw.array(fits_into(out), kinds="f"), draw.array(fits_into(out), kinds="f")
    where = f", where={draw.array(fits_into(out), kinds='b')}" if draw.chance(0.2) else ""
    return str(
        draw.pick(
            [f"np.add({a}, {b}, out={out}{where})", f"np.exp({a}, out={out}{where})", f"np.multiply({a}, {b}, {out})"]
        )
    )


@generator
def _ufunc_where(draw: Draw) -> str:
    a = draw.array(kinds="f")
    return f"np.sqrt({a}, where={draw.array(fits_together(a), kinds='b')})"


@generator
def _ufunc_reduce(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="fi")
    extra = options(draw, axis=str(draw.some_axes(a)), keepdims=str(draw.flag()))
    return f"np.{draw.pick('add multiply maximum logical_and')}.reduce({a}{extra})"


@generator
def _ufunc_accumulate(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="fi")
    return f"np.{draw.pick('add maximum')}.accumulate({a}{options(draw, axis=str(draw.axis(a)))})"


@generator
def _ufunc_reduceat(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="f")
    return f"np.add.reduceat({a}, {draw.pick(['[0]', '[0, 1]', '[0, 2, 1]'])}{options(draw, axis=str(draw.axis(a)))})"


@generator
def _ufunc_outer(draw: Draw) -> str:
    return (
        f"np.{draw.pick('add multiply less')}.outer({draw.array(small, kinds='fi')}, {draw.array(small, kinds='fi')})"
    )


@generator
def _ufunc_at(draw: Draw) -> str:
    a = draw.variable(of_rank(1), kinds="f")
    places = draw.pick(["0", "[0, 0]", "slice(None)", "...", "([0, 0], 0)"])
    part = draw.evaluated(f"{a}[{places}]")
    fits = fits_into(Operand("", np.asarray(part))) if part is not None else small
    return f"{a}; np.add.at({a}, {places}, {draw.array(fits, kinds='f')})"


@generator
def _where(draw: Draw) -> str:
    a = draw.array()
    b = draw.array(fits_together(a), kinds="fi")
    c = draw.array(lambda c: fits_together(a)(c) and fits_together(b)(c), kinds="fi")
    return f"np.where({a}, {b}, {draw.pick([c, '0.0'])})"


@generator
def _clip(draw: Draw) -> str:
    a = draw.array(kinds="fi")
    low = draw.pick(["0", "None", draw.array(fits_together(a), kinds="fi")])
    return called(draw, "clip", a, f", {low}, 1")


@generator
def _of_elements(draw: Draw) -> str:
    a = draw.array(kinds="fi")
    names = "nan_to_num real imag angle sinc i0 round fix isclose isin around conj iscomplex isreal"
    name = draw.pick(names)
    second = {"isclose": f", {draw.array(fits_together(a), kinds='fi')}", "isin": ", [1, 2]"}.get(name, "")
    return f"np.{name}({a}{second})"


@generator
def _conversion(draw: Draw) -> str:
    a = draw.array()
    forms = [f"{a}.astype({dtype})" for dtype in ("np.float32", "float", "np.int64", "bool")]
    forms += [f"{a}.copy()", f"np.copy({a})", f"{a}.real", f"{a}.T", f"np.asarray({a})", f"np.array({a})"]
    forms += [f"np.ascontiguousarray({a})", f"np.array([{a}, {a}])", f"np.array({a}, dtype=np.float32)"]
    return str(draw.pick([*forms, f"{a}.tolist()"]))

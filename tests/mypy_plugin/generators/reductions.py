"""Reductions, scans, sorting and differences over axes."""

from __future__ import annotations

from tests.mypy_plugin.generators.arguments import (
    called,
    fits_into,
    generator,
    of_rank,
    options,
)
from tests.mypy_plugin.programs import Draw


@generator
def _reduction(draw: Draw) -> str:
    a = draw.array(kinds="fi")
    name = draw.pick("sum prod mean std var min max any all")
    return called(draw, name, a, options(draw, axis=str(draw.some_axes(a)), keepdims=str(draw.flag())))


@generator
def _reduction_of_function(draw: Draw) -> str:
    a = draw.array(kinds="fi")
    name = draw.pick("nansum nanmean nanstd nanmin nanmax median nanmedian ptp count_nonzero amax amin nanprod")
    return f"np.{name}({a}{options(draw, axis=str(draw.some_axes(a)), keepdims=str(draw.flag()))})"


@generator
def _reduction_with_options(draw: Draw) -> str:
    a = draw.array(kinds="f")
    mask, out = draw.array(fits_into(a), kinds="b"), draw.variable(kinds="f")
    extra = draw.pick([f", where={mask}", f", out={out}", ", initial=0.0", ", dtype=np.float32"])
    return f"np.sum({a}, axis={draw.some_axes(a)}{extra})"


@generator
def _reduction_of_flags(draw: Draw) -> str:
    a = draw.array(kinds="b")
    return called(draw, draw.pick("sum any all mean"), a, options(draw, axis=str(draw.some_axes(a))))


@generator
def _place_of_extreme(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="fi")
    extra = options(draw, axis=str(draw.axis(a)), keepdims=str(draw.flag()))
    return called(draw, draw.pick("argmax argmin"), a, extra)


@generator
def _scan(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="fi")
    return called(draw, draw.pick("cumsum cumprod"), a, options(draw, axis=str(draw.axis(a))))


@generator
def _cumulative(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="f")
    extra = options(draw, axis=str(draw.axis(a)), include_initial=str(draw.flag()))
    return str(draw.pick([f"np.cumulative_sum({a}{extra})", f"np.nancumsum({a})"]))


@generator
def _quantile(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="f")
    wanted = draw.pick(["0.5", "[0.1, 0.5]", "np.linspace(0, 1, 3)", "np.full((2, 2), 0.5)"])
    extra = options(draw, axis=str(draw.some_axes(a)), keepdims=str(draw.flag()))
    return f"np.{draw.pick('quantile percentile nanquantile')}({a}, {wanted}{extra})"


@generator
def _average(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="f")
    axis = draw.axis(a)
    fits = lambda b: -a.rank <= axis < a.rank and b.shape in ((a.shape[axis],), a.shape)  # noqa: E731
    weights = f", weights={draw.array(fits, kinds='f')}" if draw.chance(0.7) else ""
    return f"np.average({a}{draw.pick([f', axis={axis}', f', axis={axis}', ''])}{weights})"


@generator
def _trapezoid(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="f")
    axis = draw.axis(a)
    x = (
        draw.array(lambda b: -a.rank <= axis < a.rank and b.shape == (a.shape[axis],), kinds="f")
        if draw.flag()
        else "None"
    )
    return f"np.trapezoid({a}, {x}, axis={axis})"


@generator
def _differences(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="fi")
    extra = options(draw, n=str(draw.integer(0, 3)), axis=str(draw.axis(a)))
    return str(
        draw.pick(
            [f"np.diff({a}{extra})", f"np.diff({a}{extra})", f"np.ediff1d({a})", f"np.ediff1d({a}, to_end=[1, 2])"]
        )
    )


@generator
def _gradient(draw: Draw) -> str:
    a = draw.array(lambda a: a.rank >= 1 and min(a.shape) > 1, kinds="f")
    spacing = draw.pick(["", "", ", 2.0", f", {draw.array(of_rank(1, 1), kinds='f')}"])
    return f"np.gradient({a}{spacing}{options(draw, axis=str(draw.some_axes(a) or 0))})"


@generator
def _sorting(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    extra = options(draw, axis=str(draw.pick([draw.axis(a), "None"])))
    return f"np.{draw.pick('sort argsort')}({a}{extra})"


@generator
def _sorting_in_place(draw: Draw) -> str:
    a = draw.variable(of_rank(1))
    return f"{a}; {a}.sort({draw.pick(['', f'axis={draw.axis(a)}'])})"


@generator
def _partition(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="f")
    extra = options(draw, axis=str(draw.axis(a)))
    return f"np.{draw.pick('partition argpartition')}({a}, {draw.integer(0, 2)}{extra})"


@generator
def _searching(draw: Draw) -> str:
    a = draw.array(of_rank(1, 1), kinds="f")
    b = draw.array(kinds="f")
    return str(draw.pick([f"np.searchsorted({a}, {b})", f"{a}.searchsorted({b})", f"np.digitize({b}, np.sort({a}))"]))


@generator
def _lexsort(draw: Draw) -> str:
    a = draw.array(of_rank(1), kinds="f")
    b = draw.array(lambda b: b.shape == a.shape, kinds="f")
    return str(draw.pick([f"np.lexsort(({a}, {b}))", f"np.lexsort({a})"]))


@generator
def _along_axis(draw: Draw) -> str:
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

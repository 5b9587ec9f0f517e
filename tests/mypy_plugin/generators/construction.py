"""Signals, arrays made from sizes, random numbers and sizes themselves."""

from __future__ import annotations

from tests.mypy_plugin.generators.arguments import (
    generator,
    of_rank,
    options,
)
from tests.mypy_plugin.programs import Draw, tuple_text


@generator
def _convolution(draw: Draw) -> str:
    a, b = draw.array(of_rank(1, 1), kinds="f"), draw.array(of_rank(1, 1), kinds="f")
    mode = draw.pick(["", ", mode='same'", ", mode='valid'", ", 'full'"])
    return f"np.{draw.pick('convolve correlate')}({a}, {b}{mode})"


@generator
def _interpolation(draw: Draw) -> str:
    x, points = draw.array(kinds="f"), draw.array(of_rank(1, 1), kinds="f")
    return f"np.interp({x}, {points}, {draw.array(lambda b: b.shape == points.shape, kinds='f')})"


@generator
def _windows(draw: Draw) -> str:
    a = draw.array(of_rank(1, 3), kinds="f")
    widths = draw.pick(
        [f"{draw.integer(1, 3)}, axis={draw.axis(a)}", f"{draw.integer(1, 3)}", f"({draw.integer(1, 3)}, 2)"]
    )
    return f"np.lib.stride_tricks.sliding_window_view({a}, {widths})"


@generator
def _fourier(draw: Draw) -> str:
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


@generator
def _constructor(draw: Draw) -> str:
    sizes = draw.sizes(draw.integer(0, 3))
    shape = draw.pick([tuple_text(sizes), f"[{', '.join(sizes)}]", *sizes, f"{draw.variable()}.shape"])
    extra = draw.pick(["", ", dtype=np.float32", ", dtype=int", ", bool"])
    return str(
        draw.pick(
            [f"np.zeros({shape}{extra})", f"np.ones({shape}{extra})", f"np.full({shape}, 1.5)", f"np.empty({shape})"]
        )
    )


@generator
def _constructor_like(draw: Draw) -> str:
    a = draw.array()
    extra = options(draw, dtype="np.float32", shape=tuple_text(draw.sizes(2)))
    return str(draw.pick([f"np.{draw.pick('zeros_like ones_like empty_like')}({a}{extra})", f"np.full_like({a}, 2)"]))


@generator
def _matrix_of_size(draw: Draw) -> str:
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
def _vector_of_size(draw: Draw) -> str:
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
def _grid(draw: Draw) -> str:
    a, b = draw.array(of_rank(1, 1)), draw.array(of_rank(1, 1))
    sizes = tuple_text(draw.sizes(2))
    forms = [f"np.meshgrid({a}, {b})", f"np.meshgrid({a}, {b}, indexing='ij')", f"np.meshgrid({a}, {b}, sparse=True)"]
    return str(
        draw.pick([*forms, f"np.indices({sizes})", f"np.ix_({a}, {b})", "np.mgrid[0:3, 0:4]", "np.ogrid[0:3, 0:4]"])
    )


@generator
def _random_numbers(draw: Draw) -> str:
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
def _statistics(draw: Draw) -> str:
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
def _size_of(draw: Draw) -> str:
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
def _listed(draw: Draw) -> str:
    a = draw.array(of_rank(1))
    b = draw.array(of_rank(1))
    return str(
        draw.pick(
            [
                f"[r for r in {a}]",
                f"list({a})",
                f"[r + r for r in {a}]",
                f"next(iter({a}))",
                f"[(r, s) for r, s in zip({a}, {b})]",
                f"[r for _, r in enumerate({a})]",
            ]
        )
    )

"""Discrete Fourier transforms: the module ``numpy.fft``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from mypy.types import Type

from shapedmat import shapes
from shapedmat.dimensions import Dim
from shapedmat.mypy_plugin.promotion import FLOAT, INDEX, Element, dtype_of, magnitude, quotient, wide_fraction
from shapedmat.mypy_plugin.results import Result, Typed, is_known
from shapedmat.mypy_plugin.rules import Call, Rule
from shapedmat.mypy_plugin.sites import Untracked
from shapedmat.shapes import Axes, Shape

Find: TypeAlias = Callable[[Call], Result]


# Element types. The stubs say float64 and complex128 of transforms of any arrays.

_ANY_COMPLEX: Final = frozenset({Element("complex", 64), Element("complex", 128)})
_ANY_FLOAT: Final = frozenset({Element("float", 16), Element("float", 32), FLOAT})


def _transform(element: Element) -> Element:
    """Return the element type of a transform."""
    found = wide_fraction(element)
    return found if found.kind == "complex" else Element("complex", max(64, 2 * found.width))


def _half_of_transform(element: Element) -> Element | None:
    """Return the element type of a transform for which only real numbers do."""
    return None if element.kind == "complex" else _transform(element)


def _original(element: Element) -> Element:
    """Return the element type of the real numbers of a transform on one axis."""
    return magnitude(wide_fraction(element))


def _original_of_several(element: Element) -> Element:
    """Return the element type of the real numbers of a transform on several axes."""
    return magnitude(_transform(element))


def _dtype(call: Call, element: Callable[[Element], Element | None]) -> Type | None:
    found = call.promoted(element, "a")
    if is_known(found):
        return found
    is_real = element in (_original, _original_of_several)
    return dtype_of(_ANY_FLOAT if is_real else _ANY_COMPLEX, call.site)


# Transforms.


def _on_axis(rule: Callable[[Shape, Dim | None, int], Shape], element: Callable[[Element], Element | None]) -> Find:
    def shape(call: Call) -> Shape:
        axis = call.integer("axis", -1)
        return rule(_counted(call, "a", axis), call.dim("n") if call.gives("n") else None, axis)

    return _typed(shape, element)


def _on_axes(
    rule: Callable[..., Shape], element: Callable[[Element], Element | None], default: tuple[int, ...] | None = None
) -> Find:
    def shape(call: Call) -> Shape:
        axes = call.axes("axes", default)
        if isinstance(axes, int):
            raise Untracked
        return rule(_counted(call, "a", axes), call.dims("s") if call.gives("s") else None, axes)

    return _typed(shape, element)


def _typed(shape: Callable[[Call], Shape], element: Callable[[Element], Element | None]) -> Find:
    def find(call: Call) -> Result:
        dtype = _dtype(call, element)
        try:
            return Typed(shape(call), dtype)
        except Untracked:
            return Typed(None, dtype)

    return find


def _counted(call: Call, name: str, axes: Axes) -> Shape:
    """Return the shape of an array where it is known which axes are meant, though it may have any number of others."""
    shape = call.open_shape(name)
    if not shapes.counted_from_an_end(shape, axes):
        raise Untracked
    return shape


_TRANSFORM: Final = "a n axis norm out"
_TRANSFORM_OF_SEVERAL: Final = "a s axes norm out"
_LAST: Final = (-2, -1)


# Frequencies.


def _shift(call: Call) -> Result:
    axes = call.axes("axes")
    return shapes.fftshift(_counted(call, "x", axes), axes)


def _frequencies(rule: Callable[[Dim], Shape]) -> Find:
    def find(call: Call) -> Result:
        shape = rule(call.dim("n"))
        if call.optional_shape("d"):
            raise Untracked  # an array of spacings broadcasts
        if not call.gives("d"):
            return Typed(shape, dtype_of(frozenset({FLOAT}), call.site))
        (index,) = INDEX
        return Typed(shape, call.promoted(lambda spacing: quotient(index, spacing), "d"))

    return find


FUNCTIONS: Final[dict[str, Rule]] = {
    **{
        f"_pocketfft.{name}": Rule(_TRANSFORM, _on_axis(rule, element))
        for name, (rule, element) in {
            "fft": (shapes.fft, _transform),
            "ifft": (shapes.fft, _transform),
            "rfft": (shapes.rfft, _half_of_transform),
            "irfft": (shapes.irfft, _original),
            "hfft": (shapes.irfft, _original),
            "ihfft": (shapes.rfft, _half_of_transform),
        }.items()
    },
    **{
        f"_pocketfft.{name}": Rule(_TRANSFORM_OF_SEVERAL, _on_axes(rule, element, axes))
        for name, (rule, element, axes) in {
            "fft2": (shapes.fftn, _transform, _LAST),
            "ifft2": (shapes.fftn, _transform, _LAST),
            "rfft2": (shapes.rfftn, _half_of_transform, _LAST),
            "irfft2": (shapes.irfftn, _original_of_several, _LAST),
            "fftn": (shapes.fftn, _transform, None),
            "ifftn": (shapes.fftn, _transform, None),
            "rfftn": (shapes.rfftn, _half_of_transform, None),
            "irfftn": (shapes.irfftn, _original_of_several, None),
        }.items()
    },
    "fftshift": Rule("x axes", _shift, element="x"),
    "ifftshift": Rule("x axes", _shift, element="x"),
    "fftfreq": Rule("n d device", _frequencies(shapes.fftfreq)),
    "rfftfreq": Rule("n d device", _frequencies(shapes.rfftfreq)),
}

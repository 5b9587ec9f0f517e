"""Rules for products of several arrays by a pattern that names their axes: ``einsum``."""

from __future__ import annotations

import string
from collections.abc import Sequence

from shapedmat.dimensions import Dim, Equality, compare
from shapedmat.errors import ShapeError
from shapedmat.shapes.broadcasting import broadcast_pair
from shapedmat.shapes.order import shared
from shapedmat.shapes.shape import Shape, plural, show

ELLIPSIS = "..."


def einsum(subscripts: str, *shapes: Shape, optimize: bool = False) -> Shape:
    """Return the shape of ``np.einsum``: each axis is named by a letter, and those not named in the output are summed.

    An axis of size 1 broadcasts against another of the same name, but not on a diagonal. With `optimize`, NumPy also
    sums over the axes of an ellipsis that the output does not have.

    >>> einsum("ij,jk->ik", (2, 3), (3, 5)), einsum("...ij->...ji", (4, 2, 3)), einsum("ii", (3, 3))
    ((2, 5), (4, 3, 2), ())
    >>> einsum("ij,jk->ik", (2, 3), (4, 5))
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: cannot contract (2, 3) and (4, 5) by "ij,jk->ik": "j" is 3 and 4

    Raises:
        ShapeError: the pattern is malformed or names other numbers of operands or of axes, the output names an axis
            that no operand has, or sizes of one name differ.
    """
    refusal = refusal_by(subscripts, shapes)
    pattern = subscripts.replace(" ", "") if optimize else subscripts
    left, arrow, right = pattern.partition("->")
    inputs = [_labels(term, refusal) for term in left.split(",")]
    if arrow:
        output = _labels(right, refusal)
    else:
        names = [label for term in inputs for label in term]
        once = sorted(label for label in names if label != ELLIPSIS and names.count(label) == 1)
        output = [*([ELLIPSIS] if ELLIPSIS in names else []), *once]
    return contract(inputs, output, shapes, refusal, sum_ellipsis=optimize)


def refusal_by(pattern: str, shapes: Sequence[Shape]) -> str:
    """Return what a message begins with: which arrays cannot be contracted by which pattern."""
    return f'cannot contract {" and ".join(map(show, shapes)) or "nothing"} by "{pattern}"'


def contract(
    inputs: Sequence[Sequence[str]],
    output: Sequence[str],
    shapes: Sequence[Shape],
    refusal: str,
    *,
    sum_ellipsis: bool = False,
) -> Shape:
    """Return the shape of a product of several arrays whose axes have names, summed over those not in the output.

    Raises:
        ShapeError: the numbers of operands or of axes differ from those named, the output names an axis that no operand
            has, or sizes of one name differ.
    """
    if len(inputs) != len(shapes) or not shapes:
        operands, verb = plural(len(inputs), "operand is", "operands are"), plural(len(shapes), "is", "are")
        raise ShapeError(f"{refusal}: {len(inputs)} {operands} named and {len(shapes)} {verb} given")
    sizes: dict[str, Dim] = {}
    rest: Shape = ()
    for labels, shape in zip(inputs, shapes, strict=True):
        own, others = _own_sizes(labels, shape, refusal)
        for label, size in own.items():
            known = sizes.setdefault(label, size)
            try:
                (sizes[label],) = broadcast_pair((known,), (size,), last_axis=-1)
            except ShapeError:
                raise ShapeError(f'{refusal}: "{label}" is {known} and {size}') from None
        try:
            rest = broadcast_pair(rest, others, last_axis=-1)
        except ShapeError as error:
            raise ShapeError(f'{refusal}: of "...", {error}') from None
    for place, label in enumerate(output):
        if label != ELLIPSIS and label not in sizes:
            raise ShapeError(f'{refusal}: no operand has "{label}"')
        if label in output[:place]:
            raise ShapeError(f'{refusal}: the output has "{label}" twice')
    if rest and ELLIPSIS not in output and not sum_ellipsis:
        raise ShapeError(f'{refusal}: the output has no "..." for {show(rest)}')
    return tuple(dim for label in output for dim in (rest if label == ELLIPSIS else (sizes[label],)))


def _labels(term: str, refusal: str) -> list[str]:
    """Return the names of the axes of one operand, of which an ellipsis may be one."""
    before, dots, after = term.partition(ELLIPSIS)
    for letter in before + after:
        if letter not in string.ascii_letters + " ":
            raise ShapeError(f'{refusal}: "{letter}" is not a letter')
    return [*before.replace(" ", ""), *([ELLIPSIS] if dots else []), *after.replace(" ", "")]


def _own_sizes(labels: Sequence[str], shape: Shape, refusal: str) -> tuple[dict[str, Dim], Shape]:
    """Return the size of each name in one operand, and the axes that its ellipsis stands for."""
    named = len(labels) - labels.count(ELLIPSIS)
    if len(shape) < named or (len(shape) > named and ELLIPSIS not in labels):
        axes = plural(len(shape), "axis", "axes")
        raise ShapeError(
            f"{refusal}: {show(shape)} has {len(shape)} {axes} and {named} {plural(named, 'is', 'are')} named"
        )
    start = labels.index(ELLIPSIS) if ELLIPSIS in labels else named
    rest = len(shape) - named
    dims = shape[:start] + shape[start + rest :]
    own: dict[str, Dim] = {}
    for label, size in zip((each for each in labels if each != ELLIPSIS), dims, strict=True):
        known = own.setdefault(label, size)
        if compare(known, size) is Equality.DIFFERENT:
            raise ShapeError(f'{refusal}: "{label}" is {known} and {size}')
        own[label] = shared(known, size)
    return own, shape[start : start + rest]

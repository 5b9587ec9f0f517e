"""Rules for arranging axes anew by a pattern that names them, as the library einops does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from shapedmat.dimensions import UNKNOWN, Dim, Equality, Unknown, compare, floor_divide, multiply, subtract
from shapedmat.errors import ShapeError
from shapedmat.shapes.order import at_most
from shapedmat.shapes.patterns import ELLIPSIS, contract, refusal_by
from shapedmat.shapes.shape import Shape, count, plural, show

# What one axis of an array consists of: names, and numbers for axes that have a size instead of a name. An ellipsis
# that stands for axes of its own is the string alone.
Group: TypeAlias = tuple[str | int, ...] | str

_REDUCTIONS: Final = ("min", "max", "sum", "mean", "prod", "any", "all")


def rearrange(shape: Shape, pattern: str, /, **sizes: Dim) -> Shape:
    """Return the shape of ``einops.rearrange``: axes are transposed, split and merged.

    >>> rearrange((2, 12, 3), "b (h w) c -> b c h w", h=4), rearrange((2, 4, 5), "b ... -> b (...)")
    ((2, 3, 4, 3), (2, 20))

    Raises:
        ShapeError: the pattern is malformed, has names on one side alone, or does not fit the array or the sizes.
    """
    arrangement = _Arrangement("rearrange", shape, pattern)
    for side in (arrangement.left, arrangement.right):
        numbers = [name for name in _members(side) if isinstance(name, int)]
        if numbers:
            raise ShapeError(f"{arrangement.refusal}: an axis of {numbers[0]} needs a name")
    arrangement.check_known(arrangement.left, arrangement.right, "right")
    arrangement.check_known(arrangement.right, arrangement.left, "left")
    return arrangement.result(sizes)


def reduce_pattern(
    shape: Shape, pattern: str, reduction: str | Callable[..., object] = "sum", /, **sizes: Dim
) -> Shape:
    """Return the shape of ``einops.reduce``: axes that are missing on the right are reduced away.

    >>> reduce_pattern((2, 3, 8, 8), "b c (h 2) (w 2) -> b c h w", "max")
    (2, 3, 4, 4)

    Raises:
        ShapeError: the pattern is malformed, has a new name on the right, or does not fit the array or the sizes; or
            there is no such reduction, or nothing for it to choose from.
    """
    arrangement = _Arrangement("reduce", shape, pattern)
    if isinstance(reduction, str) and reduction not in _REDUCTIONS:
        raise ShapeError(f'{arrangement.refusal}: "{reduction}" is none of {", ".join(_REDUCTIONS)}')
    arrangement.check_known(arrangement.right, arrangement.left, "left")
    result = arrangement.result(sizes)
    if reduction in ("min", "max"):
        kept = {*_members(arrangement.right), ELLIPSIS}
        axes = [arrangement.sizes[name] for name in _members(arrangement.left) if name not in kept]
        if ELLIPSIS not in _members(arrangement.right):
            axes += arrangement.rest
        if 0 in axes:
            raise ShapeError(f"{arrangement.refusal}: there is nothing to take the {reduction}imum of")
    return result


def repeat_pattern(shape: Shape, pattern: str, /, **sizes: Dim) -> Shape:
    """Return the shape of ``einops.repeat``: elements are repeated along axes that are new on the right.

    >>> repeat_pattern((4, 5), "h w -> (h 2) (w r) c", r=3, c=1)
    (8, 15, 1)

    Raises:
        ShapeError: the pattern is malformed, has a name on the left alone or a new one without a size, or does not fit
            the array or the sizes.
    """
    arrangement = _Arrangement("repeat", shape, pattern)
    arrangement.check_known(arrangement.left, arrangement.right, "right")
    for name in _members(arrangement.right):
        if isinstance(name, str) and name not in {*_members(arrangement.left), *sizes, ELLIPSIS}:
            raise ShapeError(f'{arrangement.refusal}: the new axis "{name}" needs a size')
    return arrangement.result(sizes)


def einops_einsum(pattern: str, *shapes: Shape) -> Shape:
    """Return the shape of ``einops.einsum``, whose axes have whole words for names.

    >>> einops_einsum("batch i, i j -> batch j", (5, 3), (3, 2))
    (5, 2)

    Raises:
        ShapeError: the pattern is malformed or groups axes, the numbers of operands or of axes differ from those named,
            the output names an axis that no operand has, or sizes of one name differ.
    """
    refusal = refusal_by(pattern, shapes)
    left, right = _sides(pattern, refusal)
    terms = [
        [_label(group, refusal) for group in _groups(side, refusal, underscore=True)]
        for side in (*left.split(","), right)
    ]
    return contract(terms[:-1], terms[-1], shapes, refusal)


class _Arrangement:
    """One use of a pattern on one shape."""

    def __init__(self, action: str, shape: Shape, pattern: str) -> None:
        self.refusal = f'cannot {action} {show(shape)} by "{pattern}"'
        self.shape = shape
        self.left, self.right = (_groups(side, self.refusal) for side in _sides(pattern, self.refusal))
        for side in (self.left, self.right):
            names = [name for name in _members(side) if isinstance(name, str)]
            for place, name in enumerate(names):
                if name in names[:place]:
                    raise ShapeError(f'{self.refusal}: "{name}" is twice on one side')
        if any(ELLIPSIS in group for group in self.left if group != ELLIPSIS):
            raise ShapeError(f'{self.refusal}: "..." cannot be split')
        if ELLIPSIS in _members(self.right) and ELLIPSIS not in self.left:
            raise ShapeError(f'{self.refusal}: "..." is not on the left')
        named = len(self.left) - self.left.count(ELLIPSIS)
        if len(shape) < named or (len(shape) > named and ELLIPSIS not in self.left):
            axes, verb = plural(len(shape), "axis", "axes"), plural(named, "is", "are")
            raise ShapeError(f"{self.refusal}: it has {len(shape)} {axes} and {named} {verb} named")
        self.start = self.left.index(ELLIPSIS) if ELLIPSIS in self.left else named
        self.rest = shape[self.start : self.start + len(shape) - named]
        self.sizes: dict[str | int, Dim] = {}

    def check_known(self, side: list[Group], other: list[Group], where: str) -> None:
        """Check that every axis of one side is on the other.

        Raises:
            ShapeError: one is not; an axis that has a number for a name is on no other side.
        """
        for name in _members(side):
            if isinstance(name, int) or name not in _members(other):
                raise ShapeError(f'{self.refusal}: "{name}" is not on the {where}')

    def result(self, given: Mapping[str, Dim]) -> Shape:
        """Return the shape on the right, with the sizes that are given, and those that follow from the array.

        Raises:
            ShapeError: a size is not used, is negative, does not fit the array, or cannot be found.
        """
        names = {name for name in (*_members(self.left), *_members(self.right)) if name != ELLIPSIS}
        for name, size in given.items():
            if name not in names:
                raise ShapeError(f'{self.refusal}: no axis is named "{name}"')
            if at_most(size, -1):
                raise ShapeError(f'{self.refusal}: "{name}" cannot be {size}')
        self.sizes = {name: name if isinstance(name, int) else given.get(name, UNKNOWN) for name in names}
        dims = self.shape[: self.start] + self.shape[self.start + len(self.rest) :]
        for group, dim in zip((group for group in self.left if group != ELLIPSIS), dims, strict=True):
            self._split(group, dim, given)
        return tuple(dim for group in self.right for dim in self._dims(group))

    def _dims(self, group: Group) -> Shape:
        """Return the axes of one group on the right: one, unless it is an ellipsis."""
        if group == ELLIPSIS:
            return self.rest
        return (count(tuple(count(self.rest) if name == ELLIPSIS else self.sizes[name] for name in group)),)

    def _split(self, group: Group, dim: Dim, given: Mapping[str, Dim]) -> None:
        """Find the sizes of the names that one axis is split into."""
        missing = [name for name in group if isinstance(name, str) and name not in given]
        if len(missing) > 1:
            raise ShapeError(f"{self.refusal}: of {_quoted(missing)}, all but one need a size")
        unknown = [name for name in group if isinstance(self.sizes[name], Unknown)]
        product = count(tuple(self.sizes[name] for name in group if name not in unknown))
        if not group and compare(dim, 1) is Equality.DIFFERENT:
            raise ShapeError(f"{self.refusal}: size {dim} is not 1")
        shown = f'"{" ".join(map(str, group))}"'
        if not unknown:
            if compare(dim, product) is Equality.DIFFERENT:
                raise ShapeError(f"{self.refusal}: {shown} is {dim} and {product}")
        elif product == 0:
            if missing:
                raise ShapeError(f'{self.refusal}: "{missing[0]}" cannot be found beside a size of 0')
        else:
            quotient = floor_divide(dim, product)
            rest = subtract(dim, multiply(product, quotient))
            if isinstance(rest, int) and rest != 0:
                raise ShapeError(f"{self.refusal}: {shown} is {dim}, which is not a multiple of {product}")
            if len(unknown) == 1:
                self.sizes[unknown[0]] = quotient


def _sides(pattern: str, refusal: str) -> tuple[str, str]:
    left, arrow, right = pattern.partition("->")
    if not arrow or "->" in right:
        raise ShapeError(f'{refusal}: one "->" is wanted')
    return left, right


def _groups(side: str, refusal: str, *, underscore: bool = False) -> list[Group]:
    """Return the axes on one side of a pattern."""
    if side.count(".") != 3 * side.count(ELLIPSIS) or side.count(ELLIPSIS) > 1:
        raise ShapeError(f'{refusal}: dots are for one "..." on each side')
    spaced = side.replace("(", " ( ").replace(")", " ) ")
    groups: list[Group] = []
    bracket: list[str | int] | None = None
    for word in filter(None, spaced.split(" ")):
        if word in ("(", ")"):
            if (word == "(") != (bracket is None):
                raise ShapeError(f"{refusal}: the brackets do not match")
            if bracket is not None:
                groups.append(tuple(bracket))
            bracket = [] if word == "(" else None
            continue
        name = "_" if underscore and word == "_" else _name(word, refusal)
        if bracket is not None:
            bracket += [] if name == 1 else [name]
        elif name == ELLIPSIS:
            groups.append(ELLIPSIS)
        else:
            groups.append(() if name == 1 else (name,))
    if bracket is not None:
        raise ShapeError(f"{refusal}: the brackets do not match")
    return groups


def _name(word: str, refusal: str) -> str | int:
    """Return the name of an axis, or its size where it has a number instead.

    Raises:
        ShapeError: the word is neither.
    """
    if word.isdecimal() and int(word) > 0:
        return int(word)
    if word != ELLIPSIS and (not word.isidentifier() or word.startswith("_") or word.endswith("_")):
        raise ShapeError(f'{refusal}: "{word}" is no name for an axis')
    return word


def _label(group: Group, refusal: str) -> str:
    if group == ELLIPSIS:
        return ELLIPSIS
    if len(group) != 1 or isinstance(group[0], int):
        raise ShapeError(f"{refusal}: every axis needs one name")
    return group[0]


def _members(side: list[Group]) -> list[str | int]:
    return [name for group in side for name in ((group,) if isinstance(group, str) else group)]


def _quoted(names: list[str]) -> str:
    return " and ".join(f'"{name}"' for name in names)

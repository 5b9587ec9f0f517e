"""How matrices are made: filled, drawn at random, or from numbers.

Each constructor that fills or draws comes in three signatures: shape and element type from the class, as in
``Matrix[np.float32, Literal[5], Literal[2]].zeros()``; shape from the arguments, as in ``Matrix.zeros(5, 2)``, which is
float32; and shape and element type from the arguments.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, SupportsIndex, TypeAlias, overload

import numpy as np
from typing_extensions import TypeVar

from shapedmat import backends, initializers, shapes
from shapedmat.errors import ShapeError
from shapedmat.initializers import Seed
from shapedmat.specialization import SUPPORTED_KINDS, checked_dtype, specification_of

if TYPE_CHECKING:
    from shapedmat.matrix import Matrix

# Where nothing tells an argument, as in `Matrix.from_rows(numbers)`, it is not checked, and needs no annotation.
DType = TypeVar("DType", bound=np.generic, default=Any)
Rows = TypeVar("Rows", bound=int, default=Any)
Cols = TypeVar("Cols", bound=int, default=Any)
# The same three for methods and functions that introduce other ones than the class's.
D = TypeVar("D", bound=np.generic)
R = TypeVar("R", bound=int)
C = TypeVar("C", bound=int)

Numbers: TypeAlias = Sequence[Sequence[float]] | np.ndarray[Any, np.dtype[Any]]
Vector: TypeAlias = Sequence[float] | np.ndarray[Any, np.dtype[Any]]
Labels: TypeAlias = Sequence[int] | np.ndarray[Any, np.dtype[np.integer[Any]]]


class Constructors(Generic[DType, Rows, Cols]):
    """The class methods of `Matrix` that make a matrix of numbers."""

    __slots__ = ()

    @classmethod
    @abstractmethod
    def _adopted(cls, array: np.ndarray[Any, np.dtype[Any]], device: str | None) -> Any:
        """Return a matrix over the array, on the device, if it is what the class asks for."""

    @classmethod
    def _made(
        cls,
        make: Callable[[tuple[int, int]], np.ndarray[Any, np.dtype[Any]]],
        size: tuple[int, int] | None,
        dtype: Any,
        device: str | None,
    ) -> Any:
        """Return a matrix of what `make` gives for the shape: `size`, or where it is None the class's own."""
        wanted = specification_of(cls)
        if size is None:
            size = wanted.size("rows"), wanted.size("cols")
        made: Any = dtype or wanted.dtype or np.float32
        return cls._adopted(np.ascontiguousarray(make(size), checked_dtype(made)), device)

    @classmethod
    def _drawn(
        cls,
        draw: Callable[[tuple[int, int]], np.ndarray[Any, np.dtype[Any]]],
        size: tuple[int, int] | None,
        dtype: Any,
        device: str | None,
    ) -> Any:
        """Return a matrix of random numbers; a compiled function would hold the same ones in every call."""
        backends.current().require_values("draw random numbers")
        return cls._made(draw, size, dtype, device)

    @overload
    @classmethod
    def zeros(cls, *, device: str | None = None) -> Matrix[DType, Rows, Cols]: ...

    @overload
    @classmethod
    def zeros(cls, rows: R, cols: C, /, *, device: str | None = None) -> Matrix[np.float32, R, C]: ...

    @overload
    @classmethod
    def zeros(cls, rows: R, cols: C, /, *, dtype: type[D], device: str | None = None) -> Matrix[D, R, C]: ...

    @classmethod
    def zeros(cls, *arguments: Any, dtype: Any = None, device: str | None = None) -> Any:
        """Return a matrix of zeros."""
        size, _ = _split("zeros", arguments, 0)
        return cls._made(np.zeros, size, dtype, device)

    @overload
    @classmethod
    def ones(cls, *, device: str | None = None) -> Matrix[DType, Rows, Cols]: ...

    @overload
    @classmethod
    def ones(cls, rows: R, cols: C, /, *, device: str | None = None) -> Matrix[np.float32, R, C]: ...

    @overload
    @classmethod
    def ones(cls, rows: R, cols: C, /, *, dtype: type[D], device: str | None = None) -> Matrix[D, R, C]: ...

    @classmethod
    def ones(cls, *arguments: Any, dtype: Any = None, device: str | None = None) -> Any:
        """Return a matrix of ones."""
        size, _ = _split("ones", arguments, 0)
        return cls._made(np.ones, size, dtype, device)

    @overload
    @classmethod
    def full(cls, value: float, /, *, device: str | None = None) -> Matrix[DType, Rows, Cols]: ...

    @overload
    @classmethod
    def full(cls, rows: R, cols: C, value: float, /, *, device: str | None = None) -> Matrix[np.float32, R, C]: ...

    @overload
    @classmethod
    def full(
        cls, rows: R, cols: C, value: float, /, *, dtype: type[D], device: str | None = None
    ) -> Matrix[D, R, C]: ...

    @classmethod
    def full(cls, *arguments: Any, dtype: Any = None, device: str | None = None) -> Any:
        """Return a matrix that holds one value everywhere: ``full(value)`` or ``full(rows, cols, value)``."""
        size, rest = _split("full", arguments, 1)
        if not rest:
            raise TypeError(f"Matrix.full takes one value, after rows and cols if they are given, not {arguments}")
        return cls._made(lambda shape: np.full(shape, rest[0]), size, dtype, device)

    @overload
    @classmethod
    def eye(cls, *, device: str | None = None) -> Matrix[DType, Rows, Cols]: ...
    @overload
    @classmethod
    def eye(cls, size: R, /, *, device: str | None = None) -> Matrix[np.float32, R, R]: ...
    @overload
    @classmethod
    def eye(cls, size: R, /, *, dtype: type[D], device: str | None = None) -> Matrix[D, R, R]: ...
    @classmethod
    def eye(cls, *arguments: Any, dtype: Any = None, device: str | None = None) -> Any:
        """Return a matrix with ones on its diagonal and zeros elsewhere: ``eye()``, or ``eye(n)`` for a square one."""
        if len(arguments) > 1:
            raise TypeError(f"Matrix.eye takes one size, or none where the class gives it, not {arguments}")
        size, _ = _split("eye", arguments * 2, 0)
        return cls._made(lambda shape: np.eye(*shape), size, dtype, device)

    @overload
    @classmethod
    def random(cls, seed: Seed = None, *, device: str | None = None) -> Matrix[DType, Rows, Cols]: ...

    @overload
    @classmethod
    def random(
        cls, rows: R, cols: C, /, seed: Seed = None, *, device: str | None = None
    ) -> Matrix[np.float32, R, C]: ...

    @overload
    @classmethod
    def random(
        cls, rows: R, cols: C, /, seed: Seed = None, *, dtype: type[D], device: str | None = None
    ) -> Matrix[D, R, C]: ...

    @classmethod
    def random(cls, *arguments: Any, seed: Seed = None, dtype: Any = None, device: str | None = None) -> Any:  # pyright: ignore[reportInconsistentOverload]  # a seed is read either way
        """Draw from the uniform distribution on [0, 1): ``random(seed)`` or ``random(rows, cols, seed)``."""
        size, seed = _split_seed("random", arguments, seed)
        return cls._drawn(lambda shape: initializers.uniform(shape, seed, 0.0, 1.0), size, dtype, device)

    @overload
    @classmethod
    def normal(
        cls, seed: Seed = None, *, mean: float = 0.0, std: float = 1.0, device: str | None = None
    ) -> Matrix[DType, Rows, Cols]: ...

    @overload
    @classmethod
    def normal(
        cls, rows: R, cols: C, /, seed: Seed = None, *, mean: float = 0.0, std: float = 1.0, device: str | None = None
    ) -> Matrix[np.float32, R, C]: ...

    @overload
    @classmethod
    def normal(
        cls,
        rows: R,
        cols: C,
        /,
        seed: Seed = None,
        *,
        mean: float = 0.0,
        std: float = 1.0,
        dtype: type[D],
        device: str | None = None,
    ) -> Matrix[D, R, C]: ...

    @classmethod
    def normal(  # pyright: ignore[reportInconsistentOverload]  # a seed is read either way
        cls,
        *arguments: Any,
        seed: Seed = None,
        mean: float = 0.0,
        std: float = 1.0,
        dtype: Any = None,
        device: str | None = None,
    ) -> Any:
        """Draw from N(mean, std²): ``normal(seed)`` or ``normal(rows, cols, seed)``."""
        size, seed = _split_seed("normal", arguments, seed)
        return cls._drawn(lambda shape: initializers.normal(shape, seed, mean, std), size, dtype, device)

    @overload
    @classmethod
    def uniform(
        cls, seed: Seed = None, *, low: float = -1.0, high: float = 1.0, device: str | None = None
    ) -> Matrix[DType, Rows, Cols]: ...

    @overload
    @classmethod
    def uniform(
        cls, rows: R, cols: C, /, seed: Seed = None, *, low: float = -1.0, high: float = 1.0, device: str | None = None
    ) -> Matrix[np.float32, R, C]: ...

    @overload
    @classmethod
    def uniform(
        cls,
        rows: R,
        cols: C,
        /,
        seed: Seed = None,
        *,
        low: float = -1.0,
        high: float = 1.0,
        dtype: type[D],
        device: str | None = None,
    ) -> Matrix[D, R, C]: ...

    @classmethod
    def uniform(  # pyright: ignore[reportInconsistentOverload]  # a seed is read either way
        cls,
        *arguments: Any,
        seed: Seed = None,
        low: float = -1.0,
        high: float = 1.0,
        dtype: Any = None,
        device: str | None = None,
    ) -> Any:
        """Draw from the uniform distribution on [low, high): ``uniform(seed)`` or ``uniform(rows, cols, seed)``."""
        size, seed = _split_seed("uniform", arguments, seed)
        return cls._drawn(lambda shape: initializers.uniform(shape, seed, low, high), size, dtype, device)

    @overload
    @classmethod
    def xavier(
        cls, seed: Seed = None, *, gain: float = 1.0, device: str | None = None
    ) -> Matrix[DType, Rows, Cols]: ...

    @overload
    @classmethod
    def xavier(
        cls, rows: R, cols: C, /, seed: Seed = None, *, gain: float = 1.0, device: str | None = None
    ) -> Matrix[np.float32, R, C]: ...

    @overload
    @classmethod
    def xavier(
        cls, rows: R, cols: C, /, seed: Seed = None, *, gain: float = 1.0, dtype: type[D], device: str | None = None
    ) -> Matrix[D, R, C]: ...

    @classmethod
    def xavier(  # pyright: ignore[reportInconsistentOverload]  # a seed is read either way
        cls, *arguments: Any, seed: Seed = None, gain: float = 1.0, dtype: Any = None, device: str | None = None
    ) -> Any:
        """Draw weights by `shapedmat.initializers.xavier`: ``xavier(seed)`` or ``xavier(rows, cols, seed)``."""
        size, seed = _split_seed("xavier", arguments, seed)
        return cls._drawn(lambda shape: initializers.xavier(shape, seed, gain), size, dtype, device)

    @overload
    @classmethod
    def he(cls, seed: Seed = None, *, device: str | None = None) -> Matrix[DType, Rows, Cols]: ...

    @overload
    @classmethod
    def he(cls, rows: R, cols: C, /, seed: Seed = None, *, device: str | None = None) -> Matrix[np.float32, R, C]: ...

    @overload
    @classmethod
    def he(
        cls, rows: R, cols: C, /, seed: Seed = None, *, dtype: type[D], device: str | None = None
    ) -> Matrix[D, R, C]: ...

    @classmethod
    def he(cls, *arguments: Any, seed: Seed = None, dtype: Any = None, device: str | None = None) -> Any:  # pyright: ignore[reportInconsistentOverload]  # a seed is read either way
        """Draw weights by `shapedmat.initializers.he`: ``he(seed)`` or ``he(rows, cols, seed)``."""
        size, seed = _split_seed("he", arguments, seed)
        return cls._drawn(lambda shape: initializers.he(shape, seed), size, dtype, device)

    @overload
    @classmethod
    def from_rows(cls, rows: Numbers, *, device: str | None = None) -> Matrix[DType, Rows, Cols]: ...

    @overload
    @classmethod
    def from_rows(cls, rows: Numbers, *, dtype: type[D], device: str | None = None) -> Matrix[D, Rows, Cols]: ...

    @classmethod
    def from_rows(cls, rows: Any, *, dtype: Any = None, device: str | None = None) -> Any:
        """Return a matrix of rows of numbers, which are copied; float32 unless the class or `dtype` says otherwise.

        >>> from shapedmat import Matrix
        >>> Matrix.from_rows([[1, 2], [3, 4]])
        Matrix[float32, 2, 2]([[1., 2.], [3., 4.]])

        Raises:
            ShapeError: the rows differ in length, or the shape is not what the class asks for.
        """
        backends.current().require_written(rows)
        given = dtype or specification_of(cls).dtype or np.float32
        try:
            array = _numbers(rows, checked_dtype(given))
        except ValueError as error:
            raise ShapeError("cannot make a matrix of these rows: they must be numbers, as many in each row") from error
        if array.size == 0 and array.ndim < 2:
            array = array.reshape(len(array), 0)
        if array.ndim != 2:
            raise ShapeError(
                f"cannot make a matrix of an array of shape {shapes.show(array.shape)}: rows of numbers are wanted"
            )
        return cls._made(lambda _: array, array.shape, array.dtype, device)

    @overload
    @classmethod
    def one_hot(cls, labels: Labels) -> Matrix[DType, Rows, Cols]: ...

    @overload
    @classmethod
    def one_hot(cls, labels: Labels, classes: R) -> Matrix[np.float32, R, Cols]: ...

    @overload
    @classmethod
    def one_hot(cls, labels: Labels, classes: R, *, dtype: type[D]) -> Matrix[D, R, Cols]: ...

    @classmethod
    def one_hot(cls, labels: Labels, classes: int | None = None, *, dtype: Any = None) -> Any:
        """Return a matrix of shape (classes, labels), in whose columns there is a 1 in the row of the label.

        >>> from shapedmat import Matrix
        >>> Matrix.one_hot([2, 0], 3)
        Matrix[float32, 3, 2]([[0., 1.], [0., 0.], [1., 0.]])

        Raises:
            ShapeError: the labels are not one row of integers, neither the class nor an argument gives the number of
                classes, or a label is not in range(classes).
        """
        wanted = specification_of(cls)
        rows = wanted.size("rows") if classes is None else classes
        backends.current().require_written(labels)
        codes = np.asarray(labels)
        if codes.ndim != 1 or (codes.size and codes.dtype.kind not in "iu"):
            raise ShapeError(f"one_hot takes a row of integers, not {codes.dtype} of shape {shapes.show(codes.shape)}")
        if codes.size and not (codes.min() >= 0 and codes.max() < rows):
            wrong = int(codes.min() if codes.min() < 0 else codes.max())
            raise ShapeError(f"cannot one-hot encode the label {wrong} in {rows} classes: labels are 0 to {rows - 1}")
        array = np.zeros((rows, codes.size))
        array[codes.astype(np.intp), np.arange(codes.size)] = 1
        return cls._made(lambda _: array, array.shape, dtype, None)

    @overload
    @classmethod
    def diagonal(cls, values: Vector) -> Matrix[DType, Rows, Cols]: ...

    @overload
    @classmethod
    def diagonal(cls, values: Vector, *, dtype: type[D]) -> Matrix[D, Rows, Cols]: ...

    @classmethod
    def diagonal(cls, values: Vector, *, dtype: Any = None) -> Any:
        """Return the square matrix with these values on its diagonal and zeros elsewhere.

        >>> from shapedmat import Matrix
        >>> Matrix.diagonal([2, 3])
        Matrix[float32, 2, 2]([[2., 0.], [0., 3.]])
        """
        backends.current().require_written(values)
        array = np.asarray(values)
        shapes.diagonal(array.shape)
        size = array.size, array.size
        return cls._made(lambda _: np.diag(array.reshape(-1)), size, dtype, None)


def _numbers(rows: Any, dtype: np.dtype[Any]) -> np.ndarray[Any, np.dtype[Any]]:
    # NumPy itself would read "1" as 1, and None as NaN.
    if np.asarray(rows).dtype.kind not in SUPPORTED_KINDS:
        raise ValueError("these are not numbers")
    return np.array(rows, dtype)


def _split(name: str, arguments: tuple[Any, ...], extra: int) -> tuple[tuple[int, int] | None, tuple[Any, ...]]:
    """Tell rows and columns, where they are given, from the arguments behind them."""
    if len(arguments) <= extra and len(arguments) < 2:
        return None, arguments
    if 2 <= len(arguments) <= 2 + extra:
        size = arguments[:2]
        if not all(isinstance(each, SupportsIndex) and each.__index__() >= 0 for each in size):
            raise ShapeError(f"cannot make a matrix of shape {shapes.show(size)}: sizes are integers, 0 or more")
        return size, arguments[2:]
    raise TypeError(
        f"Matrix.{name} takes rows and cols, or neither where the class gives them, not {len(arguments)} arguments"
    )


def _split_seed(name: str, arguments: tuple[Any, ...], seed: Seed) -> tuple[tuple[int, int] | None, Seed]:
    """Tell rows and columns, where they are given, from a seed that may stand behind them or be given by name."""
    size, rest = _split(name, arguments, 1)
    if rest and seed is not None:
        raise TypeError(f"Matrix.{name} takes one seed, not {rest[0]!r} and {seed!r}")
    return size, rest[0] if rest else seed

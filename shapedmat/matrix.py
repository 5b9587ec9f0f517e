"""`Matrix`, the two-dimensional array whose element type and shape are part of its type."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    Literal,
    Protocol,
    SupportsIndex,
    TypeAlias,
    TypeVar,
    final,
    overload,
    runtime_checkable,
)

import numpy as np

from shapedmat import backends, ops, shapes
from shapedmat.construction import C, Cols, Constructors, D, DType, R, Rows
from shapedmat.errors import DeviceError, DTypeError, ShapeError
from shapedmat.ops import Array, Op
from shapedmat.specialization import checked_dtype, specialize, specification_of

if TYPE_CHECKING:
    Function = TypeVar("Function")

    def takes_arrays_of_cupy(function: Function) -> Function: ...  # noqa: D103  # for type checkers alone
else:
    # An array of CuPy stands for one of NumPy to type checkers, which know none, but not when the program runs.
    from typing import no_type_check as takes_arrays_of_cupy

One: TypeAlias = Literal[1]
Scalar: TypeAlias = "float | np.number[Any] | np.bool_"

# What an operator takes on its right: the same shape, a column, a row or a single element that broadcasts, or a number.
Broadcasts: TypeAlias = "Matrix[D, R, C] | Matrix[D, R, One] | Matrix[D, One, C] | Matrix[D, One, One] | Scalar"

Indices: TypeAlias = (
    "list[int] | list[bool] | np.ndarray[Any, np.dtype[np.integer[Any]]] | np.ndarray[Any, np.dtype[np.bool_]]"
)


@runtime_checkable
class NamedFunction(Protocol):
    """A function that is an operation of the table, such as `shapedmat.sigmoid`."""

    @property
    def op(self) -> Op:
        """The operation."""
        ...


@runtime_checkable
class SupportsDLPack(Protocol):
    """An array of any library that shares memory by DLPack, such as a PyTorch tensor."""

    def __dlpack__(self, *, stream: Any = None) -> object:
        """Export the array."""
        ...

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return the type and number of the device."""
        ...


def _wrap(array: Array) -> Matrix[Any, Any, Any]:
    matrix: Matrix[Any, Any, Any] = object.__new__(Matrix)
    matrix._array = array
    return matrix


def _unpickled(array: np.ndarray[Any, np.dtype[Any]], device: str) -> Matrix[Any, Any, Any]:
    # joblib gives a part of a file that is mapped into memory, in a subclass of NumPy's arrays.
    return _wrap(np.asarray(array)).to(device)


def _two_dimensional(array: Any) -> Array:
    axes: int | None = getattr(array, "ndim", None)
    if axes is None:
        raise TypeError(f"a Matrix holds an array, not a {type(array).__name__}: use Matrix.from_rows")
    if axes != 2:
        raise ShapeError(f"a matrix has 2 axes, not {axes} as in {shapes.show(array.shape)}: reshape the array first")
    checked_dtype(array.dtype)
    # A subclass of ndarray (a masked array, a memory map) could give the operators another meaning.
    return np.asarray(array) if isinstance(array, np.ndarray) else backends.adopt(array)


def apply_op(op: Op, *operands: Matrix[Any, Any, Any] | Scalar, **parameters: Any) -> Matrix[Any, Any, Any]:
    """Apply an operation of the table to matrices and numbers: check, compute with the right backend, wrap.

    Raises:
        ShapeError: the shapes do not fit, by the operation's rule.
        DTypeError: the element types differ, or the operation does not take them.
        DeviceError: the operands lie on different devices.
    """
    arrays, first = checked_operands(op, operands, parameters)
    return _wrap(backends.for_array(first).run(op, *arrays, **parameters))


def _apply_in_place(op: Op, target: Matrix[Any, Any, Any], value: Matrix[Any, Any, Any] | Scalar) -> None:
    arrays, first = checked_operands(op, (target, value), {})
    shapes.assign(first.shape, getattr(arrays[1], "shape", ()), action=op.action)
    backends.for_array(first).run(op, *arrays, out=first)


def checked_operands(
    op: Op, operands: tuple[Matrix[Any, Any, Any] | Scalar, ...], parameters: dict[str, Any]
) -> tuple[list[Array], Array]:
    """Return the arrays and numbers that an operation's kernel takes, and the first array.

    Raises:
        ShapeError: the shapes do not fit, by the operation's rule.
        DTypeError: the element types differ, or the operation does not take them.
        DeviceError: the operands lie on different devices.
        TypeError: there is no matrix among them.
    """
    arrays: list[Array] = []
    operand_shapes: list[shapes.Shape] = []
    first: Array = None
    real_number = False
    for operand in operands:
        if isinstance(operand, Matrix):
            array = operand._array
            if first is None:
                first = array
            elif array.dtype != first.dtype:
                raise DTypeError(
                    f"cannot {op.action} {first.dtype.name} and {array.dtype.name}: "
                    f"convert one with .astype(np.{first.dtype.name})"
                )
            elif type(array) is not np.ndarray or type(first) is not np.ndarray:
                _require_one_device(op, first, array)
            arrays.append(array)
            operand_shapes.append(array.shape)
        else:
            number = _number(operand)
            real_number = real_number or isinstance(number, _REAL)
            arrays.append(number)
            operand_shapes.append(())
    if first is None:
        raise TypeError(f"cannot {op.action} {', '.join(map(repr, operands))}: a Matrix is wanted")
    kind = first.dtype.kind
    if kind != "f":
        if op.operands == "floating" or (op.operands == "number" and kind == "b"):
            raise DTypeError(f"cannot {op.action} {first.dtype.name}: convert with .astype(np.float32)")
        if real_number:
            raise DTypeError(f"cannot {op.action} {first.dtype.name} and a float: convert with .astype(np.float64)")
    op.shape(*operand_shapes, **parameters)
    return arrays, first


def _require_one_device(op: Op, a: Array, b: Array) -> None:
    places = backends.device_of(a), backends.device_of(b)
    if places[0] != places[1]:
        raise DeviceError(
            f"cannot {op.action} a matrix on {places[0]} and one on {places[1]}: move one with .to({places[0]!r})"
        )


@final
class Matrix(Constructors[DType, Rows, Cols]):
    """A matrix of ``Rows`` × ``Cols`` elements of type ``DType``, on one device.

    The three type arguments are invariant, so that a type checker reports what does not fit. Sizes are ``Literal``
    numbers, type variables bound to ``int``, ``int`` (some size) or ``Any`` (not checked):

    >>> from typing import Literal as L
    >>> w = Matrix[np.float32, L[3], L[2]].ones()
    >>> x = Matrix[np.float32, L[2], L[4]].full(0.5)
    >>> (w @ x).shape
    (3, 4)
    >>> x @ w  # mypy: Unsupported operand types for @
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: cannot multiply (2, 4) by (3, 2): inner dimensions 4 and 3 differ

    When a program runs, the subscripted class is for ``isinstance`` and for run-time type checkers; every matrix is an
    instance of it that has its element type and shape. Operators return new matrices, save ``+= -= *= /=``, which work
    in place; ``.T``, `reshape`, rows, columns and slices share the memory of the matrix that they are taken from.
    """

    __slots__ = ("__weakref__", "_array")
    _array: Array
    __hash__ = None  # type: ignore[assignment]  # == compares element by element

    @takes_arrays_of_cupy
    def __init__(self, array: np.ndarray[tuple[Rows, Cols], np.dtype[DType]]) -> None:
        """Hold a two-dimensional array of NumPy or CuPy, which is not copied.

        Raises:
            ShapeError: the array has not two axes.
            DTypeError: a matrix cannot hold its element type.
        """
        self._array = _two_dimensional(array)

    if not TYPE_CHECKING:

        def __class_getitem__(cls, arguments):
            """Return the class of matrices with this element type and these sizes."""
            return specialize(Matrix, *(arguments if isinstance(arguments, tuple) else (arguments,)))

    @overload
    @classmethod
    def from_array(cls, array: np.ndarray[tuple[Rows, Cols], np.dtype[DType]]) -> Matrix[DType, Rows, Cols]: ...
    @overload
    @classmethod
    def from_array(cls, array: np.ndarray[tuple[int, int], np.dtype[DType]]) -> Matrix[DType, Rows, Cols]: ...
    @classmethod
    @takes_arrays_of_cupy
    def from_array(cls, array: np.ndarray[Any, np.dtype[Any]]) -> Matrix[DType, Rows, Cols]:
        """Return a matrix over the memory of an array of NumPy or CuPy.

        An array that is typed with its shape keeps it: ``ndarray[tuple[L[5], L[2]], dtype[float32]]`` gives
        ``Matrix[float32, L[5], L[2]]``. Called on a subscripted class, it checks what the type checker could not know,
        when the program runs; to have the shape checked before, call the class itself.

        Raises:
            ShapeError: the array has not two axes, or not the sizes that the class asks for.
            DTypeError: a matrix cannot hold its element type, or it is not the one that the class asks for.
        """
        matrix: Matrix[DType, Rows, Cols] = cls._checked(Matrix(array))
        return matrix

    @classmethod
    def from_dlpack(cls, array: SupportsDLPack) -> Matrix[DType, Rows, Cols]:
        """Return a matrix over the memory of an array of any library that speaks DLPack, on the CPU or a GPU.

        On a GPU, the work on the stream that is current waits for what that library still does to the array. An array
        that may not be written, as those of JAX, makes a matrix that may not be written.

        Raises:
            DeviceError: it lies neither on the CPU nor on an NVIDIA GPU.
            BackendError: it lies on a GPU, and cupy is not installed.
            ShapeError: the array has not two axes, or not the sizes that the class asks for.
            DTypeError: a matrix cannot hold its element type, or it is not the one that the class asks for.
        """
        matrix: Matrix[DType, Rows, Cols] = cls._checked(_wrap(_two_dimensional(backends.from_dlpack(array))))
        return matrix

    @classmethod
    def _adopted(cls, array: np.ndarray[Any, np.dtype[Any]], device: str | None) -> Any:
        return cls._checked(_wrap(backends.adopted(array, device)))

    @classmethod
    def _checked(cls, matrix: Matrix[Any, Any, Any]) -> Any:
        """Return the matrix if it is what the class asks for.

        Raises:
            ShapeError: it has another shape.
            DTypeError: it has another element type.
        """
        wanted = specification_of(cls)
        if not issubclass(matrix.dtype.type, wanted.scalar):
            name = wanted.scalar.__name__
            raise DTypeError(f"{wanted} cannot hold {matrix.dtype.name}: convert with .astype(np.{name})")
        for given, extent in zip(matrix.shape, (wanted.rows, wanted.cols), strict=True):
            if isinstance(extent, int) and given != extent:
                raise ShapeError(f"{wanted} cannot hold shape {shapes.show(matrix.shape)}")
        return matrix

    # --- what it is ---------------------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[Rows, Cols]:
        """The numbers of rows and columns."""
        return self._array.shape  # type: ignore[no-any-return]  # the invariant of the class

    @property
    def rows(self) -> Rows:
        """The number of rows."""
        return self._array.shape[0]  # type: ignore[no-any-return]  # the invariant of the class

    @property
    def cols(self) -> Cols:
        """The number of columns."""
        return self._array.shape[1]  # type: ignore[no-any-return]  # the invariant of the class

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(self._array.size)

    @property
    def ndim(self) -> Literal[2]:
        """The number of axes."""
        return 2

    @property
    def dtype(self) -> np.dtype[DType]:
        """The element type."""
        return self._array.dtype  # type: ignore[no-any-return]  # the invariant of the class

    @property
    def device(self) -> str:
        """Where the elements lie: "cpu", or "cuda:0" and so on."""
        return backends.device_of(self._array)

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (self.numpy(), self.device)

    def __len__(self) -> int:
        return int(self._array.shape[0])

    def __bool__(self) -> bool:
        raise TypeError(f"the truth of a matrix of shape {shapes.show(self.shape)} is ambiguous: use .all() or .any()")

    def __repr__(self) -> str:
        if isinstance(self._array, backends.Traced):
            return f"{self._signature()}(traced)"
        host = backends.to_host(self._array)
        numbers = np.array2string(host, separator=", ", threshold=100).replace("\n", "").replace("  ", " ")
        where = "" if self.device == "cpu" else f" on {self.device}"
        return f"{self._signature()}({numbers}){where}"

    def _signature(self) -> str:
        return f"Matrix[{self.dtype}, {self.rows}, {self.cols}]"

    def __pdoc__(self, **_: object) -> Any:
        """Show the type alone where run-time type checkers print arguments (the protocol of wadler_lindig)."""
        import wadler_lindig  # noqa: PLC0415  # jaxtyping brings it, and only its reports need it

        return wadler_lindig.TextDoc(self._signature())

    # --- where it is --------------------------------------------------------------------------------------------------

    def to(self, device: str) -> Matrix[DType, Rows, Cols]:
        """Return the matrix on a device: itself if it lies there, else a copy, which goes straight from GPU to GPU.

        Raises:
            DeviceError: the name is not "cpu", "cuda" or "cuda:N", or there is no such device.
            DeviceMemoryError: the device has not enough memory left.
            BackendError: cupy is not installed.
        """
        array = backends.to_device(self._array, device)
        return self if array is self._array else _wrap(array)

    def numpy(self) -> np.ndarray[tuple[Rows, Cols], np.dtype[DType]]:
        """Return the elements as a NumPy array: the same memory if they lie on the CPU, else a copy."""
        return backends.to_host(self._array)

    def synchronize(self) -> Matrix[DType, Rows, Cols]:
        """Wait until all work on the matrix's device is done, and return the matrix; on the CPU it always is."""
        if not isinstance(self._array, (np.ndarray, backends.Traced)):
            backends.synchronize(self.device)
        return self

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[tuple[Rows, Cols], np.dtype[DType]]:
        if isinstance(self._array, backends.Traced):
            return self._array.to_host()
        if not isinstance(self._array, np.ndarray):
            raise DeviceError(f"NumPy cannot read a matrix on {self.device}: use .numpy(), which copies it to the host")
        return np.array(self._array, dtype, copy=copy)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **settings: Any) -> Any:
        # `np.float32(2) * m` comes here and is a matrix, as `2 * m` is; other calls of NumPy functions give arrays.
        reflected = _REFLECTED.get(ufunc.__name__)
        left = inputs[0]  # comparisons of NumPy scalars make a 0-d array of the scalar
        if method == "__call__" and reflected and not settings and not isinstance(left, Matrix) and np.ndim(left) == 0:
            return _binary(reflected, np.asarray(left).item(), self)
        return getattr(ufunc, method)(*_arrays_within(inputs), **_arrays_within(settings))

    def __array_function__(self, function: Any, _types: Any, inputs: Any, settings: Any) -> Any:
        # Without this, np.sum(m) would call m.sum with arguments that only NumPy's arrays take.
        return function(*_arrays_within(inputs), **_arrays_within(settings))

    def __dlpack__(self, **settings: Any) -> Any:
        return backends.to_dlpack(self._array, settings)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._array.__dlpack_device__()  # type: ignore[no-any-return]  # the array's own

    def astype(self, dtype: type[D]) -> Matrix[D, Rows, Cols]:
        """Return a copy with another element type."""
        return apply_op(ops.CAST, self, dtype=checked_dtype(dtype))

    def copy(self) -> Matrix[DType, Rows, Cols]:
        """Return a matrix with its own memory, row after row."""
        array = self._array
        return _wrap(array.copy(order="C") if type(array) is np.ndarray else backends.copy(array))

    def run(self, op: Op, *others: Matrix[Any, Any, Any] | Scalar, **parameters: Any) -> Matrix[Any, Any, Any]:
        """Apply an operation of the table to this matrix and others."""
        return apply_op(op, self, *others, **parameters)

    # --- arithmetic ---------------------------------------------------------------------------------------------------
    # A column or a row broadcasts where the type says Literal[1]; the last five signatures are for one on the left.

    @overload
    def __add__(self, other: Broadcasts[DType, Rows, Cols], /) -> Matrix[DType, Rows, Cols]: ...
    @overload
    def __add__(self: Matrix[D, R, One], other: Matrix[D, R, C], /) -> Matrix[D, R, C]: ...
    @overload
    def __add__(self: Matrix[D, One, C], other: Matrix[D, R, C], /) -> Matrix[D, R, C]: ...
    @overload
    def __add__(self: Matrix[D, One, One], other: Matrix[D, R, C], /) -> Matrix[D, R, C]: ...
    @overload
    def __add__(self: Matrix[D, R, One], other: Matrix[D, One, C], /) -> Matrix[D, R, C]: ...
    @overload
    def __add__(self: Matrix[D, One, C], other: Matrix[D, R, One], /) -> Matrix[D, R, C]: ...
    def __add__(self, other: Any, /) -> Any:
        return _binary(ops.ADD, self, other)

    def __radd__(self, other: Scalar, /) -> Matrix[DType, Rows, Cols]:
        return _binary(ops.ADD, other, self)

    def __iadd__(self, other: Broadcasts[DType, Rows, Cols], /) -> Matrix[DType, Rows, Cols]:
        return _in_place(ops.ADD, self, other)

    @overload
    def __sub__(self, other: Broadcasts[DType, Rows, Cols], /) -> Matrix[DType, Rows, Cols]: ...
    @overload
    def __sub__(self: Matrix[D, R, One], other: Matrix[D, R, C], /) -> Matrix[D, R, C]: ...
    @overload
    def __sub__(self: Matrix[D, One, C], other: Matrix[D, R, C], /) -> Matrix[D, R, C]: ...
    @overload
    def __sub__(self: Matrix[D, One, One], other: Matrix[D, R, C], /) -> Matrix[D, R, C]: ...
    @overload
    def __sub__(self: Matrix[D, R, One], other: Matrix[D, One, C], /) -> Matrix[D, R, C]: ...
    @overload
    def __sub__(self: Matrix[D, One, C], other: Matrix[D, R, One], /) -> Matrix[D, R, C]: ...
    def __sub__(self, other: Any, /) -> Any:
        return _binary(ops.SUBTRACT, self, other)

    def __rsub__(self, other: Scalar, /) -> Matrix[DType, Rows, Cols]:
        return _binary(ops.SUBTRACT, other, self)

    def __isub__(self, other: Broadcasts[DType, Rows, Cols], /) -> Matrix[DType, Rows, Cols]:
        return _in_place(ops.SUBTRACT, self, other)

    @overload
    def __mul__(self, other: Broadcasts[DType, Rows, Cols], /) -> Matrix[DType, Rows, Cols]: ...
    @overload
    def __mul__(self: Matrix[D, R, One], other: Matrix[D, R, C], /) -> Matrix[D, R, C]: ...
    @overload
    def __mul__(self: Matrix[D, One, C], other: Matrix[D, R, C], /) -> Matrix[D, R, C]: ...
    @overload
    def __mul__(self: Matrix[D, One, One], other: Matrix[D, R, C], /) -> Matrix[D, R, C]: ...
    @overload
    def __mul__(self: Matrix[D, R, One], other: Matrix[D, One, C], /) -> Matrix[D, R, C]: ...
    @overload
    def __mul__(self: Matrix[D, One, C], other: Matrix[D, R, One], /) -> Matrix[D, R, C]: ...
    def __mul__(self, other: Any, /) -> Any:
        return _binary(ops.MULTIPLY, self, other)

    def __rmul__(self, other: Scalar, /) -> Matrix[DType, Rows, Cols]:
        return _binary(ops.MULTIPLY, other, self)

    def __imul__(self, other: Broadcasts[DType, Rows, Cols], /) -> Matrix[DType, Rows, Cols]:
        return _in_place(ops.MULTIPLY, self, other)

    @overload
    def __truediv__(self, other: Broadcasts[DType, Rows, Cols], /) -> Matrix[DType, Rows, Cols]: ...
    @overload
    def __truediv__(self: Matrix[D, R, One], other: Matrix[D, R, C], /) -> Matrix[D, R, C]: ...
    @overload
    def __truediv__(self: Matrix[D, One, C], other: Matrix[D, R, C], /) -> Matrix[D, R, C]: ...
    @overload
    def __truediv__(self: Matrix[D, One, One], other: Matrix[D, R, C], /) -> Matrix[D, R, C]: ...
    @overload
    def __truediv__(self: Matrix[D, R, One], other: Matrix[D, One, C], /) -> Matrix[D, R, C]: ...
    @overload
    def __truediv__(self: Matrix[D, One, C], other: Matrix[D, R, One], /) -> Matrix[D, R, C]: ...
    def __truediv__(self, other: Any, /) -> Any:
        return _binary(ops.DIVIDE, self, other)

    def __rtruediv__(self, other: Scalar, /) -> Matrix[DType, Rows, Cols]:
        return _binary(ops.DIVIDE, other, self)

    def __itruediv__(self, other: Broadcasts[DType, Rows, Cols], /) -> Matrix[DType, Rows, Cols]:
        return _in_place(ops.DIVIDE, self, other)

    def __neg__(self) -> Matrix[DType, Rows, Cols]:
        return apply_op(ops.NEGATIVE, self)

    def __pos__(self) -> Matrix[DType, Rows, Cols]:
        return self

    def __abs__(self) -> Matrix[DType, Rows, Cols]:
        return apply_op(ops.ABSOLUTE, self)

    def __pow__(self, exponent: Scalar, /) -> Matrix[DType, Rows, Cols]:
        return _power(self, exponent)

    def __matmul__(self, other: Matrix[DType, Cols, C], /) -> Matrix[DType, Rows, C]:
        if isinstance(other, Matrix):
            a, b = self._array, other._array
            if type(a) is type(b) is np.ndarray:
                # A product like one before needs no more checks, and most others pass these, which take a third of the
                # time of those of `apply_op`.
                known = backends.current().known_product
                product = None if known is None else known(a, b)
                if product is not None:
                    return _wrap(product)
                dtype = a.dtype
                if dtype is b.dtype and dtype.char in "fd" and a.shape[1] == b.shape[0]:
                    return _wrap(backends.for_array(a).run(ops.MATMUL, a, b))
        return _binary(ops.MATMUL, self, other)

    def matmul(self, other: Matrix[DType, Cols, C], /, *, backend: str | None = None) -> Matrix[DType, Rows, C]:
        """Return the matrix product ``self @ other``, by a backend of choice for this one call.

        Raises:
            ShapeError: the inner dimensions differ.
            BackendError: there is no backend of that name.
        """
        if backend is None:
            return self @ other
        with backends.use_backend(backend):
            return self @ other

    def hadamard(self, other: Matrix[DType, Rows, Cols], /) -> Matrix[DType, Rows, Cols]:
        """Return the element-wise product of two matrices of one shape: like ``*``, but nothing broadcasts.

        Raises:
            ShapeError: the shapes differ.
        """
        return apply_op(ops.HADAMARD, self, other)

    @overload
    def outer(self: Matrix[D, R, One], other: Matrix[D, C, One], /) -> Matrix[D, R, C]: ...
    @overload
    def outer(self: Matrix[D, One, R], other: Matrix[D, One, C], /) -> Matrix[D, R, C]: ...
    @overload
    def outer(self: Matrix[D, R, One], other: Matrix[D, One, C], /) -> Matrix[D, R, C]: ...
    @overload
    def outer(self: Matrix[D, One, R], other: Matrix[D, C, One], /) -> Matrix[D, R, C]: ...
    def outer(self, other: Any, /) -> Any:
        """Return the outer product of two vectors, each a row or a column: element (i, j) is selfᵢ · otherⱼ.

        Raises:
            ShapeError: an operand is neither a row nor a column.
        """
        return apply_op(ops.OUTER, self, other)

    def apply(self, function: NamedFunction | Callable[[Any], Any]) -> Matrix[DType, Rows, Cols]:
        """Return the matrix with a function applied to every element.

        The function is one of shapedmat's, such as `shapedmat.sigmoid`, or any that takes a Python number and returns
        one; the latter runs element by element, in Python, on the CPU.

        Raises:
            DeviceError: a Python function, and the matrix is not on the CPU.
        """
        op = getattr(function, "op", None)
        if isinstance(op, Op):
            return apply_op(op, self)
        return apply_op(ops.MAP, self, function=function)

    # --- comparisons: element by element, to a matrix of booleans -----------------------------------------------------

    def __eq__(self, other: object, /) -> Matrix[np.bool_, Rows, Cols]:  # type: ignore[override]  # element by element
        return _binary(ops.EQUAL, self, other)

    def __ne__(self, other: object, /) -> Matrix[np.bool_, Rows, Cols]:  # type: ignore[override]  # element by element
        return _binary(ops.NOT_EQUAL, self, other)

    def __lt__(  # type: ignore[misc]  # the reflected comparison gives the same
        self, other: Broadcasts[DType, Rows, Cols], /
    ) -> Matrix[np.bool_, Rows, Cols]:
        return _binary(ops.LESS, self, other)

    def __le__(  # type: ignore[misc]  # the reflected comparison gives the same
        self, other: Broadcasts[DType, Rows, Cols], /
    ) -> Matrix[np.bool_, Rows, Cols]:
        return _binary(ops.LESS_EQUAL, self, other)

    def __gt__(  # type: ignore[misc]  # the reflected comparison gives the same
        self, other: Broadcasts[DType, Rows, Cols], /
    ) -> Matrix[np.bool_, Rows, Cols]:
        return _binary(ops.GREATER, self, other)

    def __ge__(  # type: ignore[misc]  # the reflected comparison gives the same
        self, other: Broadcasts[DType, Rows, Cols], /
    ) -> Matrix[np.bool_, Rows, Cols]:
        return _binary(ops.GREATER_EQUAL, self, other)

    @overload
    def allclose(self, other: Matrix[DType, Rows, Cols], /, *, rtol: float = ..., atol: float = ...) -> bool: ...
    @overload
    def allclose(self, other: float, /, *, rtol: float = ..., atol: float = ...) -> bool: ...
    def allclose(self, other: Any, /, *, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
        """Tell whether every element is near the other's: |a - b| ≤ atol + rtol · |b|.

        Raises:
            ShapeError: the shapes differ.
        """
        if isinstance(other, Matrix):
            shapes.hadamard(self.shape, other.shape, action="compare")
        return apply_op(ops.IS_CLOSE, self, other, rtol=rtol, atol=atol).all()

    # --- reductions: along an axis to a row or a column, over everything to a number ----------------------------------

    @overload
    def sum(self, axis: None = None) -> DType: ...
    @overload
    def sum(self, axis: Literal[0]) -> Matrix[DType, One, Cols]: ...
    @overload
    def sum(self, axis: Literal[1]) -> Matrix[DType, Rows, One]: ...
    def sum(self, axis: Literal[0, 1] | None = None) -> Any:
        """Return the sum over all elements, down each column (axis 0), or along each row (axis 1)."""
        return _reduced(ops.SUM, self, axis)

    @overload
    def mean(self, axis: None = None) -> DType: ...
    @overload
    def mean(self, axis: Literal[0]) -> Matrix[DType, One, Cols]: ...
    @overload
    def mean(self, axis: Literal[1]) -> Matrix[DType, Rows, One]: ...
    def mean(self, axis: Literal[0, 1] | None = None) -> Any:
        """Return the mean; see `sum` for the axis."""
        return _reduced(ops.MEAN, self, axis)

    @overload
    def max(self, axis: None = None) -> DType: ...
    @overload
    def max(self, axis: Literal[0]) -> Matrix[DType, One, Cols]: ...
    @overload
    def max(self, axis: Literal[1]) -> Matrix[DType, Rows, One]: ...
    def max(self, axis: Literal[0, 1] | None = None) -> Any:
        """Return the largest element; see `sum` for the axis."""
        return _reduced(ops.MAX, self, axis)

    @overload
    def min(self, axis: None = None) -> DType: ...
    @overload
    def min(self, axis: Literal[0]) -> Matrix[DType, One, Cols]: ...
    @overload
    def min(self, axis: Literal[1]) -> Matrix[DType, Rows, One]: ...
    def min(self, axis: Literal[0, 1] | None = None) -> Any:
        """Return the smallest element; see `sum` for the axis."""
        return _reduced(ops.MIN, self, axis)

    @overload
    def argmax(self, axis: None = None) -> int: ...
    @overload
    def argmax(self, axis: Literal[0]) -> Matrix[np.int64, One, Cols]: ...
    @overload
    def argmax(self, axis: Literal[1]) -> Matrix[np.int64, Rows, One]: ...
    def argmax(self, axis: Literal[0, 1] | None = None) -> Any:
        """Return the place of the first largest element, counted row after row or along the axis."""
        return _reduced(ops.ARGMAX, self, axis)

    @overload
    def argmin(self, axis: None = None) -> int: ...
    @overload
    def argmin(self, axis: Literal[0]) -> Matrix[np.int64, One, Cols]: ...
    @overload
    def argmin(self, axis: Literal[1]) -> Matrix[np.int64, Rows, One]: ...
    def argmin(self, axis: Literal[0, 1] | None = None) -> Any:
        """Return the place of the first smallest element, counted row after row or along the axis."""
        return _reduced(ops.ARGMIN, self, axis)

    @overload
    def all(self, axis: None = None) -> bool: ...
    @overload
    def all(self, axis: Literal[0]) -> Matrix[np.bool_, One, Cols]: ...
    @overload
    def all(self, axis: Literal[1]) -> Matrix[np.bool_, Rows, One]: ...
    def all(self, axis: Literal[0, 1] | None = None) -> Any:
        """Tell whether every element is true, that is not zero; see `sum` for the axis."""
        return _reduced(ops.ALL, self, axis)

    @overload
    def any(self, axis: None = None) -> bool: ...
    @overload
    def any(self, axis: Literal[0]) -> Matrix[np.bool_, One, Cols]: ...
    @overload
    def any(self, axis: Literal[1]) -> Matrix[np.bool_, Rows, One]: ...
    def any(self, axis: Literal[0, 1] | None = None) -> Any:
        """Tell whether an element is true, that is not zero; see `sum` for the axis."""
        return _reduced(ops.ANY, self, axis)

    def norm(self) -> DType:
        """Return the Frobenius norm √(Σ xᵢⱼ²)."""
        norm: DType = apply_op(ops.NORM, self)._element()
        return norm

    # --- shape --------------------------------------------------------------------------------------------------------

    @property
    def T(self) -> Matrix[DType, Cols, Rows]:  # noqa: N802  # NumPy's name
        """The transpose, over the same memory."""
        return apply_op(ops.TRANSPOSE, self)

    def transpose(self) -> Matrix[DType, Cols, Rows]:
        """Return the transpose, over the same memory."""
        return self.T

    @overload
    def reshape(self, rows: Literal[-1], cols: C, /) -> Matrix[DType, Any, C]: ...
    @overload
    def reshape(self, rows: R, cols: Literal[-1], /) -> Matrix[DType, R, Any]: ...
    @overload
    def reshape(self, rows: R, cols: C, /) -> Matrix[DType, R, C]: ...
    def reshape(self, rows: int, cols: int, /) -> Any:
        """Return the same elements, row after row, in another shape; one size may be -1 and is found from the other.

        Raises:
            ShapeError: the numbers of elements differ.
        """
        return apply_op(ops.RESHAPE, self, shape=(rows, cols))

    def hstack(self, *others: Matrix[DType, Rows, Any]) -> Matrix[DType, Rows, Any]:
        """Return this matrix and others side by side; ``Matrix.hstack(a, b)`` reads well too.

        Raises:
            ShapeError: the numbers of rows differ.
        """
        return apply_op(ops.HSTACK, self, *others)

    def vstack(self, *others: Matrix[DType, Any, Cols]) -> Matrix[DType, Any, Cols]:
        """Return this matrix with others below it; ``Matrix.vstack(a, b)`` reads well too.

        Raises:
            ShapeError: the numbers of columns differ.
        """
        return apply_op(ops.VSTACK, self, *others)

    def row(self, index: int) -> Matrix[DType, One, Cols]:
        """Return one row, over the same memory.

        Raises:
            ShapeError: there is no such row.
        """
        return self._take(self._key((index, slice(None))))

    def col(self, index: int) -> Matrix[DType, Rows, One]:
        """Return one column, over the same memory.

        Raises:
            ShapeError: there is no such column.
        """
        return self._take(self._key((slice(None), index)))

    def __iter__(self) -> Iterator[Matrix[DType, One, Cols]]:
        return (self.row(index) for index in range(len(self)))

    @overload
    def __getitem__(self, key: tuple[int, int]) -> DType: ...
    @overload
    def __getitem__(self, key: int) -> Matrix[DType, One, Cols]: ...
    @overload
    def __getitem__(self, key: tuple[int, slice]) -> Matrix[DType, One, Any]: ...
    @overload
    def __getitem__(self, key: slice | Indices) -> Matrix[DType, Any, Cols]: ...
    @overload
    def __getitem__(self, key: tuple[slice, int]) -> Matrix[DType, Any, One]: ...
    @overload
    def __getitem__(self, key: tuple[slice, slice | Indices] | tuple[Indices, slice]) -> Matrix[DType, Any, Any]: ...
    def __getitem__(self, key: Any) -> Any:
        """Return an element by two integers; a matrix by integers, slices, and one list or array of places or booleans.

        An integer leaves a row or a column. Integers and slices share the matrix's memory; a list or an array copies.

        Raises:
            ShapeError: an index is out of range, a mask has the wrong length, or there are more than two.
        """
        rows, cols = self._key(key)
        if isinstance(rows, int) and isinstance(cols, int):
            return self._take((rows, cols))._element()
        return self._take((rows, cols))

    def __setitem__(self, key: Any, value: Matrix[DType, Any, Any] | Scalar) -> None:
        """Write a matrix that broadcasts, or a number, into the elements that the key takes.

        Raises:
            ShapeError: an index is out of range, or the value does not broadcast to what the key takes.
        """
        if not isinstance(value, _OPERANDS):
            raise TypeError(f"cannot assign {type(value).__name__} to a matrix: a Matrix or a number is wanted")
        places = tuple(_kept(entry, extent) for entry, extent in zip(self._key(key), self.shape, strict=True))
        apply_op(ops.ASSIGN, self, value, key=places)

    def _key(self, key: Any) -> tuple[Any, Any]:
        given = key if isinstance(key, tuple) else (key,)
        if isinstance(self._array, backends.Traced) and any(isinstance(each, (np.ndarray, Matrix)) for each in given):
            self._array.backend.require_values("index by an array")
        entries = tuple(map(_entry, given))
        shapes.index(self.shape, tuple(map(ops.index_entry, entries)))
        for axis, entry in enumerate(entries):
            if isinstance(entry, np.ndarray) and entry.dtype.kind != "b" and entry.size:
                for extreme in (int(entry.min()), int(entry.max())):
                    shapes.index(self.shape, (slice(None),) * axis + (extreme,))
        rows, cols = (*entries, slice(None), slice(None))[:2]
        if isinstance(rows, np.ndarray) and isinstance(cols, np.ndarray):
            raise ShapeError("cannot index rows and columns by arrays at once: write m[rows][:, cols]")
        return rows, cols

    def _take(self, key: tuple[Any, Any]) -> Matrix[DType, Any, Any]:
        places = tuple(_kept(entry, extent) for entry, extent in zip(key, self.shape, strict=True))
        return apply_op(ops.INDEX, self, key=places)

    def _element(self) -> DType:
        element: DType = backends.element(self._array)
        return element

    # --- point sets: each row is a point ------------------------------------------------------------------------------

    def row_norms(self) -> Matrix[DType, Rows, One]:
        """Return the Euclidean norm of each row, as a column: √(Σⱼ xᵢⱼ²)."""
        return apply_op(ops.ROW_NORMS, self)

    def differences(self, point: Matrix[DType, One, Cols]) -> Matrix[DType, Rows, Cols]:
        """Return each row minus a point.

        Raises:
            ShapeError: the point is not one row as long as the rows.
        """
        return apply_op(ops.DIFFERENCES, self, point)

    def distances(self, point: Matrix[DType, One, Cols]) -> Matrix[DType, Rows, One]:
        """Return the Euclidean distance of each row from a point, as a column: √(Σⱼ (xᵢⱼ - pⱼ)²).

        Raises:
            ShapeError: the point is not one row as long as the rows.
        """
        return apply_op(ops.DISTANCES, self, point)


_REFLECTED: Final = {
    op.name: op
    for op in (
        ops.ADD,
        ops.SUBTRACT,
        ops.MULTIPLY,
        ops.DIVIDE,
        ops.EQUAL,
        ops.NOT_EQUAL,
        ops.LESS,
        ops.LESS_EQUAL,
        ops.GREATER,
        ops.GREATER_EQUAL,
    )
}

_NUMBERS: Final = (float, int, np.number, np.bool_)
_REAL: Final = (float, np.floating)  # a number that stands for a NumPy scalar while a function is traced stays one
_OPERANDS: Final = (Matrix, *_NUMBERS)


def _number(scalar: Any) -> Any:
    """Return a Python number: unlike a NumPy scalar, it takes no part in the promotion of element types."""
    return scalar.item() if issubclass(type(scalar), np.generic) else scalar


def _arrays_within(arguments: Any) -> Any:
    """Return the arguments of a NumPy function with an array in the place of each matrix."""
    if isinstance(arguments, Matrix):
        return arguments.__array__()
    if isinstance(arguments, (list, tuple)):
        return type(arguments)(map(_arrays_within, arguments))
    if isinstance(arguments, dict):
        return {name: _arrays_within(argument) for name, argument in arguments.items()}
    return arguments


def _binary(op: Op, left: Any, right: Any) -> Matrix[Any, Any, Any] | Any:
    if isinstance(left, _OPERANDS) and isinstance(right, _OPERANDS):
        return apply_op(op, left, right)
    return NotImplemented  # what operators return for foreign operands


def _power(matrix: Matrix[Any, Any, Any], exponent: Any) -> Matrix[Any, Any, Any] | Any:
    if not isinstance(exponent, _NUMBERS):
        return NotImplemented  # what operators return for foreign operands
    number = _number(exponent)
    if matrix.dtype.kind != "f" and not (isinstance(number, int) and number >= 0):
        raise DTypeError(f"cannot raise {matrix.dtype} to the power {number}: convert with .astype(np.float64)")
    return apply_op(ops.POWER, matrix, exponent=number)


def _in_place(op: Op, target: Matrix[Any, Any, Any], value: Any) -> Matrix[Any, Any, Any]:
    if not isinstance(value, _OPERANDS):
        # With NotImplemented, Python would put what ``m + array`` gives, an array, in the place of the matrix.
        raise TypeError(f"cannot {op.action} {type(value).__name__} in place: a Matrix or a number is wanted")
    _apply_in_place(op, target, value)
    return target


def _reduced(op: Op, matrix: Matrix[Any, Any, Any], axis: Literal[0, 1] | None) -> Any:
    result = apply_op(op, matrix, axis=axis)
    if axis is not None:
        return result
    return backends.element(result._array, python=op not in (ops.SUM, ops.MEAN, ops.MAX, ops.MIN))


def _entry(entry: Any) -> Any:
    """Read one entry of an index: an integer, a slice, or a one-dimensional array."""
    if isinstance(entry, slice):
        return slice(_bound(entry.start), _bound(entry.stop), _bound(entry.step))
    if isinstance(entry, SupportsIndex) and not isinstance(entry, np.ndarray):
        return entry.__index__()
    array = np.array(entry, np.intp) if isinstance(entry, list) and not entry else np.asarray(entry)
    if array.ndim != 1 or array.dtype.kind not in "iub":
        raise ShapeError(
            f"cannot index a matrix with {entry!r}: integers, slices, and rows of integers or booleans are taken"
        )
    return array


def _bound(bound: Any) -> int | None:
    if bound is None:
        return None
    try:
        return operator.index(bound)
    except TypeError:
        raise TypeError(f"cannot slice a matrix by a {type(bound).__name__}: integers are wanted") from None


def _kept(entry: Any, extent: int) -> Any:
    """Turn an integer into a slice of length 1, so that the axis stays, and a mask into places, so that they count."""
    if isinstance(entry, int):
        return slice(entry % extent, entry % extent + 1)
    return np.flatnonzero(entry) if isinstance(entry, np.ndarray) and entry.dtype.kind == "b" else entry

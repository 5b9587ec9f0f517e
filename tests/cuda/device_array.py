"""Arrays on devices that are not there: they lie in host memory, and NumPy may not have them unasked, as with CuPy."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, Final

import numpy as np

from tests.cuda.machine import HostArray, Machine

# What takes arrays on another device, or looks at an array without a kernel.
LOOKS: Final = {
    "broadcast_to",
    "can_cast",
    "expand_dims",
    "may_share_memory",
    "ndim",
    "reshape",
    "result_type",
    "shape",
    "shares_memory",
    "squeeze",
    "transpose",
}

_METHODS: Final = {
    "all",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "astype",
    "clip",
    "copy",
    "cumprod",
    "cumsum",
    "diagonal",
    "dot",
    "fill",
    "flatten",
    "max",
    "mean",
    "min",
    "nonzero",
    "prod",
    "put",
    "ravel",
    "repeat",
    "reshape",
    "round",
    "sort",
    "squeeze",
    "std",
    "sum",
    "swapaxes",
    "take",
    "trace",
    "transpose",
    "var",
    "view",
}
_VIEWS: Final = {"diagonal", "ravel", "reshape", "squeeze", "swapaxes", "transpose", "view"}
_BINARY: Final = {
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "matmul",
    "and_",
    "or_",
    "xor",
    "lshift",
    "rshift",
}
_OTHERS: Final = {"eq", "ne", "lt", "le", "gt", "ge", "neg", "pos", "abs", "invert"}


class DeviceArray:
    """An array of CuPy, as far as a test can tell."""

    __array_priority__ = 100
    __hash__ = None  # type: ignore[assignment]  # as with every array, == is element by element

    def __init__(self, machine: Machine, host: HostArray, number: int | None = None) -> None:
        self._machine, self._host = machine, host
        self._memory = machine.memory_of(host, number)

    # --- what it is ---------------------------------------------------------------------------------------------------

    shape = property(lambda self: self._host.shape)
    strides = property(lambda self: self._host.strides)
    dtype = property(lambda self: self._host.dtype)
    ndim = property(lambda self: self._host.ndim)
    size = property(lambda self: self._host.size)
    itemsize = property(lambda self: self._host.itemsize)
    nbytes = property(lambda self: self._host.nbytes)
    flags = property(lambda self: self._host.flags)

    @property
    def T(self) -> DeviceArray:
        return self._wrapped(self._host.T)

    @property
    def base(self) -> DeviceArray | None:
        return None if self._host.base is None else self._wrapped(self._host.base)

    @property
    def device(self) -> Any:
        from tests.cuda.streams import Device

        return Device(self._machine, self._memory.device_id)

    @property
    def data(self) -> Any:
        pointer, number = self._host.ctypes.data, self._memory.device_id
        return SimpleNamespace(ptr=pointer, device_id=number, device=self.device, mem=self._memory)

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        return {
            "shape": self.shape,
            "typestr": self.dtype.str,
            "data": (self._host.ctypes.data, False),
            "strides": None if self._host.flags.c_contiguous else self.strides,
            "version": 3,
            "stream": getattr(self._machine.current_stream(), "ptr", 0) or 1,
        }

    def __len__(self) -> int:
        return len(self._host)

    def __iter__(self) -> Iterator[DeviceArray]:
        return (self[i] for i in range(len(self._host)))

    def __repr__(self) -> str:
        return repr(self.get())

    # --- between a device and the host --------------------------------------------------------------------------------

    def get(self, stream: Any = None, order: str = "C", out: HostArray | None = None, blocking: bool = True) -> Any:
        """Copy the array to the host."""
        self._machine.require_running()
        if out is None:
            return np.array(self._host, order=order)  # type: ignore[call-overload]  # one of its letters
        out[...] = self._host
        return out

    def set(self, arr: HostArray, stream: Any = None) -> None:
        """Copy an array of the host into this one."""
        self._machine.require_running()
        if not isinstance(arr, np.ndarray):
            raise TypeError("Only numpy.ndarray can be set to cupy.ndarray")
        if arr.dtype != self.dtype:
            raise TypeError(f"{arr.dtype} array cannot be set to {self.dtype} array")
        if arr.shape != self.shape:
            raise ValueError(f"Shape mismatch. Old shape: {self.shape}, new shape: {arr.shape}")
        if not self._host.flags.forc:
            raise RuntimeError("Cannot set to non-contiguous array")
        self._host[...] = arr

    def item(self) -> Any:
        return self.get().item()

    def tolist(self) -> Any:
        return self.get().tolist()

    def __bool__(self) -> bool:
        return bool(self.get())

    def __int__(self) -> int:
        return int(self.get())

    def __index__(self) -> int:
        return operator.index(self.get())

    def __float__(self) -> float:
        return float(self.get())

    def __array__(self, *_arguments: Any, **_parameters: Any) -> HostArray:
        # The words are CuPy's.
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. "
            "Please use `.get()` to construct a NumPy array explicitly."
        )

    def __dlpack__(
        self, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: Any = None
    ) -> object:
        self.dlpack_stream = stream
        return self._host.__dlpack__(max_version=max_version, copy=copy)

    def __dlpack_device__(self) -> tuple[int, int]:
        return 2, self._memory.device_id  # kDLCUDA in dlpack.h

    # --- computing ----------------------------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: Callable[..., Any], method: str, *inputs: Any, **parameters: Any) -> Any:
        # CuPy computes with its own arrays and with numbers, and leaves all else to the other operand.
        if any(isinstance(each, np.ndarray) for each in inputs):
            return NotImplemented
        return computed(self._machine, getattr(ufunc, method), inputs, parameters)

    def __array_function__(self, function: Callable[..., Any], _types: Any, inputs: Any, parameters: Any) -> Any:
        return computed(self._machine, function, inputs, parameters)

    def __getitem__(self, key: Any) -> DeviceArray:
        key = unwrapped(key)
        entries = key if isinstance(key, tuple) else (key,)
        if any(isinstance(entry, np.ndarray | list) for entry in entries):
            self._machine.require_running()  # as this copies
        # CuPy returns an array without axes where NumPy returns a scalar.
        whole = any(entry is Ellipsis for entry in entries)
        return self._wrapped(self._host[key if whole else (*entries, Ellipsis)])

    def __setitem__(self, key: Any, value: Any) -> None:
        self._machine.require_running()
        if isinstance(value, np.ndarray):
            raise TypeError(f"Unsupported type {type(value)}")
        self._host[unwrapped(key)] = unwrapped(value)

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            raise AttributeError(f"{name}: neither CuPy's arrays nor these have it")
        method = getattr(self._host, name)

        def run(*inputs: Any, **parameters: Any) -> Any:
            if name not in _VIEWS:
                self._machine.require_running()
            return wrapped(self._machine, method(*unwrapped(inputs), **unwrapped(parameters)))

        return run

    def _wrapped(self, host: HostArray) -> DeviceArray:
        return DeviceArray(self._machine, host, self._memory.device_id)


def _define_operators() -> None:
    def forward(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, *others: computed(self._machine, function, (self, *others), {})

    def backward(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, other: computed(self._machine, function, (other, self), {})

    def in_place(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(self: DeviceArray, other: Any) -> DeviceArray:
            computed(self._machine, function, (self, other), {})
            return self

        return run

    for name in _BINARY:
        bare = name.rstrip("_")
        setattr(DeviceArray, f"__{bare}__", forward(getattr(operator, name)))
        setattr(DeviceArray, f"__r{bare}__", backward(getattr(operator, name)))
        setattr(DeviceArray, f"__i{bare}__", in_place(getattr(operator, f"i{bare}")))
    for name in _OTHERS:
        setattr(DeviceArray, f"__{name}__", forward(getattr(operator, name)))


_define_operators()


def unwrapped(value: Any) -> Any:
    """Return a value with host memory in the place of each array on a device, in containers too."""
    if isinstance(value, DeviceArray):
        return value._host
    if isinstance(value, tuple | list):
        return type(value)(unwrapped(each) for each in value)
    if isinstance(value, dict):
        return {key: unwrapped(each) for key, each in value.items()}
    return value


def wrapped(machine: Machine, value: Any) -> Any:
    """Return a result of NumPy as CuPy does: arrays on the current device, without axes in the place of scalars."""
    if isinstance(value, np.ndarray):
        return DeviceArray(machine, value)
    if isinstance(value, np.generic):
        return DeviceArray(machine, np.array(value))
    if isinstance(value, tuple | list):
        return type(value)(wrapped(machine, each) for each in value)
    return value


def computed(machine: Machine, function: Callable[..., Any], inputs: Any, parameters: Any) -> Any:
    """Call a function of NumPy with arrays that lie on the current device."""
    name = getattr(function, "__name__", "")
    arrays = list(_arrays([inputs, parameters]))
    if name not in LOOKS:
        machine.require_running()
        # Places in an array may be on the host, from where CuPy moves them.
        for array in _arrays([inputs[::2], parameters]) if name == "at" else arrays:
            if isinstance(array, np.ndarray):
                raise TypeError(f"Unsupported type {type(array)}")
            number = array._memory.device_id
            if number != machine.current:
                # CuPy's sentence where devices do not read each other's memory.
                raise ValueError(
                    "Array device must be same as the current device: "
                    f"array device = {number} while current = {machine.current}"
                )
    result = function(*unwrapped(inputs), **unwrapped(parameters))
    out = parameters.get("out")
    if isinstance(out, tuple):
        (out,) = out
    if isinstance(out, DeviceArray):
        return out
    for array in arrays:
        if isinstance(array, DeviceArray) and result is array._host:
            return array
    return wrapped(machine, result)


def _arrays(value: Any) -> Iterator[DeviceArray | HostArray]:
    if isinstance(value, DeviceArray | np.ndarray):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _arrays(each)
    elif isinstance(value, dict):
        yield from _arrays(list(value.values()))

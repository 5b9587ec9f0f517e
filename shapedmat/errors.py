"""The exceptions that shapedmat raises.

::

    ShapedmatError
    ├── ShapeError      (also ValueError)    shapes that an operation cannot take
    ├── DTypeError      (also TypeError)     element types that an operation cannot take
    ├── DeviceError     (also RuntimeError)  data on another device, or a device that is not there
    │   └── DeviceMemoryError (also MemoryError) a device that has not enough memory left
    ├── BackendError    (also ValueError)    a backend that is unknown or cannot do what was asked
    ├── FileFormatError (also ValueError)    a file that is not what it should be
    ├── JitError        (also RuntimeError)  a function that cannot be compiled, or not for these arguments
    └── AnnotationError (also ValueError)    an annotation that cannot be read

Each message is one sentence that says what was given and what was wanted, or what to do.
"""


class ShapedmatError(Exception):
    """The base of every exception that this package raises on purpose."""


class ShapeError(ShapedmatError, ValueError):
    """Shapes do not fit the operation."""


class DTypeError(ShapedmatError, TypeError):
    """Element types do not fit the operation."""


class DeviceError(ShapedmatError, RuntimeError):
    """Data lives on another device, or the device is not available."""


class DeviceMemoryError(DeviceError, MemoryError):
    """A device has not enough memory left for what was asked of it."""


class BackendError(ShapedmatError, ValueError):
    """The backend is unknown, or cannot do what was asked."""


class FileFormatError(ShapedmatError, ValueError):
    """A file is truncated, too large, or not in the format that was expected."""


class AnnotationError(ShapedmatError, ValueError):
    """An annotation is malformed."""


class JitError(ShapedmatError, RuntimeError):
    """A function does what cannot be compiled, or its arguments cannot be those of a compiled function."""

"""Streams: work of one program that a GPU may do at the same time."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from shapedmat import backends
from shapedmat.errors import DeviceError


class Stream:
    """A queue of work on a device: what is put on one stream is done in its order, on different streams in any.

    Within a ``with`` block, what this thread computes on the device goes to the stream; on other devices and in other
    threads it goes where it went before.

    >>> import numpy as np
    >>> from shapedmat import Matrix
    >>> a, b = Matrix.ones(2, 2), Matrix.ones(2, 2)
    >>> with Stream(a.device):
    ...     squared = a @ a
    >>> with Stream(b.device):  # on a GPU, perhaps at the same time
    ...     doubled = b + b
    >>> (squared + doubled).sum()  # waits for both
    np.float32(16.0)

    Ordered without being asked, on the device, while the host goes on:

    * Each matrix is read after it was written, and written after it was read, whichever streams do so: the stream that
      uses it waits for the work on the others that is there by then. That holds for views, too, for a matrix that is
      moved to another GPU, and for memory that is freed and used again.
    * A new stream begins after what is on the device's default stream, where all work goes that is in no block.
    * A matrix that another library takes over by ``from_dlpack`` is ready on the stream that the library names; an
      array that is made a matrix is taken to be ready on the stream that is current.

    Waited for by the host: what brings numbers to it, as ``.numpy()``, ``float`` and printing, waits for the matrix.

    To be ordered by you: what another library or CuPy itself does later to memory that it shares with a matrix, and
    what you measure, by `synchronize` or `Stream.synchronize`; two threads that write one matrix; and all that has an
    effect beside matrices, by `wait_for`.

    On the CPU an operation has ended when it returns: a stream there does nothing.

    Args:
        device: "cpu", "cuda" or "cuda:1"; without it, where the backend computes that is chosen.

    Raises:
        DeviceError: the name is not a device's, or there is no such device.
        BackendError: cupy is not installed.
    """

    def __init__(self, device: str | None = None) -> None:
        kind, number = backends.parse_device(backends.current().device_type if device is None else device)
        self._device = f"{kind}:{number}" if kind == "cuda" else kind
        self._queue = backends.get("cupy").stream(number) if kind == "cuda" else None

    def __repr__(self) -> str:
        return f"Stream({self._device!r})"

    @property
    def device(self) -> str:
        """The device whose work it is: "cpu", or "cuda:0" and so on."""
        return self._device

    def __enter__(self) -> Self:
        if self._queue is not None:
            self._queue.enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._queue is not None:
            self._queue.leave()

    def wait_for(self, other: Stream) -> None:
        """Let what comes on this stream wait for all that is on another one now; the host does not wait.

        Raises:
            DeviceError: one is on the CPU and the other on a GPU.
        """
        if (self._queue is None) != (other._queue is None):
            raise DeviceError(
                f"a stream on {self.device} cannot wait for one on {other.device}: "
                "the CPU waits by synchronize(), and a GPU need not wait for the CPU"
            )
        if self._queue is not None:
            self._queue.wait_for(other._queue)

    def synchronize(self) -> None:
        """Wait until all work on the stream is done."""
        if self._queue is not None:
            self._queue.synchronize()

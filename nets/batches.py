"""Images and labels as the matrices that a network takes: one column an image, and one-hot codes of the labels."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeAlias, TypeVar

import numpy as np

from nets.data import Images, Labels
from shapedmat import Matrix, MiniBatchLoop, backends

Real = TypeVar("Real", np.float32, np.float64)

Places: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]
"""Numbers of images, or of the bytes at which they begin, of shape `(images,)`."""

Step: TypeAlias = Callable[[Any, Matrix[Any, Any, Any], Matrix[Any, Any, Any], float], Any]
"""Trains a network on the images x of shape (784, batch) and the codes y of shape (10, batch), and returns the loss."""

CLASSES: Final = 10
"""How many classes there are, and so rows in a one-hot code."""


@dataclass(frozen=True, slots=True)
class Batch(Generic[Real]):
    """Some images and their labels.

    Attributes:
        x: The images, of shape (height * width, batch), values 0 to 1.
        y: The one-hot codes of their labels, of shape (10, batch).
    """

    x: Matrix[Real, Any, Any]
    y: Matrix[Real, Any, Any]


@dataclass(frozen=True, slots=True)
class CompiledEpochs:
    """A step of training that machine code takes for one mini-batch after the other.

    Attributes:
        drawn: draws where the windows of an epoch begin, and their images' numbers.
        loop: the step with the loop around it.
        windows: every piece of the framed images that is as long as an image, as bytes, where the network lies.
        codes: the one-hot codes of the images' labels, likewise.
        batch_size: the most images in a mini-batch.
    """

    drawn: Callable[[np.random.Generator], tuple[Places, Places]]
    loop: MiniBatchLoop[Any]
    windows: Matrix[np.uint8, Any, Any]
    codes: Matrix[Any, Any, Any]
    batch_size: int

    def epoch(
        self,
        network: Any,
        rng: np.random.Generator,
        learning_rates: Sequence[float],
        notice: Callable[[int, np.ndarray[Any, np.dtype[Any]]], None],
    ) -> np.ndarray[Any, np.dtype[Any]]:
        """Train a network on every image once, and return the loss of each mini-batch.

        It ends behind a mini-batch whose loss is not a finite number.

        Args:
            network: what is trained, the first argument of the step.
            rng: what the order of the images, and how they are moved, is drawn from.
            learning_rates: the learning rate of each mini-batch.
            notice: called about ten times a second with the number of mini-batches and their losses so far.

        Raises:
            JitError: the step cannot be compiled.
        """
        orders = self.drawn(rng)
        losses: np.ndarray[Any, np.dtype[Any]]
        losses = self.loop.run(
            network, [self.windows, self.codes], orders, self.batch_size, [learning_rates], notice=notice
        )
        return losses


class TrainingBatches(Generic[Real]):
    """Shuffled mini-batches of images, each image moved at random.

    Moving a training image by a few pixels, and filling the background that comes in with 0, is the usual augmentation
    for handwritten digits (LeCun et al., "Gradient-based learning applied to document recognition", 1998).

    Attributes:
        images_count: How many images there are in an epoch.
        batches_count: How many mini-batches there are in an epoch; the last one may be smaller.
    """

    def __init__(
        self, images: Images, labels: Labels, *, batch_size: int, shift: int, dtype: type[Real], device: str = "cpu"
    ) -> None:
        """Prepare images, which are copied once as the bytes that they are.

        Args:
            images: Images of shape (n, height, width).
            labels: Their classes, of shape (n,).
            batch_size: The most images in a mini-batch.
            shift: The most pixels by which an image is moved up, down, left or right.
            dtype: The element type of the matrices.
            device: Where the matrices shall lie.
        """
        count, height, width = images.shape
        self.images_count = count
        self.batches_count = -(-count // batch_size)
        self._batch_size = batch_size
        self._moves = 2 * shift + 1
        self._device = device
        self._codes: np.ndarray[Any, np.dtype[Real]] = np.eye(CLASSES, dtype=dtype)[labels]
        self._dtype: type[Real] = dtype
        self._size = height, width
        # Each image gets a frame of zeros. A window, as many framed rows as an image has, is one piece of memory, so
        # that a batch is gathered by one copy an image; where the window begins says how the image is moved. The last
        # one reaches past the last frame.
        self._row_bytes = width + 2 * shift
        self._image_bytes = (height + 2 * shift) * self._row_bytes
        framed = np.zeros(count * self._image_bytes + 2 * shift, np.uint8)
        frames = framed[: count * self._image_bytes].reshape(count, -1, self._row_bytes)
        frames[:, shift : shift + height, shift : shift + width] = images
        self._framed = framed
        self._windows = np.lib.stride_tricks.sliding_window_view(framed, height * self._row_bytes)
        down, right = np.divmod(np.arange(height * width), width)
        self._pixels: list[int] = (down * self._row_bytes + right).tolist()

    def epoch(self, rng: np.random.Generator) -> Iterator[Batch[Real]]:
        """Yield every image once, in an order and moved by distances that are drawn first."""
        starts, order = self._drawn(rng)
        for first in range(0, self.images_count, self._batch_size):
            batch = slice(first, first + self._batch_size)
            yield self._gather(starts[batch], order[batch])

    def compiled(self, step: Step, *, threads: int) -> CompiledEpochs:
        """Return a step of training with the loop around it in machine code.

        Its mini-batches are those of `epoch` for the same state of the generator.

        Args:
            step: The step.
            threads: How many threads share its work.
        """

        def train(network: Any, windows: Matrix[Any, Any, Any], codes: Matrix[Real, Any, Any], rate: float) -> Any:
            pixels = windows[:, self._pixels]
            return step(network, (pixels.astype(self._dtype) * (1 / 255)).T, codes.T, rate)

        loop = MiniBatchLoop(train, threads=threads)
        codes = Matrix.from_array(self._codes).to(self._device)
        return CompiledEpochs(self._drawn, loop, self._windows_on_device(), codes, self._batch_size)

    def _windows_on_device(self) -> Matrix[np.uint8, Any, Any]:
        if self._device == "cpu":
            return Matrix.from_array(self._windows)
        # The windows overlap: what moves is the memory that they are views of.
        xp = backends.get("cupy").namespace
        framed = xp.from_dlpack(Matrix.from_array(self._framed[None, :]).to(self._device))[0]
        windows = xp.lib.stride_tricks.as_strided(framed, self._windows.shape, self._windows.strides)
        return Matrix.from_array(windows)

    def _drawn(self, rng: np.random.Generator) -> tuple[Places, Places]:
        """Draw where the windows of an epoch begin, and their images' numbers."""
        order = rng.permutation(self.images_count)
        starts = order * self._image_bytes
        if self._moves > 1:
            down, right = rng.integers(self._moves, size=(2, self.images_count))
            starts += down * self._row_bytes + right
        return starts, order

    def _gather(self, starts: Places, numbers: Places) -> Batch[Real]:
        height, width = self._size
        pixels = self._windows[starts].reshape(-1, height, self._row_bytes)[:, :, :width]
        x = np.divide(pixels, 255, dtype=self._dtype).reshape(-1, height * width)
        return _batch(Matrix.from_array(x), Matrix.from_array(self._codes[numbers]), self._device)


def in_order(
    images: Images, labels: Labels, *, batch_size: int, dtype: type[Real], device: str = "cpu"
) -> Iterator[Batch[Real]]:
    """Yield images as they are, in their order; the last batch may be smaller."""
    codes = np.eye(CLASSES, dtype=dtype)
    for first in range(0, len(images), batch_size):
        batch = slice(first, first + batch_size)
        x = np.divide(images[batch], 255, dtype=dtype).reshape(len(images[batch]), -1)
        yield _batch(Matrix.from_array(x), Matrix.from_array(codes[labels[batch]]), device)


def _batch(rows: Matrix[Real, Any, Any], codes: Matrix[Real, Any, Any], device: str) -> Batch[Real]:
    """Return rows of pixels, and codes, as columns on a device; on the CPU, they share memory."""
    return Batch(rows.to(device).T, codes.to(device).T)

"""nets.batches turns images into columns, every image once an epoch, moved as far as it was told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nets.batches import TrainingBatches, in_order
from nets.data import Images, Labels

SIDE = 28


def random_images(count: int) -> Images:
    """Return random images."""
    return np.random.default_rng(0).integers(1, 256, (count, SIDE, SIDE), dtype=np.uint8)


def labels_of(count: int) -> Labels:
    """Return the labels 0, 1, 2 and so on, from 0 again after 9."""
    return np.arange(count, dtype=np.uint8) % np.uint8(10)


def batches_of(images: Images, *, batch_size: int = 4, shift: int = 0) -> TrainingBatches[np.float32]:
    """Return batches of images with the labels 0, 1, 2 and so on."""
    return TrainingBatches(images, labels_of(len(images)), batch_size=batch_size, shift=shift, dtype=np.float32)


def epoch_of(batches: TrainingBatches[np.float32], seed: int = 0) -> tuple[Images, Labels]:
    """Return the images, as bytes again, and the labels of an epoch in their order."""
    drawn = list(batches.epoch(np.random.default_rng(seed)))
    x = np.concatenate([each.x.numpy().T for each in drawn])
    labels = np.concatenate([each.y.numpy().argmax(axis=0) for each in drawn]).astype(np.uint8)
    return np.rint(x * 255).astype(np.uint8).reshape(-1, SIDE, SIDE), labels


def moved(image: np.ndarray[tuple[int, int], np.dtype[np.uint8]], down: int, right: int, shift: int) -> bytes:
    """Return the bytes of an image moved down and right, by way of a frame of zeros."""
    framed = np.roll(np.pad(image, shift), (down, right), axis=(0, 1))
    return framed[shift : shift + SIDE, shift : shift + SIDE].tobytes()


def test_batch_has_an_image_a_column() -> None:
    """The pixels of an image stand in a column, row after row, as fractions of 255."""
    images = random_images(1)
    batch = next(batches_of(images).epoch(np.random.default_rng(0)))
    assert (images.reshape(784, 1) / np.float32(255)).tolist() == batch.x.numpy().tolist()


def test_label_is_one_hot() -> None:
    """The column of a label holds a 1 in its row and 0 elsewhere."""
    batch = next(in_order(random_images(3), np.array([2, 0, 9], np.uint8), batch_size=3, dtype=np.float64))
    assert np.eye(10)[:, [2, 0, 9]].tolist() == batch.y.numpy().tolist()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_batch_has_the_element_type(dtype: Any) -> None:
    """Images and codes have the element type that was asked for."""
    batches = TrainingBatches(random_images(2), labels_of(2), batch_size=2, shift=1, dtype=dtype)
    batch = next(batches.epoch(np.random.default_rng(0)))
    assert (dtype, dtype) == (batch.x.dtype, batch.y.dtype)


def test_last_batch_holds_the_rest() -> None:
    """Ten images in batches of four are two whole batches and one of two."""
    batches = batches_of(random_images(10))
    assert [4, 4, 2] == [each.x.cols for each in batches.epoch(np.random.default_rng(0))]


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (4, 1), (5, 2), (8, 2)])
def test_number_of_batches_is_known(count: int, expected: int) -> None:
    """A part of a batch counts as a batch."""
    assert expected == batches_of(random_images(count)).batches_count


def test_epoch_holds_every_image_once() -> None:
    """Shuffling drops no image and doubles none."""
    images = random_images(23)
    seen, _ = epoch_of(batches_of(images))
    assert sorted(image.tobytes() for image in images) == sorted(image.tobytes() for image in seen)


def test_images_keep_their_labels() -> None:
    """Image and label are shuffled together."""
    images = random_images(10)
    seen, labels = epoch_of(batches_of(images))
    assert images[labels].tolist() == seen.tolist()


def test_epochs_differ_in_order() -> None:
    """Each epoch is shuffled anew."""
    batches = batches_of(random_images(10))
    rng = np.random.default_rng(0)
    first, second = (np.concatenate([each.y.numpy() for each in batches.epoch(rng)], axis=1) for _ in range(2))
    assert first.tolist() != second.tolist()


def test_same_generator_gives_the_same_bits() -> None:
    """The order and the shifts depend on the generator only."""
    batches = batches_of(random_images(10), shift=2)
    assert epoch_of(batches, seed=5)[0].tobytes() == epoch_of(batches, seed=5)[0].tobytes()


@pytest.mark.parametrize("shift", [1, 3])
def test_images_are_moved_in_both_directions(shift: int) -> None:
    """Every image is the original moved by at most `shift` pixels each way, with zeros where nothing was."""
    images = random_images(10)
    distances = range(-shift, shift + 1)
    for image, label in zip(*epoch_of(batches_of(images, shift=shift)), strict=True):
        possible = {moved(images[label], down, right, shift) for down in distances for right in distances}
        assert image.tobytes() in possible


def test_all_moves_occur() -> None:
    """A shift of 1 has nine outcomes, and an image meets each of them."""
    images = random_images(1)
    batches = batches_of(images, shift=1)
    seen = {epoch_of(batches, seed)[0].tobytes() for seed in range(100)}
    distances = (-1, 0, 1)
    assert {moved(images[0], down, right, 1) for down in distances for right in distances} == seen


def test_batches_in_order_are_the_images_as_they_are() -> None:
    """Images to be classified are neither shuffled nor moved."""
    images = random_images(5)
    batches = list(in_order(images, labels_of(5), batch_size=2, dtype=np.float64))
    columns = np.concatenate([each.x.numpy() for each in batches], axis=1)
    assert (images.reshape(5, 784).T / 255).tolist() == columns.tolist()


@pytest.mark.cuda
def test_batches_are_moved_to_the_device() -> None:
    """Matrices lie where they were asked for."""
    pytest.importorskip("cupy")
    batches = TrainingBatches(random_images(2), labels_of(2), batch_size=2, shift=1, dtype=np.float32, device="cuda")
    batch = next(batches.epoch(np.random.default_rng(0)))
    assert ("cuda:0", "cuda:0") == (batch.x.device, batch.y.device)

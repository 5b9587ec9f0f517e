"""Images: colors, padding, filters, resizing, pyramids and connected regions."""

# mypy: disable-error-code="no-any-return"
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import jaxtyping as jt
import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

Image: TypeAlias = Float[np.ndarray, "h w c"]
Gray: TypeAlias = Float[np.ndarray, "h w"]
Color: TypeAlias = Float[np.ndarray, "h w 3"]
Bytes: TypeAlias = UInt8[np.ndarray, "h w 3"]

LUMA = np.array([0.299, 0.587, 0.114])


def to_float(image: UInt8[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Map bytes to numbers from 0 to 1."""
    return image.astype(np.float64) / 255.0


def to_bytes(image: Float[np.ndarray, "*shape"]) -> UInt8[np.ndarray, "*shape"]:
    """Map numbers from 0 to 1 to bytes."""
    return np.clip(np.round(image * 255.0), 0, 255).astype(np.uint8)


def to_gray(image: Color) -> Gray:
    """Weigh the colors as the eye does."""
    return image @ LUMA


def to_color(gray: Gray) -> Color:
    """Repeat the gray in each channel."""
    return np.repeat(gray[:, :, None], 3, axis=2)


def with_alpha(image: Color, alpha: Gray | None = None) -> Float[np.ndarray, "h w 4"]:
    """Add a channel of opacity."""
    h, w, _ = image.shape
    if alpha is None:
        alpha = np.ones((h, w))
    return np.dstack([image, alpha])


def blend(front: Float[np.ndarray, "h w 4"], back: Color) -> Color:
    """Put an image before another one."""
    color, alpha = front[..., :3], front[..., 3:]
    return alpha * color + (1.0 - alpha) * back


def convert_colors(image: Color, matrix: Float[np.ndarray, "3 3"]) -> Color:
    """Multiply each color by a matrix."""
    h, w, c = image.shape
    flat = image.reshape(-1, c)
    return (flat @ matrix.T).reshape(h, w, 3)


def standardize(image: Image) -> Image:
    """Give each channel mean 0 and deviation 1."""
    mean = image.mean(axis=(0, 1))
    deviation = image.std(axis=(0, 1))
    return (image - mean) / (deviation + 1e-8)


def pad(gray: Gray) -> Float[np.ndarray, "h+2 w+2"]:
    """Repeat the border once."""
    return np.pad(gray, 1, mode="edge")


def sobel(gray: Gray) -> tuple[Gray, Gray]:
    """Return the derivatives along the rows and along the columns."""
    padded = pad(gray)
    horizontal = padded[:, 2:] - padded[:, :-2]
    dx = horizontal[:-2] + 2.0 * horizontal[1:-1] + horizontal[2:]
    vertical = padded[2:, :] - padded[:-2, :]
    dy = vertical[:, :-2] + 2.0 * vertical[:, 1:-1] + vertical[:, 2:]
    return dx, dy


def gradient_magnitude(gray: Gray) -> Gray:
    """Return how steep an image is."""
    return np.hypot(*sobel(gray))


def convolve(image: Image, kernel: Float[np.ndarray, "k k"]) -> Float[np.ndarray, "h-k+1 w-k+1 c"]:
    """Weigh each window of an image by a kernel."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape, axis=(0, 1))
    return np.einsum("hwcij,ij->hwc", windows, kernel)


def gaussian_kernel(radius: int, sigma: float) -> Float[np.ndarray, "k k"]:
    """Return the outer product of two sampled normal distributions."""
    x = np.arange(-radius, radius + 1)
    kernel = np.exp(-0.5 * (x / sigma) ** 2)
    kernel = np.outer(kernel, kernel)
    return kernel / kernel.sum()


def downsample(image: Image) -> Float[np.ndarray, "h//2 w//2 c"]:
    """Average blocks of 2 x 2, dropping an odd row and column."""
    h, w, c = image.shape
    even = image[: h // 2 * 2, : w // 2 * 2]
    return even.reshape(h // 2, 2, w // 2, 2, c).mean(axis=(1, 3))


def upsample(image: Image) -> Float[np.ndarray, "2*h 2*w c"]:
    """Repeat each pixel."""
    return image.repeat(2, axis=0).repeat(2, axis=1)


def pyramid(image: Float[np.ndarray, "_ _ c"], levels: int) -> Iterator[Float[np.ndarray, "_ _ c"]]:
    """Yield an image at smaller and smaller sizes."""
    for _ in range(levels):
        yield image
        image = downsample(image)


def histogram(image: UInt8[np.ndarray, "h w c"]) -> Int[np.ndarray, "c 256"]:
    """Count the values of each channel."""
    counts = np.zeros((image.shape[-1], 256), dtype=np.int64)
    for channel in range(image.shape[-1]):
        counts[channel] = np.bincount(image[:, :, channel].ravel(), minlength=256)
    return counts


def equalize(image: UInt8[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w"]:
    """Spread the grays evenly, by a table."""
    counts = np.bincount(image.ravel(), minlength=256)[:256]
    table = np.floor(255.0 * counts.cumsum() / image.size).astype(np.uint8)
    return table[image]


def threshold(gray: Gray, level: float | None = None) -> Bool[np.ndarray, "h w"]:
    """Say which pixels are bright."""
    if level is None:
        level = float(gray.mean())
    return gray > level


def recolored(image: Color, mask: Bool[np.ndarray, "h w"], color: Float[np.ndarray, " 3"]) -> Color:
    """Paint the pixels of a mask."""
    return np.where(mask[..., None], color, image)


def mask_to_box(mask: jt.Bool[np.ndarray, "h w"]) -> jt.Int[np.ndarray, " 4"]:
    """Return the box around the pixels of a mask."""
    rows = np.flatnonzero(mask.any(axis=1))
    columns = np.flatnonzero(mask.any(axis=0))
    return np.array([rows[0], columns[0], rows[-1] + 1, columns[-1] + 1])


def bilinear(gray: Gray, ys: Float[np.ndarray, " n"], xs: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Look up an image between its pixels."""
    h, w = gray.shape
    y0 = np.clip(np.floor(ys).astype(int), 0, h - 2)
    x0 = np.clip(np.floor(xs).astype(int), 0, w - 2)
    dy, dx = ys - y0, xs - x0
    top = gray[y0, x0] * (1.0 - dx) + gray[y0, x0 + 1] * dx
    bottom = gray[y0 + 1, x0] * (1.0 - dx) + gray[y0 + 1, x0 + 1] * dx
    return top * (1.0 - dy) + bottom * dy


def pixel_grid(h: int, w: int) -> Float[np.ndarray, "{h}*{w} 2"]:
    """Return the coordinates of all pixels, row by row."""
    ys, xs = np.meshgrid(np.arange(h, dtype=float), np.arange(w, dtype=float), indexing="ij")
    return np.stack([ys.ravel(), xs.ravel()], axis=1)


def warp(gray: Gray, inverse: Callable[[Float[np.ndarray, "p 2"]], Float[np.ndarray, "p 2"]]) -> Gray:
    """Move the pixels of an image by a function from new places to old ones."""
    sources = inverse(pixel_grid(*gray.shape))
    return bilinear(gray, sources[:, 0], sources[:, 1]).reshape(gray.shape)


def mosaic(images: Float[np.ndarray, "rows columns h w c"]) -> Float[np.ndarray, "rows*h columns*w c"]:
    """Put images beside and below each other."""
    rows, columns, h, w, c = images.shape
    return images.transpose(0, 2, 1, 3, 4).reshape(rows * h, columns * w, c)


def main() -> None:
    """Run everything once."""
    rng = np.random.default_rng(2)
    raw = rng.integers(0, 256, size=(10, 14, 3), dtype=np.uint8)
    image = to_float(raw)
    assert np.array_equal(to_bytes(image), raw)
    gray = to_gray(image)
    assert np.allclose(to_gray(to_color(gray)), gray)
    assert np.allclose(blend(with_alpha(image), np.zeros_like(image)), image)
    assert np.allclose(blend(with_alpha(image, np.zeros((10, 14))), image / 2), image / 2)
    assert np.allclose(convert_colors(image, np.eye(3)), image)
    assert np.allclose(standardize(image).std(axis=(0, 1)), 1.0)

    ramp = np.arange(10.0)[:, None] * np.ones((1, 14))
    dx, dy = sobel(ramp)
    assert np.allclose(dx, 0.0)
    assert np.allclose(dy[1:-1], 8.0)
    assert gradient_magnitude(gray).shape == (10, 14)
    assert np.allclose(convolve(np.ones((10, 14, 2)), gaussian_kernel(1, 1.0)), 1.0)
    assert np.allclose(downsample(upsample(image)), image)
    assert [level.shape for level in pyramid(image, 3)] == [(10, 14, 3), (5, 7, 3), (2, 3, 3)]

    assert (histogram(raw).sum(axis=1) == 140).all()
    assert equalize(raw[:, :, 0]).max() == 255
    mask = threshold(gray)
    red = recolored(image, mask, np.array([1.0, 0.0, 0.0]))
    assert (red[mask][:, 1] == 0.0).all()
    assert threshold(gray, 2.0).sum() == 0
    assert mask_to_box(ramp > 5.0).tolist() == [6, 0, 10, 14]
    assert np.allclose(bilinear(ramp, np.array([1.5, 2.0]), np.array([3.0, 12.5])), [1.5, 2.0])
    assert np.allclose(warp(gray, lambda places: places), gray)
    assert mosaic(np.stack([np.stack([image] * 5)] * 2)).shape == (20, 70, 3)

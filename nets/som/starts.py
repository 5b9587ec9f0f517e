"""Codebooks to begin training with, on the device and of the element type of the samples."""

from __future__ import annotations

from typing import Any, TypeVar
from typing import Literal as L

import numpy as np

from nets.som.topologies import Topology
from shapedmat import Matrix

Real = TypeVar("Real", bound=np.floating[Any])
Neurons = TypeVar("Neurons", bound=int)
Features = TypeVar("Features", bound=int)
Samples = TypeVar("Samples", bound=int)


def random_codebook(
    topology: Topology[Neurons, Any], samples: Matrix[Real, Any, Features], *, seed: int = 0
) -> Matrix[Real, Neurons, Features]:
    """Return vectors drawn evenly between the smallest and the largest value of each feature.

    Missing features, NaN, are left out.

    Raises:
        ValueError: there are no samples, or a feature is missing in all of them.
    """
    x = _with_samples(samples)
    lowest, highest = np.nanmin(x, axis=0), np.nanmax(x, axis=0)
    drawn = np.random.default_rng(seed).uniform(lowest, highest, (topology.neurons, x.shape[1]))
    return _like(samples, drawn)


def sampled_codebook(
    topology: Topology[Neurons, Any], samples: Matrix[Real, Any, Features], *, seed: int = 0
) -> Matrix[Real, Neurons, Features]:
    """Return samples drawn at random, none twice unless there are more neurons than samples.

    In the place of a missing feature, NaN, is its mean.

    Raises:
        ValueError: there are no samples, or a feature is missing in all of them.
    """
    x = _with_samples(samples)
    drawn = x[np.random.default_rng(seed).choice(len(x), topology.neurons, replace=topology.neurons > len(x))]
    return _like(samples, np.where(np.isnan(drawn), np.nanmean(x, axis=0), drawn))


def principal_codebook(
    topology: Topology[Neurons, Any],
    samples: Matrix[Real, Samples, Features],
    *,
    weights: Matrix[Real, Samples, L[1]] | None = None,
) -> Matrix[Real, Neurons, Features]:
    """Return the latent coordinates laid out along the principal components of the samples.

    The latent dimension with the widest spread goes along the first component, and so on; each goes as far as two
    standard deviations of its component, from −2 to 2 (Kohonen, "Self-Organizing Maps", chapter 3.6.2). Latent
    dimensions beyond the number of components are ignored. In the place of a missing feature, NaN, is its mean.

    Args:
        topology: where the neurons lie.
        samples: of shape (samples, features).
        weights: of shape (samples, 1), how much each sample counts; a sample of weight 2 is as good as two.

    Raises:
        ValueError: there are no samples, or a feature is missing in all of them.
    """
    x = _with_samples(samples).astype(np.float64)
    v = np.ones((len(x), 1)) if weights is None else weights.numpy().astype(np.float64)
    known = ~np.isnan(x)
    counts = (v * known).sum(axis=0)
    mean = np.where(known, v * np.nan_to_num(x), 0).sum(axis=0) / np.where(counts > 0, counts, 1)
    deviations, components = _principal_components(np.sqrt(v / v.sum()) * np.where(known, x - mean, 0))
    latent = topology.positions.numpy()
    middle, reach = (latent.max(axis=0) + latent.min(axis=0)) / 2, np.ptp(latent, axis=0) / 2
    used = min(latent.shape[1], len(components))
    widest = np.argsort(-reach, kind="stable")[:used]
    scaled = (latent - middle)[:, widest] / np.where(reach > 0, reach, 1)[widest]
    return _like(samples, mean + 2 * (scaled * deviations[:used]) @ components[:used])


def _principal_components(
    centred: np.ndarray[Any, np.dtype[np.float64]],
) -> tuple[np.ndarray[Any, np.dtype[np.float64]], np.ndarray[Any, np.dtype[np.float64]]]:
    """Return the deviations along the principal components, the largest first, and those, one a row.

    The smaller of the two matrices of products, of features or of samples, is taken apart. The largest element of each
    component is positive, so that they do not depend on the way.
    """
    by_features = centred.shape[1] <= len(centred)
    values, vectors = np.linalg.eigh(centred.T @ centred if by_features else centred @ centred.T)
    deviations = np.sqrt(values[::-1].clip(min=0))
    components = vectors[:, ::-1].T
    if not by_features:
        components = components @ centred / np.where(deviations > 0, deviations, 1)[:, None]
    largest = np.take_along_axis(components, np.abs(components).argmax(axis=1)[:, None], axis=1)
    return deviations, components * np.where(largest < 0, -1.0, 1.0)


def _with_samples(samples: Matrix[Any, Any, Any]) -> np.ndarray[Any, np.dtype[Any]]:
    x = samples.numpy()
    if not len(x):
        raise ValueError("there are no samples to make a codebook of")
    missing = np.isnan(x).all(axis=0)
    if missing.any():
        raise ValueError(f"feature {int(np.argmax(missing))} is missing in all samples: leave the column out")
    return x


def _like(samples: Matrix[Real, Any, Features], codebook: np.ndarray[Any, Any]) -> Matrix[Real, Any, Features]:
    return Matrix.from_array(codebook.astype(samples.dtype)).to(samples.device)

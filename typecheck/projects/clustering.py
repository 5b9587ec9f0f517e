"""Clustering: k-means, mixtures, silhouettes, spectral embedding and linkage."""

# mypy: disable-error-code="no-any-return"
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

Metric = Callable[[Float[np.ndarray, "n d"], Float[np.ndarray, "k d"]], Float[np.ndarray, "n k"]]


def euclidean(x: Float[np.ndarray, "n d"], centers: Float[np.ndarray, "k d"]) -> Float[np.ndarray, "n k"]:
    """Return the distances of points and centers."""
    return np.linalg.norm(x[:, None] - centers[None], axis=-1)


def cosine(x: Float[np.ndarray, "n d"], centers: Float[np.ndarray, "k d"]) -> Float[np.ndarray, "n k"]:
    """Return one minus the cosines of the angles."""
    x_unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    centers_unit = centers / np.linalg.norm(centers, axis=1)[:, np.newaxis]
    return 1.0 - x_unit @ centers_unit.T


def one_hot(labels: Int[np.ndarray, " n"], k: int) -> Float[np.ndarray, "n {k}"]:
    """Write each label as a row of zeros and a one."""
    encoded = np.zeros((labels.shape[0], k))
    encoded[np.arange(labels.shape[0]), labels] = 1.0
    return encoded


def group_sums(values: Float[np.ndarray, "n d"], groups: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "k d"]:
    """Add up the rows of each group."""
    return groups.T @ values


def group_means(x: Float[np.ndarray, "n d"], labels: Int[np.ndarray, " n"], k: int) -> Float[np.ndarray, "{k} d"]:
    """Average the rows of each group."""
    groups = one_hot(labels, k)
    counts = groups.sum(axis=0)
    return group_sums(x, groups) / np.maximum(counts, 1.0)[:, None]


def plus_plus(x: Float[np.ndarray, "n d"], k: int, rng: np.random.Generator) -> Float[np.ndarray, "{k} d"]:
    """Choose first centers that are far from each other."""
    n, d = x.shape
    centers = np.empty((k, d))
    centers[0] = x[rng.integers(n)]
    for i in range(1, k):
        nearest = euclidean(x, centers[:i]).min(axis=1)
        weights = nearest**2 / np.sum(nearest**2)
        centers[i] = x[rng.choice(n, p=weights)]
    return centers


@dataclass
class KMeans:
    """Centers, and the metric in which they are near."""

    centers: Float[np.ndarray, "k d"]
    metric: Metric = euclidean

    def assign(self, x: Float[np.ndarray, "n d"]) -> Int[np.ndarray, " n"]:
        """Return the nearest center of each point."""
        return np.argmin(self.metric(x, self.centers), axis=1)

    def inertia(self, x: Float[np.ndarray, "n d"]) -> float:
        """Return the sum of squared distances to the nearest centers."""
        return float((self.metric(x, self.centers).min(axis=1) ** 2).sum())

    def fit(self, x: Float[np.ndarray, "n d"], steps: int = 50) -> "KMeans":
        """Move the centers until nothing changes."""
        for _ in range(steps):
            labels = self.assign(x)
            moved = self.centers.copy()
            for j in range(len(self.centers)):
                members = x[labels == j]
                if len(members) > 0:
                    moved[j] = members.mean(axis=0)
            done = bool(np.allclose(moved, self.centers))
            self.centers = moved
            if done:
                break
        return self


@dataclass(frozen=True)
class Mixture:
    """Normal distributions with weights."""

    weights: Float[np.ndarray, " k"]
    means: Float[np.ndarray, "k d"]
    covariances: Float[np.ndarray, "k d d"]

    def log_densities(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n k"]:
        """Return the logarithm of each component's density at each point."""
        deviations = x[:, None, :] - self.means
        precisions = np.linalg.inv(self.covariances)
        squares = np.einsum("nkd,kde,nke->nk", deviations, precisions, deviations)
        _, log_volumes = np.linalg.slogdet(self.covariances)
        return np.log(self.weights) - 0.5 * (squares + log_volumes + x.shape[1] * np.log(2.0 * np.pi))

    def responsibilities(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n k"]:
        """Return how likely each point belongs to each component."""
        logs = self.log_densities(x)
        logs -= logs.max(axis=1, keepdims=True)
        likely = np.exp(logs)
        return likely / likely.sum(axis=1, keepdims=True)

    def maximized(self, x: Float[np.ndarray, "n d"]) -> "Mixture":
        """Return the mixture after one step of expectation maximization."""
        r = self.responsibilities(x)
        totals = r.sum(axis=0)
        means = (r.T @ x) / totals[:, None]
        deviations = x[None, :, :] - means[:, None, :]
        covariances = np.einsum("nk,knd,kne->kde", r, deviations, deviations) / totals[:, None, None]
        return Mixture(totals / len(x), means, covariances + 1e-6 * np.eye(x.shape[1]))


def silhouettes(x: Float[np.ndarray, "n d"], labels: Int[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Return how much nearer each point is to its own cluster than to the next one."""
    k = int(labels.max()) + 1
    groups = one_hot(labels, k)
    sums = euclidean(x, x) @ groups
    counts = groups.sum(axis=0)
    own = groups.astype(bool)
    inside = sums[own] / np.maximum(counts[labels] - 1.0, 1.0)
    outside = np.where(own, np.inf, sums / counts).min(axis=1)
    return (outside - inside) / np.maximum(inside, outside)


def confusion(a: Int[np.ndarray, " n"], b: Int[np.ndarray, " n"]) -> Int[np.ndarray, "k l"]:
    """Count the pairs of labels."""
    table = np.zeros((a.max() + 1, b.max() + 1), dtype=np.int64)
    np.add.at(table, (a, b), 1)
    return table


def same_cluster(labels: Int[np.ndarray, " n"]) -> Bool[np.ndarray, "n n"]:
    """Say which points have the same label."""
    return labels[:, None] == labels[None, :]


def spectral_embedding(affinity: Float[np.ndarray, "n n"], dimensions: int) -> Float[np.ndarray, "n {dimensions}"]:
    """Return coordinates in which points that are connected lie near each other."""
    degrees = affinity.sum(axis=1)
    scale = 1.0 / np.sqrt(degrees)
    laplacian = np.eye(len(affinity)) - scale[:, None] * affinity * scale
    _, vectors = np.linalg.eigh(laplacian)
    embedding = vectors[:, :dimensions]
    return embedding / np.linalg.norm(embedding, axis=1, keepdims=True)


def principal_components(
    x: Float[np.ndarray, "n d"], count: int
) -> tuple[Float[np.ndarray, "n {count}"], Float[np.ndarray, "{count} d"]]:
    """Return the coordinates of points along the directions in which they spread most, and the directions."""
    centered = x - x.mean(axis=0)
    _, _, vt = np.linalg.svd(centered, full_matrices=False)
    directions = vt[:count]
    return centered @ directions.T, directions


def agglomerate(distances: Float[np.ndarray, "n n"], k: int) -> Int[np.ndarray, " n"]:
    """Join the two nearest clusters until k are left, by single linkage."""
    labels = np.arange(distances.shape[0])
    while len(np.unique(labels)) > k:
        apart = np.where(same_cluster(labels), np.inf, distances)
        i, j = np.unravel_index(np.argmin(apart), apart.shape)
        labels = np.where(labels == labels[j], labels[i], labels)
    return np.unique(labels, return_inverse=True)[1]


def main() -> None:
    """Run everything once."""
    rng = np.random.default_rng(6)
    corners = np.array([[0.0, 5.0], [5.0, 0.0], [9.0, 9.0]])
    truth = np.repeat(np.arange(3), 8)
    x = corners[truth] + 0.3 * rng.normal(size=(24, 2))
    assert np.allclose(np.diag(cosine(x, x)), 0.0)

    model = KMeans(plus_plus(x, 3, rng)).fit(x)
    labels = model.assign(x)
    assert (same_cluster(labels) == same_cluster(truth)).all()
    assert model.inertia(x) < 24.0
    assert np.allclose(group_means(x, labels, 3), model.centers)
    assert (np.sort(confusion(labels, truth).max(axis=0)) == 8).all()
    assert KMeans(corners, cosine).assign(corners).tolist() == [0, 1, 2]
    assert silhouettes(x, labels).min() > 0.8

    mixture = Mixture(np.full(3, 1.0 / 3.0), model.centers, np.tile(np.eye(2), (3, 1, 1)))
    for _ in range(5):
        mixture = mixture.maximized(x)
    assert (mixture.responsibilities(x).argmax(axis=1) == labels).all()
    assert np.isclose(mixture.weights.sum(), 1.0)

    distances = euclidean(x, x)
    embedding = spectral_embedding(np.exp(-(distances**2)), 3)
    assert np.allclose(np.linalg.norm(embedding, axis=1), 1.0)
    coordinates, directions = principal_components(x, 1)
    assert np.allclose(directions @ directions.T, 1.0)
    assert coordinates.shape == (24, 1)
    assert (agglomerate(distances, 3) == truth).all()

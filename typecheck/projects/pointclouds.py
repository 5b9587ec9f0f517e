"""Point clouds: neighbours, voxel grids, normals, and registration by iterated closest points."""

# mypy: disable-error-code="no-any-return"
from typing import NamedTuple, Optional, TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Float64, Int

Cloud: TypeAlias = Float[np.ndarray, "n 3"]
Vector: TypeAlias = Float[np.ndarray, "3"]


class Alignment(NamedTuple):
    """A rigid motion and what is left of the distances after it."""

    rotation: Float[np.ndarray, "3 3"]
    translation: Vector
    error: float


def centroid(points: Cloud) -> Vector:
    """Return the mean point."""
    return points.mean(axis=0)


def center(points: Cloud) -> tuple[Cloud, Vector]:
    """Return the points around their mean, and the mean."""
    mean = centroid(points)
    return points - mean, mean


def bounding_box(points: Cloud) -> Float[np.ndarray, "2 3"]:
    """Return the lowest and the highest corner."""
    return np.stack([points.min(axis=0), points.max(axis=0)])


def pairwise_distances(a: Float[np.ndarray, "n 3"], b: Float[np.ndarray, "m 3"]) -> Float[np.ndarray, "n m"]:
    """Return all distances between two clouds."""
    differences = a[:, None, :] - b[None, :, :]
    return np.sqrt((differences**2).sum(axis=-1))


def pairwise_distances_by_products(
    a: Float[np.ndarray, "n 3"], b: Float[np.ndarray, "m 3"]
) -> Float[np.ndarray, "n m"]:
    """Do the same in less memory."""
    squares = (a**2).sum(axis=1)[:, np.newaxis] - 2.0 * a @ b.T + (b**2).sum(axis=1)
    return np.sqrt(np.maximum(squares, 0.0))


def nearest_neighbours(
    queries: Float[np.ndarray, "q 3"], points: Cloud
) -> tuple[Int[np.ndarray, " q"], Float[np.ndarray, " q"]]:
    """Return the nearest point of each query, and how far it is."""
    distances = pairwise_distances(queries, points)
    nearest = np.argmin(distances, axis=1)
    return nearest, distances[np.arange(len(queries)), nearest]


def k_nearest(points: Cloud, k: int) -> Int[np.ndarray, "n k"]:
    """Return the k nearest other points of each point."""
    distances = pairwise_distances(points, points)
    np.fill_diagonal(distances, np.inf)
    return np.argsort(distances, axis=1)[:, :k]


def voxel_indices(points: Cloud, size: float, origin: Optional[Vector] = None) -> Int[np.ndarray, "n 3"]:  # noqa: UP045
    """Return the cell of a grid in which each point lies."""
    if origin is None:
        origin = points.min(axis=0)
    return np.floor((points - origin) / size).astype(np.int64)


def voxel_downsample(points: Cloud, size: float) -> Float[np.ndarray, "v 3"]:
    """Return the mean of the points in each cell."""
    if len(points) == 0:
        return np.empty((0, 3))
    cells, inverse = np.unique(voxel_indices(points, size), axis=0, return_inverse=True)
    sums = np.zeros((len(cells), 3))
    np.add.at(sums, inverse.reshape(-1), points)
    counts = np.bincount(inverse.reshape(-1), minlength=len(cells))
    return sums / counts[:, None]


def inside_box(points: Cloud, low: Vector, high: Vector) -> Bool[np.ndarray, " n"]:
    """Say which points lie in a box."""
    return np.all((points >= low) & (points <= high), axis=1)


def crop(points: Cloud, low: Vector, high: Vector) -> Float[np.ndarray, "m 3"]:
    """Keep the points in a box."""
    return points[inside_box(points, low, high)]


def normals(points: Cloud, k: int) -> Cloud:
    """Estimate the normal of a surface at each point: the direction in which the neighbours spread least."""
    neighbours = points[k_nearest(points, k)]
    deviations = neighbours - neighbours.mean(axis=1, keepdims=True)
    covariances = np.einsum("nki,nkj->nij", deviations, deviations) / k
    _, vectors = np.linalg.eigh(covariances)
    return vectors[:, :, 0]


def remove_outliers(points: Cloud, k: int, ratio: float = 2.0) -> Float[np.ndarray, "m 3"]:
    """Drop the points whose neighbours are far."""
    distances = np.sort(pairwise_distances(points, points), axis=1)[:, 1 : k + 1]
    spread = distances.mean(axis=1)
    keep: Bool[np.ndarray, " n"] = spread < spread.mean() + ratio * spread.std()
    return points[keep]


def kabsch(source: Cloud, target: Cloud) -> Alignment:
    """Return the motion that brings the source nearest to the target, row by row."""
    source_centered, source_mean = center(source)
    target_centered, target_mean = center(target)
    covariance = source_centered.T @ target_centered
    u, _, vt = np.linalg.svd(covariance)
    signs = np.ones(3)
    signs[2] = np.sign(np.linalg.det(vt.T @ u.T))
    rotation = vt.T @ np.diag(signs) @ u.T
    translation = target_mean - rotation @ source_mean
    residuals = target - (source @ rotation.T + translation)
    return Alignment(rotation, translation, float(np.sqrt((residuals**2).sum(axis=1).mean())))


def icp(source: Cloud, target: Float[np.ndarray, "m 3"], steps: int = 20) -> Cloud:
    """Move the source step by step towards the nearest points of the target."""
    moved = source.copy()
    for _ in range(steps):
        nearest, _ = nearest_neighbours(moved, target)
        step = kabsch(moved, target[nearest])
        moved = moved @ step.rotation.T + step.translation
        if step.error < 1e-9:
            break
    return moved


def colorize(points: Cloud, colors: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 6"]:
    """Write coordinates and colors into one table."""
    return np.hstack([points, colors])


def farthest_points(points: Cloud, count: int) -> Int[np.ndarray, " count"]:
    """Choose points that are far from each other."""
    chosen = np.zeros(count, dtype=np.int64)
    distances = np.full(points.shape[0], np.inf)
    for i in range(1, count):
        last = points[chosen[i - 1]]
        distances = np.minimum(distances, np.linalg.norm(points - last, axis=1))
        chosen[i] = np.argmax(distances)
    return chosen


def main() -> None:
    """Run everything once."""
    rng = np.random.default_rng(1)
    cloud = rng.uniform(size=(40, 3))
    other = rng.uniform(size=(25, 3))
    distances = pairwise_distances(cloud, other)
    assert np.allclose(distances, pairwise_distances_by_products(cloud, other))
    index, distance = nearest_neighbours(cloud, other)
    assert np.allclose(distance, distances.min(axis=1))
    assert index.max() < 25
    box = bounding_box(cloud)
    assert inside_box(cloud, box[0], box[1]).all()
    assert 0 < len(crop(cloud, box[0], box.mean(axis=0))) < 40

    assert voxel_indices(cloud, 0.5, np.zeros(3)).max() == 1
    assert len(voxel_downsample(cloud, 0.5)) <= 27
    assert voxel_downsample(cloud[:0], 0.5).shape == (0, 3)

    flat = cloud * np.array([1.0, 1.0, 0.0])
    assert np.allclose(np.abs(normals(flat, 6)), [0.0, 0.0, 1.0])
    with_outlier = np.vstack([cloud, np.full((1, 3), 50.0)])
    assert len(remove_outliers(with_outlier, 4)) == 40

    angle = 0.05
    turn = np.array([[np.cos(angle), -np.sin(angle), 0.0], [np.sin(angle), np.cos(angle), 0.0], [0.0, 0.0, 1.0]])
    target = cloud @ turn.T + 0.01
    aligned = kabsch(cloud, target)
    assert np.allclose(aligned.rotation, turn)
    assert aligned.error < 1e-9
    assert np.allclose(icp(cloud[:30], target), target[:30], atol=0.1)
    assert colorize(cloud, np.ones((40, 3))).shape == (40, 6)
    assert len(set(farthest_points(cloud, 7))) == 7


if __name__ == "__main__":
    main()

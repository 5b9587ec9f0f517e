"""Clustering by k-means: a class that is generic in the dimension, rows, distances, masks and stacks."""

from __future__ import annotations

from typing import Any, Generic, TypeVar
from typing import Literal as L

import numpy as np

from shapedmat import Matrix

f32 = np.float32
Points = TypeVar("Points", bound=int)
Dimension = TypeVar("Dimension", bound=int)


class KMeans(Generic[Dimension]):
    """Three centroids."""

    def __init__(self, centroids: Matrix[f32, L[3], Dimension]) -> None:
        self.centroids = centroids

    def distances(self, points: Matrix[f32, Points, Dimension]) -> Matrix[f32, Points, Any]:
        columns = [points.distances(centroid) for centroid in self.centroids]
        return columns[0].hstack(*columns[1:])

    def assign(self, points: Matrix[f32, Points, Dimension]) -> Matrix[np.int64, Points, L[1]]:
        return self.distances(points).argmin(axis=1)

    def update(self, points: Matrix[f32, Points, Dimension]) -> float:
        nearest = self.assign(points).numpy().reshape(-1)
        moved = 0.0
        for index in range(3):
            members = points[nearest == index]
            if len(members) == 0:
                continue
            center = members.mean(axis=0)
            moved += float((center - self.centroids.row(index)).norm())
            self.centroids[index] = center
        return moved


def centered(points: Matrix[f32, Points, Dimension]) -> Matrix[f32, Points, Dimension]:
    return points - points.mean(axis=0)


def normalized(points: Matrix[f32, Points, Dimension]) -> Matrix[f32, Points, Dimension]:
    return points / points.row_norms()


def main() -> None:
    blobs = [Matrix[f32, L[10], L[2]].normal(seed, mean=5.0 * seed, std=0.1) for seed in range(3)]
    points: Matrix[f32, L[30], L[2]] = blobs[0].vstack(*blobs[1:])
    model = KMeans(points[[0, 10, 20]])
    while model.update(points) > 1e-6:
        pass
    labels = model.assign(points)
    assert labels.shape == (30, 1)
    assert [int(label[0, 0]) for label in labels] == [0] * 10 + [1] * 10 + [2] * 10
    assert centered(points).mean(axis=0).allclose(0, atol=1e-5)
    assert normalized(points + 1).row_norms().allclose(1)
    far = (points.distances(points[0]) > 1).numpy().reshape(-1)
    assert points[far].rows == 20

"""Cameras: projection, homography, triangulation, epipolar geometry and pose from points."""

# mypy: disable-error-code="no-any-return"
from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Bool, Float

Matrix3: TypeAlias = Float[np.ndarray, "3 3"]
Projection: TypeAlias = Float[np.ndarray, "3 4"]
Pixels: TypeAlias = Float[np.ndarray, "n 2"]
World: TypeAlias = Float[np.ndarray, "n 3"]


class Distortion(NamedTuple):
    """The coefficients of radial distortion."""

    k1: float = 0.0
    k2: float = 0.0


class Camera:
    """A pinhole camera at a place."""

    def __init__(
        self, k: Matrix3, rotation: Matrix3, translation: Float[np.ndarray, " 3"], distortion: Distortion | None = None
    ) -> None:
        self.k = k
        self.rotation = rotation
        self.translation = translation
        self.distortion = distortion or Distortion()

    @classmethod
    def looking_at(cls, k: Matrix3, eye: Float[np.ndarray, " 3"], target: Float[np.ndarray, " 3"]) -> Camera:
        """Turn a camera towards a point, with the second axis of the world up."""
        forward = (target - eye) / np.linalg.norm(target - eye)
        right = np.cross(np.array([0.0, 1.0, 0.0]), forward)
        right = right / np.linalg.norm(right)
        rotation = np.stack([right, np.cross(forward, right), forward])
        return cls(k, rotation, -rotation @ eye)

    @property
    def matrix(self) -> Projection:
        """The matrix of the projection without distortion."""
        return self.k @ np.column_stack([self.rotation, self.translation])

    @property
    def center(self) -> Float[np.ndarray, " 3"]:
        """Where the camera is."""
        return -self.rotation.T @ self.translation

    def to_camera(self, points: World) -> World:
        """Return points as the camera sees them."""
        return points @ self.rotation.T + self.translation

    def project(self, points: World) -> tuple[Pixels, Float[np.ndarray, " n"]]:
        """Return the pixels of points, and their depths."""
        local = self.to_camera(points)
        depth = local[:, 2]
        flat = self.distort(local[:, :2] / depth[:, None])
        return from_homogeneous(to_homogeneous(flat) @ self.k.T), depth

    def distort(self, flat: Pixels) -> Pixels:
        """Move points away from the axis."""
        r2 = np.sum(np.square(flat), axis=1, keepdims=True)
        return flat * (1.0 + self.distortion.k1 * r2 + self.distortion.k2 * r2**2)

    def undistort(self, flat: Pixels, steps: int = 20) -> Pixels:
        """Undo it, by iteration."""
        guess = flat
        for _ in range(steps):
            guess = guess - (self.distort(guess) - flat)
        return guess

    def rays(self, pixels: Pixels) -> World:
        """Return the directions in which pixels look."""
        flat = from_homogeneous(to_homogeneous(pixels) @ np.linalg.inv(self.k).T)
        directions = to_homogeneous(self.undistort(flat)) @ self.rotation
        return directions / np.linalg.norm(directions, axis=1, keepdims=True)

    def visible(self, points: World, width: int, height: int) -> Bool[np.ndarray, " n"]:
        """Say which points are in the picture."""
        pixels, depth = self.project(points)
        inside = np.logical_and(pixels >= 0.0, pixels < np.array([width, height])).all(axis=1)
        return inside & (depth > 0.0)


def to_homogeneous(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d+1"]:
    """Append a one to each row."""
    return np.concatenate([x, np.ones((len(x), 1))], axis=1)


def from_homogeneous(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d-1"]:
    """Divide by the last column and drop it."""
    return x[:, :-1] / x[:, -1:]


def normalization(pixels: Pixels) -> tuple[Pixels, Matrix3]:
    """Return pixels with mean 0 and mean length sqrt(2), and the matrix that does it."""
    mean = pixels.mean(axis=0)
    scale = np.sqrt(2.0) / np.linalg.norm(pixels - mean, axis=1).mean()
    matrix = np.diag([scale, scale, 1.0])
    matrix[:2, 2] = -scale * mean
    return (pixels - mean) * scale, matrix


def homography(source: Pixels, target: Pixels) -> Matrix3:
    """Return the projective map of the plane that fits pairs of pixels."""
    x, y = source[:, :1], source[:, 1:]
    u, v = target[:, :1], target[:, 1:]
    ones, zeros = np.ones_like(x), np.zeros((len(source), 3))
    above = np.concatenate([x, y, ones, zeros, -u * x, -u * y, -u], axis=1)
    below = np.concatenate([zeros, x, y, ones, -v * x, -v * y, -v], axis=1)
    _, _, vt = np.linalg.svd(np.concatenate([above, below]))
    return vt[-1].reshape(3, 3) / vt[-1, -1]


def warp_pixels(h: Matrix3, pixels: Pixels) -> Pixels:
    """Map pixels."""
    return from_homogeneous(to_homogeneous(pixels) @ h.T)


def triangulate(projections: Float[np.ndarray, "c 3 4"], pixels: Float[np.ndarray, "c 2"]) -> Float[np.ndarray, " 3"]:
    """Return the point that several cameras see at given pixels."""
    rows = pixels[:, :, None] * projections[:, 2:3, :] - projections[:, :2, :]
    _, _, vt = np.linalg.svd(rows.reshape(-1, 4))
    return vt[-1, :3] / vt[-1, 3]


def triangulate_pairs(first: Projection, second: Projection, a: Pixels, b: Pixels) -> World:
    """Return the points that two cameras see at given pixels."""
    projections = np.stack([first, second])
    return np.array([triangulate(projections, np.stack([p, q])) for p, q in zip(a, b, strict=True)])


def essential(first: Camera, second: Camera) -> Matrix3:
    """Return the matrix that couples the views of two cameras."""
    rotation = second.rotation @ first.rotation.T
    x, y, z = second.translation - rotation @ first.translation
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]]) @ rotation


def fundamental_from_pixels(a: Pixels, b: Pixels) -> Matrix3:
    """Fit the same matrix in pixels to at least eight pairs."""
    a_normal, a_matrix = normalization(a)
    b_normal, b_matrix = normalization(b)
    left, right = to_homogeneous(b_normal), to_homogeneous(a_normal)
    products = np.einsum("ni,nj->nij", left, right).reshape(len(a), 9)
    _, _, vt = np.linalg.svd(products)
    u, s, wt = np.linalg.svd(vt[-1].reshape(3, 3))
    s[2] = 0.0
    return b_matrix.T @ (u * s) @ wt @ a_matrix


def epipolar_distances(f: Matrix3, a: Pixels, b: Pixels) -> Float[np.ndarray, " n"]:
    """Return how far the pixels of the second view are from the lines of the first one's."""
    lines = to_homogeneous(a) @ f.T
    offsets = np.einsum("ni,ni->n", to_homogeneous(b), lines)
    return np.abs(offsets) / np.linalg.norm(lines[:, :2], axis=1)


def reprojection_errors(
    cameras: list[Camera], points: World, pixels: Float[np.ndarray, "c n 2"]
) -> Float[np.ndarray, "c n"]:
    """Return the distances of projected points from where they were seen."""
    projected = np.stack([camera.project(points)[0] for camera in cameras])
    return np.linalg.norm(projected - pixels, axis=-1)


def main() -> None:
    """Run everything once."""
    rng = np.random.default_rng(8)
    k = np.array([[500.0, 0.0, 320.0], [0.0, 500.0, 240.0], [0.0, 0.0, 1.0]])
    first = Camera.looking_at(k, np.array([0.0, 0.0, -6.0]), np.zeros(3))
    second = Camera.looking_at(k, np.array([3.0, 1.0, -5.0]), np.zeros(3))
    assert np.allclose(second.center, [3.0, 1.0, -5.0])
    points = rng.uniform(-1.0, 1.0, size=(12, 3))
    a, depth = first.project(points)
    b, _ = second.project(points)
    assert np.allclose(from_homogeneous(to_homogeneous(points) @ first.matrix.T), a)
    assert first.visible(points, 640, 480).all()
    assert not first.visible(points - np.array([0.0, 0.0, 10.0]), 640, 480).any()
    assert np.allclose(first.center + first.rays(a) * np.linalg.norm(points - first.center, axis=1)[:, None], points)
    assert depth.min() > 0.0
    bent = Camera(k, np.eye(3), np.zeros(3), Distortion(0.1, 0.01))
    flat = rng.uniform(-0.3, 0.3, size=(7, 2))
    assert np.allclose(bent.undistort(bent.distort(flat)), flat)

    third = Camera.looking_at(k, np.array([-2.0, 1.0, -5.0]), np.zeros(3))
    cameras = [first, second, third]
    seen = np.stack([camera.project(points)[0] for camera in cameras])
    projections = np.stack([camera.matrix for camera in cameras])
    assert np.allclose(triangulate(projections, seen[:, 0]), points[0])
    assert np.allclose(triangulate_pairs(first.matrix, second.matrix, a, b), points)
    assert np.allclose(epipolar_distances(fundamental_from_pixels(a, b), a, b), 0.0, atol=1e-6)
    inverse = np.linalg.inv(k)
    assert np.allclose(epipolar_distances(inverse.T @ essential(first, second) @ inverse, a, b), 0.0, atol=1e-6)
    h = np.array([[1.1, 0.1, 3.0], [-0.1, 0.9, 5.0], [1e-4, 2e-4, 1.0]])
    assert np.allclose(homography(flat * 100.0, warp_pixels(h, flat * 100.0)), h)
    assert np.allclose(reprojection_errors(cameras, points, seen), 0.0)

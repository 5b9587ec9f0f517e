"""Rigid motions: rotation matrices, quaternions and poses, alone and in batches."""

# mypy: disable-error-code="no-any-return"
from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from jaxtyping import Float

Rotation: TypeAlias = Float[np.ndarray, "3 3"]
Pose: TypeAlias = Float[np.ndarray, "4 4"]
Poses: TypeAlias = Float[np.ndarray, "n 4 4"]
Points: TypeAlias = Float[np.ndarray, "p 3"]


def normalize(vectors: Float[np.ndarray, "*batch d"]) -> Float[np.ndarray, "*batch d"]:
    """Divide vectors by their lengths."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def skew(vector: Float[np.ndarray, " 3"]) -> Rotation:
    """Return the matrix whose product with a vector is the cross product."""
    x, y, z = vector
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])


def rotation_from_axis_angle(axis: Float[np.ndarray, " 3"], angle: float) -> Rotation:
    """Rodrigues' formula."""
    k = skew(normalize(axis))
    return np.eye(3) + np.sin(angle) * k + (1.0 - np.cos(angle)) * (k @ k)


def make_pose(rotation: Rotation, translation: Float[np.ndarray, " 3"]) -> Pose:
    """Write a rotation and a translation into one homogeneous matrix."""
    pose = np.eye(4)
    pose[:3, :3] = rotation
    pose[:3, 3] = translation
    return pose


def pose_from_rows(rotation: Rotation, translation: Float[np.ndarray, " 3"]) -> Pose:
    """Do the same by concatenation."""
    top = np.concatenate([rotation, translation[:, None]], axis=1)
    bottom = np.array([[0.0, 0.0, 0.0, 1.0]])
    return np.concatenate([top, bottom], axis=0)


def invert(poses: Float[np.ndarray, "*batch 4 4"]) -> Float[np.ndarray, "*batch 4 4"]:
    """Invert rigid motions without solving anything."""
    rotation = np.swapaxes(poses[..., :3, :3], -1, -2)
    translation = -np.einsum("...ij,...j->...i", rotation, poses[..., :3, 3])
    inverse = np.zeros_like(poses)
    inverse[..., :3, :3] = rotation
    inverse[..., :3, 3] = translation
    inverse[..., 3, 3] = 1.0
    return inverse


def to_homogeneous(points: Points) -> Float[np.ndarray, "p 4"]:
    """Append a one to each point."""
    ones = np.ones((points.shape[0], 1))
    return np.concatenate([points, ones], axis=1)


def transform(pose: Pose, points: Points) -> Points:
    """Move points by one pose."""
    moved = to_homogeneous(points) @ pose.T
    moved = moved[:, :3]
    return moved  # noqa: RET504


def transform_all(poses: Poses, points: Points) -> Float[np.ndarray, "n p 3"]:
    """Move points by each of several poses."""
    rotations = poses[:, :3, :3]
    translations = poses[:, :3, 3]
    return np.einsum("nij,pj->npi", rotations, points) + translations[:, None, :]


def quaternion_multiply(q: Float[np.ndarray, "n 4"], r: Float[np.ndarray, "n 4"]) -> Float[np.ndarray, "n 4"]:
    """Return the Hamilton product, with the real part first."""
    w0, x0, y0, z0 = q[:, 0], q[:, 1], q[:, 2], q[:, 3]
    w1, x1, y1, z1 = r[:, 0], r[:, 1], r[:, 2], r[:, 3]
    return np.stack(
        [
            w0 * w1 - x0 * x1 - y0 * y1 - z0 * z1,
            w0 * x1 + x0 * w1 + y0 * z1 - z0 * y1,
            w0 * y1 - x0 * z1 + y0 * w1 + z0 * x1,
            w0 * z1 + x0 * y1 - y0 * x1 + z0 * w1,
        ],
        axis=-1,
    )


def quaternion_conjugate(q: Float[np.ndarray, "... 4"]) -> Float[np.ndarray, "... 4"]:
    """Negate the imaginary part."""
    return q * np.array([1.0, -1.0, -1.0, -1.0])


def quaternions_to_rotations(q: Float[np.ndarray, "n 4"]) -> Float[np.ndarray, "n 3 3"]:
    """Return the rotation matrices of unit quaternions."""
    n = q.shape[0]
    q = normalize(q)
    real, imaginary = q[:, 0], q[:, 1:]
    outer = imaginary[:, :, None] * imaginary[:, None, :]
    cross = np.zeros((n, 3, 3))
    for i in range(n):
        cross[i] = skew(imaginary[i])
    scale = real**2 - (imaginary**2).sum(axis=1)
    return scale[:, None, None] * np.eye(3) + 2.0 * outer + 2.0 * real[:, None, None] * cross


def rotate(q: Float[np.ndarray, "n 4"], vectors: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3"]:
    """Rotate each vector by its own quaternion."""
    pure = np.concatenate([np.zeros((len(vectors), 1)), vectors], axis=1)
    rotated = quaternion_multiply(quaternion_multiply(q, pure), quaternion_conjugate(q))
    return rotated[:, 1:]


def angle_between(a: Rotation, b: Rotation) -> float:
    """Return the angle of the rotation that takes one into the other."""
    cosine = (np.trace(a.T @ b) - 1.0) / 2.0
    return float(np.arccos(np.clip(cosine, -1.0, 1.0)))


def chain(poses: Iterable[Pose]) -> Iterator[Pose]:
    """Yield the products of the first pose, the first two, and so on."""
    total = np.eye(4)
    for pose in poses:
        total = total @ pose
        yield total


def relative(poses: Poses) -> Float[np.ndarray, "n-1 4 4"]:
    """Return the motion from each pose to the next."""
    return invert(poses[:-1]) @ poses[1:]


@dataclass(frozen=True)
class Trajectory:
    """Poses at times."""

    times: Float[np.ndarray, " n"]
    positions: Float[np.ndarray, "n 3"]
    orientations: Float[np.ndarray, "n 4"]

    @property
    def length(self) -> float:
        """The length of the path through the positions."""
        steps = np.diff(self.positions, axis=0)
        return float(np.linalg.norm(steps, axis=1).sum())

    def poses(self) -> Float[np.ndarray, "n 4 4"]:
        """Return homogeneous matrices."""
        result = np.tile(np.eye(4), (len(self.times), 1, 1))
        result[:, :3, :3] = quaternions_to_rotations(self.orientations)
        result[:, :3, 3] = self.positions
        return result

    def resampled(self, times: Float[np.ndarray, " t"]) -> Float[np.ndarray, "t 3"]:
        """Interpolate the positions linearly."""
        return np.stack([np.interp(times, self.times, self.positions[:, i]) for i in range(3)], axis=1)


def main() -> None:
    """Run everything once."""
    rng = np.random.default_rng(0)
    quarter = rotation_from_axis_angle(np.array([0.0, 0.0, 2.0]), np.pi / 2)
    assert np.allclose(quarter @ np.array([1.0, 0.0, 0.0]), [0.0, 1.0, 0.0])
    assert np.isclose(angle_between(np.eye(3), quarter), np.pi / 2)

    pose = make_pose(quarter, np.array([1.0, 2.0, 3.0]))
    assert np.allclose(pose, pose_from_rows(quarter, np.array([1.0, 2.0, 3.0])))
    assert np.allclose(invert(pose) @ pose, np.eye(4))
    points = rng.normal(size=(6, 3))
    assert np.allclose(transform(invert(pose), transform(pose, points)), points)

    orientations = normalize(rng.normal(size=(5, 4)))
    trajectory = Trajectory(np.arange(5.0), rng.normal(size=(5, 3)), orientations)
    poses = trajectory.poses()
    assert trajectory.length > 0.0
    assert np.allclose(trajectory.resampled(np.array([0.0, 1.0])), trajectory.positions[:2])
    assert np.allclose(transform_all(poses, points)[2], transform(poses[2], points))
    assert np.allclose(invert(poses) @ poses, np.eye(4))

    rotations = quaternions_to_rotations(orientations)
    assert np.allclose(rotations @ np.swapaxes(rotations, 1, 2), np.eye(3))
    vectors = rng.normal(size=(5, 3))
    assert np.allclose(rotate(orientations, vectors), np.einsum("nij,nj->ni", rotations, vectors))
    steps = relative(poses)
    assert steps.shape == (4, 4, 4)
    *_, last = chain([poses[0], *steps])
    assert np.allclose(last, poses[-1])

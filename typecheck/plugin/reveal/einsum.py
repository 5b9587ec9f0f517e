"""The shapes of products whose axes are named by letters."""

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from typecheck.plugin.arrays import array


def products(
    a: Float64[np.ndarray, "n m"] = array("n m"),
    b: Float64[np.ndarray, "m k"] = array("m k"),
    v: Float64[np.ndarray, "m"] = array("m"),
) -> None:
    reveal_type(np.einsum("ij,jk->ik", a, b))  # T: Float64[ndarray, 'n k']
    reveal_type(np.einsum("ij,jk", a, b))  # T: Float64[ndarray, 'n k']
    reveal_type(np.einsum("ji", a))  # T: Float64[ndarray, 'm n']
    reveal_type(np.einsum("ij,j->i", a, v))  # T: Float64[ndarray, 'n']
    reveal_type(np.einsum("ij->j", a))  # T: Float64[ndarray, 'm']
    reveal_type(np.einsum("ij,jk,j->kji", a, b, v))  # T: Float64[ndarray, 'k m n']
    reveal_type(np.einsum("i,j->ij", v, v))  # T: Float64[ndarray, 'm m']
    reveal_type(np.einsum(" ij , jk -> ik ", a, b))  # T: Float64[ndarray, 'n k']
    reveal_type(np.einsum("ij,jk->ik", a, b, optimize=True))  # T: Float64[ndarray, 'n k']
    reveal_type(np.einsum("ij,jk->ik", a, b, optimize="greedy"))  # T: Float64[ndarray, 'n k']
    path = np.einsum_path("ij,jk->ik", a, b)[0]
    reveal_type(np.einsum("ij,jk->ik", a, b, optimize=path))  # T: Float64[ndarray, 'n k']
    reveal_type(np.einsum(",ij->ij", 2.0, a))  # T: Float64[ndarray, 'n m']
    reveal_type(np.einsum("ij,j->ij", a, np.ones(1)))  # T: Float64[ndarray, 'n m']


def geometry(
    rotations: Float64[np.ndarray, "n 3 3"] = array("n 3 3"),
    v: Float64[np.ndarray, "n 3"] = array("n 3"),
    poses: Float64[np.ndarray, "n 4 4"] = array("n 4 4"),
    points: Float64[np.ndarray, "m 3"] = array("m 3"),
) -> None:
    reveal_type(np.einsum("nij,nj->ni", rotations, v))  # T: Float64[ndarray, 'n 3']
    reveal_type(np.einsum("nij,nkj->nik", rotations, rotations))  # T: Float64[ndarray, 'n 3 3']
    reveal_type(np.einsum("nii->n", rotations))  # T: Float64[ndarray, 'n']
    reveal_type(np.einsum("nii->ni", rotations))  # T: Float64[ndarray, 'n 3']
    centered = v - v.mean(axis=0)
    reveal_type(np.einsum("ni,nj->ij", centered, centered) / (len(v) - 1))  # T: Float64[ndarray, '3 3']
    homogeneous = np.concatenate([points, np.ones((points.shape[0], 1))], axis=1)
    reveal_type(homogeneous)  # T: Float64[ndarray, 'm 4']
    reveal_type(np.einsum("nij,mj->nmi", poses, homogeneous)[..., :3])  # T: Float64[ndarray, 'n m 3']
    reveal_type(np.einsum("ni,ni->n", v, v))  # T: Float64[ndarray, 'n']


def any_number_of_axes(
    a: Float64[np.ndarray, "b n m"] = array("b n m"),
    b: Float64[np.ndarray, "k m"] = array("k m"),
    batch: Float64[np.ndarray, "*batch n m"] = array("b n m"),
) -> None:
    reveal_type(np.einsum("...ij->...ji", a))  # T: Float64[ndarray, 'b m n']
    reveal_type(np.einsum("...j,kj->...k", a, b))  # T: Float64[ndarray, 'b n k']
    reveal_type(np.einsum("i...,i...->...", a, a))  # T: Float64[ndarray, 'n m']
    reveal_type(np.einsum("...ij,...ij->...", a, b[:1]))  # T: Float64[ndarray, 'b']
    reveal_type(np.einsum("...ij->...ji", batch))  # T: Float64[ndarray, '*batch m n']
    reveal_type(np.einsum("...ij,kj->...ik", batch, b))  # T: Float64[ndarray, '*batch n k']
    reveal_type(np.einsum("...ij,...kj->...ik", batch, batch))  # T: Float64[ndarray, '*batch n n']


def elements(
    single: Float32[np.ndarray, "n m"] = array("n m", np.float32),
    double: Float64[np.ndarray, "m"] = array("m"),
    whole: Int64[np.ndarray, "m"] = array("m", np.int64),
    mask: Bool[np.ndarray, "m"] = array("m", np.bool),
) -> None:
    reveal_type(np.einsum("ij,ij->i", single, single))  # T: Float32[ndarray, 'n']
    reveal_type(np.einsum("ij,j->i", single, double))  # T: Float64[ndarray, 'n']
    reveal_type(np.einsum("ij,j->i", single, mask))  # T: Float32[ndarray, 'n']
    reveal_type(np.einsum("i,j->ij", whole, mask))  # T: Int64[ndarray, 'm m']
    reveal_type(np.einsum("i,j->ij", mask, mask))  # T: Bool[ndarray, 'm m']
    reveal_type(np.einsum("i,j->ij", whole, whole, dtype=np.float64))  # T: Shaped[ndarray, 'm m']

"""The shapes of inverses, decompositions, solutions and norms."""

from typing import Any

import numpy as np
from jaxtyping import Complex64, Complex128, Float, Float32, Float64, Int64, Shaped

from typecheck.plugin.arrays import array


def regular(shape: str = "3 3", dtype: Any = np.float64) -> Any:
    """Return matrices that have inverses and are positive definite."""
    found = array(shape, dtype)
    return (0 * found + 9 * np.eye(found.shape[-1])).astype(dtype)


def inverses(
    a: Float64[np.ndarray, "n n"] = regular("n n"),
    poses: Float64[np.ndarray, "b 4 4"] = regular("b 4 4"),
    points: Float64[np.ndarray, "b k 3"] = array("b k 3"),
    batch: Float64[np.ndarray, "*batch 4 4"] = regular("b 4 4"),
) -> None:
    reveal_type(np.linalg.inv(a))  # T: Float64[ndarray, 'n n']
    reveal_type(np.linalg.inv(poses))  # T: Float64[ndarray, 'b 4 4']
    reveal_type(np.linalg.inv(poses)[:, :3, :3])  # T: Float64[ndarray, 'b 3 3']
    reveal_type(np.linalg.inv(poses[0]) @ poses)  # T: Float64[ndarray, 'b 4 4']
    reveal_type(np.linalg.inv(batch))  # T: Float64[ndarray, '*batch 4 4']
    reveal_type(np.linalg.pinv(points))  # T: Float64[ndarray, 'b 3 k']
    reveal_type(np.linalg.pinv(points, rcond=1e-6))  # T: Float64[ndarray, 'b 3 k']
    reveal_type(np.linalg.cholesky(a))  # T: Float64[ndarray, 'n n']
    reveal_type(np.linalg.cholesky(a, upper=True))  # T: Float64[ndarray, 'n n']
    reveal_type(np.linalg.matrix_power(poses, 3))  # T: Float64[ndarray, 'b 4 4']
    reveal_type(np.linalg.det(poses))  # T: Float64[ndarray, 'b']
    reveal_type(np.linalg.det(batch))  # T: Float64[ndarray, '*batch']
    reveal_type(np.linalg.slogdet(poses)[1])  # T: Float64[ndarray, 'b']
    reveal_type(np.linalg.slogdet(poses).sign)  # T: Float64[ndarray, 'b']
    reveal_type(np.linalg.matrix_rank(points))  # T: Int64[ndarray, 'b']
    reveal_type(np.linalg.cond(poses))  # T: Float64[ndarray, 'b']
    reveal_type(np.linalg.cond(points, -2))  # T: Float64[ndarray, 'b']
    reveal_type(np.linalg.diagonal(points))  # T: Float64[ndarray, 'b _']
    reveal_type(np.linalg.diagonal(points, offset=1))  # T: Float64[ndarray, 'b _']
    reveal_type(np.linalg.trace(poses))  # T: Float64[ndarray, 'b']
    reveal_type(np.linalg.matrix_transpose(points))  # T: Float64[ndarray, 'b 3 k']


def decompositions(
    a: Float64[np.ndarray, "7 3"] = array("7 3"),
    square: Float64[np.ndarray, "n n"] = regular("n n"),
    stack: Float64[np.ndarray, "b 3 3"] = regular("b 3 3"),
    batch: Float64[np.ndarray, "*batch 3 3"] = regular("b 3 3"),
    named: Float64[np.ndarray, "n m"] = array("n m"),
) -> None:
    u, s, vh = np.linalg.svd(a)
    reveal_type(u)  # T: Float64[ndarray, '7 7']
    reveal_type(s)  # T: Float64[ndarray, '3']
    reveal_type(vh)  # T: Float64[ndarray, '3 3']
    reveal_type(np.linalg.svd(stack).U)  # T: Float64[ndarray, 'b 3 3']
    reveal_type(np.linalg.svd(stack).S)  # T: Float64[ndarray, 'b 3']
    reveal_type(np.linalg.svd(stack).Vh)  # T: Float64[ndarray, 'b 3 3']
    reveal_type(np.linalg.svd(batch).Vh)  # T: Float64[ndarray, '*batch 3 3']
    thin = np.linalg.svd(a, full_matrices=False)
    reveal_type(thin.U)  # T: Float64[ndarray, '7 3']
    reveal_type(thin[2])  # T: Float64[ndarray, '3 3']
    reveal_type((thin.U * thin.S) @ thin.Vh)  # T: Float64[ndarray, '7 3']
    reveal_type(np.linalg.svd(a, compute_uv=False))  # T: Float64[ndarray, '3']
    reveal_type(np.linalg.svd(named)[0])  # T: Float64[ndarray, 'n n']
    reveal_type(np.linalg.svd(named)[1])  # T: Float64[ndarray, '_']
    reveal_type(np.linalg.svdvals(stack))  # T: Float64[ndarray, 'b 3']
    q, r = np.linalg.qr(a)
    reveal_type(q)  # T: Float64[ndarray, '7 3']
    reveal_type(r)  # T: Float64[ndarray, '3 3']
    reveal_type(np.linalg.qr(a, mode="complete").Q)  # T: Float64[ndarray, '7 7']
    reveal_type(np.linalg.qr(a, "complete").R)  # T: Float64[ndarray, '7 3']
    reveal_type(np.linalg.qr(a, mode="r"))  # T: Float64[ndarray, '3 3']
    values, vectors = np.linalg.eigh(square)
    reveal_type(values)  # T: Float64[ndarray, 'n']
    reveal_type(vectors)  # T: Float64[ndarray, 'n n']
    reveal_type(vectors @ np.diag(values) @ vectors.T)  # T: Float64[ndarray, 'n n']
    reveal_type(np.linalg.eigh(stack).eigenvectors)  # T: Float64[ndarray, 'b 3 3']
    reveal_type(np.linalg.eigvalsh(stack, UPLO="U"))  # T: Float64[ndarray, 'b 3']
    reveal_type(np.linalg.eig(square).eigenvalues)  # T: Shaped[ndarray, 'n']
    reveal_type(np.linalg.eig(stack)[1])  # T: Shaped[ndarray, 'b 3 3']
    reveal_type(np.linalg.eigvals(stack))  # T: Float[ndarray, 'b 3'] | Complex[ndarray, 'b 3']


def solutions(
    a: Float64[np.ndarray, "n n"] = regular("n n"),
    v: Float64[np.ndarray, "n"] = array("n"),
    b: Float64[np.ndarray, "n k"] = array("n k"),
    stack: Float64[np.ndarray, "b n n"] = regular("b n n"),
    sides: Float64[np.ndarray, "b n"] = array("b n"),
    design: Float64[np.ndarray, "m 3"] = array("m 3"),
    targets: Float64[np.ndarray, "m"] = array("m"),
) -> None:
    reveal_type(np.linalg.solve(a, v))  # T: Float64[ndarray, 'n']
    reveal_type(np.linalg.solve(a, b))  # T: Float64[ndarray, 'n k']
    reveal_type(np.linalg.solve(stack, v))  # T: Float64[ndarray, 'b n']
    reveal_type(np.linalg.solve(stack, b))  # T: Float64[ndarray, 'b n k']
    reveal_type(np.linalg.solve(stack, sides[..., None]))  # T: Float64[ndarray, 'b n 1']
    reveal_type(np.linalg.solve(stack, sides[..., None])[..., 0])  # T: Float64[ndarray, 'b n']
    reveal_type(np.linalg.solve(design.T @ design + np.eye(3), design.T @ targets))  # T: Float64[ndarray, '3']
    solution, residuals, _, singular = np.linalg.lstsq(design, targets, rcond=None)
    reveal_type(solution)  # T: Float64[ndarray, '3']
    reveal_type(residuals)  # T: Float64[ndarray, '_']
    reveal_type(singular)  # T: Float64[ndarray, '_']
    reveal_type(np.linalg.lstsq(design, targets[:, None])[0])  # T: Float64[ndarray, '3 1']


def norms(
    x: Float64[np.ndarray, "n 3"] = array("n 3"),
    stack: Float64[np.ndarray, "b n m"] = array("b n m"),
    batch: Float64[np.ndarray, "*batch 3"] = array("b 3"),
) -> None:
    reveal_type(np.linalg.norm(x))  # T: Number[Float64]
    reveal_type(np.linalg.norm(x, axis=1))  # T: Float64[ndarray, 'n']
    reveal_type(np.linalg.norm(x, axis=-1, keepdims=True))  # T: Float64[ndarray, 'n 1']
    reveal_type(x / np.linalg.norm(x, axis=-1, keepdims=True))  # T: Float64[ndarray, 'n 3']
    reveal_type(x / np.linalg.norm(x, axis=-1)[:, None])  # T: Float64[ndarray, 'n 3']
    reveal_type(np.linalg.norm(x[:, None] - x[None], axis=-1))  # T: Float64[ndarray, 'n n']
    reveal_type(np.linalg.norm(x, np.inf, 0))  # T: Float64[ndarray, '3']
    reveal_type(np.linalg.norm(x, ord=-np.inf, axis=0))  # T: Float64[ndarray, '3']
    reveal_type(np.linalg.norm(x, keepdims=True))  # T: Float64[ndarray, '1 1']
    reveal_type(np.linalg.norm(stack, axis=(1, 2)))  # T: Float64[ndarray, 'b']
    reveal_type(np.linalg.norm(stack, "fro", axis=(-2, -1), keepdims=True))  # T: Float64[ndarray, 'b 1 1']
    reveal_type(np.linalg.norm(batch, axis=-1))  # T: Float64[ndarray, '*batch']
    reveal_type(np.linalg.norm(batch, axis=-1, keepdims=True))  # T: Float64[ndarray, '*batch 1']
    reveal_type(np.linalg.vector_norm(stack, axis=(0, 2)))  # T: Float64[ndarray, 'n']
    reveal_type(np.linalg.vector_norm(stack, axis=-1, keepdims=True, ord=1))  # T: Float64[ndarray, 'b n 1']
    reveal_type(np.linalg.vector_norm(stack, keepdims=True))  # T: Float64[ndarray, '1 1 1']
    reveal_type(np.linalg.vector_norm(stack))  # T: Number[Float64]
    reveal_type(np.linalg.matrix_norm(stack))  # T: Float64[ndarray, 'b']
    reveal_type(np.linalg.matrix_norm(stack, ord="nuc", keepdims=True))  # T: Float64[ndarray, 'b 1 1']
    reveal_type(np.linalg.matrix_norm(x))  # T: Number[Float64]


def elements(
    single: Float32[np.ndarray, "b 3 3"] = regular("b 3 3", np.float32),
    any_float: Float[np.ndarray, "b 3 3"] = regular("b 3 3"),
    anything: Shaped[np.ndarray, "b 3 3"] = regular("b 3 3"),
    whole: Int64[np.ndarray, "b 3 3"] = regular("b 3 3", np.int64),
    complex_: Complex64[np.ndarray, "b 3 3"] = regular("b 3 3", np.complex64),
    wide: Complex128[np.ndarray, "b 3 3"] = regular("b 3 3", np.complex128),
) -> None:
    reveal_type(np.linalg.inv(single))  # T: Float32[ndarray, 'b 3 3']
    reveal_type(np.linalg.inv(any_float))  # T: Float[ndarray, 'b 3 3']
    reveal_type(np.linalg.inv(anything))  # T: Shaped[ndarray, 'b 3 3']
    reveal_type(np.linalg.inv(whole))  # T: Float64[ndarray, 'b 3 3']
    reveal_type(np.linalg.inv(complex_))  # T: Complex64[ndarray, 'b 3 3']
    reveal_type(np.linalg.det(whole))  # T: Float64[ndarray, 'b']
    reveal_type(np.linalg.det(wide))  # T: Complex128[ndarray, 'b']
    reveal_type(np.linalg.solve(single, whole))  # T: Float64[ndarray, 'b 3 3']
    reveal_type(np.linalg.solve(single, complex_))  # T: Complex64[ndarray, 'b 3 3']
    reveal_type(np.linalg.norm(complex_, axis=-1))  # T: Float32[ndarray, 'b 3']
    reveal_type(np.linalg.norm(whole, axis=-1))  # T: Float64[ndarray, 'b 3']
    reveal_type(np.linalg.norm(any_float, axis=-1))  # T: Float[ndarray, 'b 3']
    reveal_type(np.linalg.norm(anything, axis=-1))  # T: Shaped[ndarray, 'b 3']
    reveal_type(np.linalg.svd(complex_).S)  # T: Float32[ndarray, 'b 3']
    reveal_type(np.linalg.svd(complex_).U)  # T: Complex64[ndarray, 'b 3 3']
    reveal_type(np.linalg.eigh(wide).eigenvalues)  # T: Float64[ndarray, 'b 3']
    reveal_type(np.linalg.eigh(wide).eigenvectors)  # T: Complex128[ndarray, 'b 3 3']
    reveal_type(np.linalg.eig(wide).eigenvalues)  # T: Complex128[ndarray, 'b 3']
    reveal_type(np.linalg.eigvals(complex_))  # T: Complex64[ndarray, 'b 3']
    reveal_type(np.linalg.matrix_power(single, 2))  # T: Float32[ndarray, 'b 3 3']
    reveal_type(np.linalg.matrix_power(whole, 2))  # T: Shaped[ndarray, 'b 3 3']
    reveal_type(np.linalg.trace(whole))  # T: Int64[ndarray, 'b']
    reveal_type(np.linalg.trace(single, dtype=np.float64))  # T: Shaped[ndarray, 'b']
    reveal_type(np.linalg.diagonal(whole))  # T: Int64[ndarray, 'b 3']
    reveal_type(np.linalg.cond(complex_))  # T: Float32[ndarray, 'b']

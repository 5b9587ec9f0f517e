"""The shapes of linear algebra against NumPy's, and the sentences of their errors."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapedmat.dimensions import UNKNOWN, Dim, add, symbol
from shapedmat.shapes import linalg, order
from shapedmat.shapes.shape import Shape
from tests.shapes.agreement import m, n, operand, searched, sentence

POOLS = st.sampled_from([[2, 3], [3], [0, 2]])
EITHER = symbol("either", rigid=False)


def regular(a: Any) -> Any:
    """Return an array of matrices that have an inverse, where they are square."""
    return a + np.eye(a.shape[-1]) if a.ndim > 1 and a.shape[-2] == a.shape[-1] else a


@pytest.mark.parametrize(
    ("rule", "function"),
    [
        (linalg.inv, np.linalg.inv),
        (linalg.cholesky, np.linalg.cholesky),
        (linalg.matrix_power, partial(np.linalg.matrix_power, n=3)),
        (linalg.matrix_power, partial(np.linalg.matrix_power, n=-2)),
        (linalg.det, np.linalg.det),
        (linalg.slogdet, np.linalg.slogdet),
        (linalg.eig, np.linalg.eig),
        (linalg.eig, np.linalg.eigh),
        (linalg.eigvals, np.linalg.eigvals),
        (linalg.eigvals, np.linalg.eigvalsh),
        (linalg.pinv, np.linalg.pinv),
        (linalg.matrix_rank, np.linalg.matrix_rank),
    ],
)
@searched
@given(data=st.data())
def test_an_operation_on_matrices(
    holds: Callable[..., None], rule: Callable[..., Any], function: Callable[..., Any], data: st.DataObject
) -> None:
    """Each operation on one stack of matrices agrees with the function of its name."""
    operands = (data.draw(operand(data.draw(POOLS), high=4)),)
    holds(rule, lambda a: function(regular(a)), operands, data)


@settings(searched, max_examples=150)
@given(data=st.data())
def test_svd(holds: Callable[..., None], data: st.DataObject) -> None:
    """The matrices of a singular value decomposition are square or not, or not there."""
    options: dict[str, Any] = {name: data.draw(st.booleans()) for name in ("full_matrices", "compute_uv")}
    operands = (data.draw(operand([0, 2, 3], high=4)),)
    holds(partial(linalg.svd, **options), partial(np.linalg.svd, **options), operands, data)


@pytest.mark.filterwarnings("ignore:The '.*' option is deprecated:DeprecationWarning")
@settings(searched, max_examples=150)
@given(data=st.data(), mode=st.sampled_from(["reduced", "complete", "r", "raw", "full", "e", "square"]))
def test_qr(holds: Callable[..., None], data: st.DataObject, mode: str) -> None:
    """The mode says which matrices there are, and their sizes."""
    operands = (data.draw(operand([0, 2, 3], high=4)),)
    holds(partial(linalg.qr, mode=mode), partial(np.linalg.qr, mode=mode), operands, data)


@settings(searched, max_examples=300)
@given(data=st.data())
def test_solve(holds: Callable[..., None], data: st.DataObject) -> None:
    """A right-hand side is one vector, or a stack of matrices that broadcasts."""
    sizes = data.draw(POOLS)
    size = data.draw(st.sampled_from(sizes))
    a = data.draw(operand(sizes, high=2).map(lambda batch: (*batch, size, size)) | operand(sizes))
    holds(
        linalg.solve, lambda a, b: np.linalg.solve(regular(a), b), (a, data.draw(operand([size, *sizes], high=4))), data
    )


@settings(searched, max_examples=200)
@given(data=st.data())
def test_lstsq(holds: Callable[..., None], data: st.DataObject) -> None:
    """How many residuals there are is known only where there are none."""
    sizes = data.draw(st.sampled_from([[2, 3], [3], [0, 2, 3]]))
    operands = data.draw(operand(sizes, 2, 2) | operand(sizes)), data.draw(operand(sizes))
    random = np.random.default_rng(0)
    holds(
        linalg.lstsq,
        lambda a, b: np.linalg.lstsq(random.random(a.shape), random.random(b.shape)),
        operands,
        data,
        complete=False,
    )


ORDERS = st.sampled_from([None, 0, 1, -1, 2, -2, 3, 0.5, np.inf, -np.inf, "fro", "f", "nuc", "max"])


@settings(searched, max_examples=500)
@given(data=st.data(), order=ORDERS)
def test_norm(holds: Callable[..., None], data: st.DataObject, order: Any) -> None:
    """The axes say whether the norms are those of vectors or of matrices, and so which orders there are."""
    axis: Any = data.draw(st.none() | st.integers(-3, 2) | st.lists(st.integers(-3, 2), max_size=3).map(tuple))
    keepdims = data.draw(st.booleans())
    operands = (data.draw(operand(data.draw(POOLS), high=3)),)
    with np.errstate(divide="ignore"):
        holds(
            partial(linalg.norm, order=order, axis=axis, keepdims=keepdims),
            lambda a: np.linalg.norm(a + 1, order, axis, keepdims),
            operands,
            data,
        )


@settings(searched, max_examples=200)
@given(data=st.data(), order=st.sampled_from([None, 2, -2, 1, np.inf, "fro", "nuc"]))
def test_cond(holds: Callable[..., None], data: st.DataObject, order: Any) -> None:
    """Most condition numbers need a square matrix."""
    operands = (data.draw(operand(data.draw(POOLS), high=4)),)
    random = np.random.default_rng(0)
    holds(
        partial(linalg.cond, order=order),
        lambda a: np.linalg.cond(regular(random.random(a.shape)), order),
        operands,
        data,
    )


@pytest.mark.parametrize(
    ("expected", "sizes"),
    [
        ((2,), (2, 3)),
        ((n,), (n, n)),
        ((n,), (add(n, 2), n)),
        ((1,), (1, n)),
        ((UNKNOWN,), (2, n)),
        ((UNKNOWN,), (n, m)),
        ((UNKNOWN,), (n, UNKNOWN)),
    ],
    ids=str,
)
def test_the_number_of_singular_values(expected: Shape, sizes: Shape) -> None:
    """There are as many as the smaller size, where it is known which one that is."""
    (actual,) = linalg.svd(sizes, compute_uv=False)
    assert expected == actual


@pytest.mark.parametrize(
    ("expected", "sizes"), [(3, (UNKNOWN, 3)), (3, (3, EITHER)), (n, (n, UNKNOWN)), (UNKNOWN, (UNKNOWN, UNKNOWN))]
)
def test_a_square_matrix_completes_its_sizes(expected: Dim, sizes: Shape) -> None:
    """What is known of one size of a square matrix is known of the other."""
    assert (expected, expected) == linalg.inv(sizes)


def test_names_that_are_rigid_and_not_have_no_order() -> None:
    """A rigid name says nothing of one that is not and is spelled alike."""
    expected = False
    assert expected == order.at_most(symbol("n", rigid=False), n)


@pytest.mark.parametrize(
    ("expected", "refused"),
    [
        ("cannot invert (3,): a matrix is wanted", lambda: linalg.inv((3,))),
        (
            "cannot take the determinant of (5, 2, 3): a square matrix is wanted, and 2 and 3 differ",
            lambda: linalg.det((5, 2, 3)),
        ),
        (
            "cannot take a power of (n, m): a square matrix is wanted, and n and m differ",
            lambda: linalg.matrix_power((n, m)),
        ),
        (
            "cannot take the Cholesky factor of (2, 3): a square matrix is wanted, and 2 and 3 differ",
            lambda: linalg.cholesky((2, 3)),
        ),
        (
            "cannot take the eigenvalues of (2, 3): a square matrix is wanted, and 2 and 3 differ",
            lambda: linalg.eigvals((2, 3)),
        ),
        ("cannot take the eigenvectors of (): a matrix is wanted", lambda: linalg.eig(())),
        ("cannot take the pseudo-inverse of (3,): a matrix is wanted", lambda: linalg.pinv((3,))),
        ("cannot take the singular values of (3,): a matrix is wanted", lambda: linalg.svd((3,))),
        ("cannot take the QR decomposition of (3,): a matrix is wanted", lambda: linalg.qr((3,))),
        (
            'cannot take the QR decomposition of (3, 3): "square" is none of "reduced", "complete", "r" and "raw"',
            lambda: linalg.qr((3, 3), "square"),
        ),
        (
            "cannot solve equations of (2, 3): a square matrix is wanted, and 2 and 3 differ",
            lambda: linalg.solve((2, 3), (2,)),
        ),
        (
            "cannot solve (3, 3) for (4, 2): the numbers of rows, 3 and 4, differ",
            lambda: linalg.solve((3, 3), (4, 2)),
        ),
        ("cannot solve (3, 3) for (): a vector or a matrix is wanted", lambda: linalg.solve((3, 3), ())),
        (
            "cannot solve (2, 3, 3) for (5, 3, 1): sizes 2 and 5 on axis -3 differ and neither is 1",
            lambda: linalg.solve((2, 3, 3), (5, 3, 1)),
        ),
        ("cannot solve (3,) for (3,): (3,) is not a matrix", lambda: linalg.lstsq((3,), (3,))),
        ("cannot solve (3, 2) for (): () is neither a vector nor a matrix", lambda: linalg.lstsq((3, 2), ())),
        (
            "cannot solve (3, 2) for (2,): the numbers of rows, 3 and 2, differ",
            lambda: linalg.lstsq((3, 2), (2,)),
        ),
        (
            "cannot take the norm of (2, 3, 4) over 3 axes: one or two are wanted",
            lambda: linalg.norm((2, 3, 4), 2),
        ),
        (
            'cannot take the norm of (3,): a vector has no norm of order "fro"',
            lambda: linalg.norm((3,), "fro"),
        ),
        (
            "cannot take the norm of (3, 2): a matrix has no norm of order 3",
            lambda: linalg.norm((3, 2), 3),
        ),
        ("cannot take the norm of (3, 2) over axis 2: it has 2 axes", lambda: linalg.norm((3, 2), axis=2)),
        (
            "cannot take the norm of (3, 2) over axes (0, -2): one axis is given twice",
            lambda: linalg.norm((3, 2), axis=(0, -2)),
        ),
        (
            "cannot take the norm of (3, 0) over axis 1: its size is 0",
            lambda: linalg.norm((3, 0), -np.inf, axis=1),
        ),
        (
            "cannot take the condition number of (3, 0): a matrix without elements has none",
            lambda: linalg.cond((3, 0)),
        ),
        (
            "cannot take the condition number of (3, 2): a square matrix is wanted, and 3 and 2 differ",
            lambda: linalg.cond((3, 2), 1),
        ),
    ],
)
def test_the_sentence_of_an_error(expected: str, refused: Callable[[], object]) -> None:
    """An error names the shapes and what does not fit."""
    assert expected == sentence(refused)

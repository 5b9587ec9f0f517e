"""Products that come up often, on the numba backend."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapedmat import Matrix, ShapeError, use_backend
from shapedmat.backends import numba as backend
from shapedmat.kernels import addresses, eager, threads

Array = np.ndarray[Any, np.dtype[Any]]

matmul: Final = partial(backend.BACKEND.kernels["matmul"], np)


@pytest.fixture(autouse=True)
def caches(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget the compiled products before and after each test, and keep none on the user's disk."""
    monkeypatch.setenv("SHAPEDMAT_CACHE", str(tmp_path_factory.getbasetemp() / "code"))
    monkeypatch.setenv(threads.VARIABLE, "1")
    backend._products.clear()
    backend._met.clear()
    yield
    backend._products.clear()


def operands(rows: int, inner: int, columns: int, dtype: Any = np.float32) -> tuple[Array, Array]:
    """Return two random matrices that can be multiplied."""
    rng = np.random.default_rng(rows + inner + columns)
    return rng.standard_normal((rows, inner)).astype(dtype), rng.standard_normal((inner, columns)).astype(dtype)


def often(a: Array, b: Array) -> list[bytes]:
    """Return the bits of a product that comes up until it is compiled, and once more."""
    return [matmul(a, b).tobytes() for _ in range(eager.OFTEN + 1)]


sizes = st.one_of(st.integers(1, 20), st.integers(9, 130))


@settings(max_examples=12)
@given(
    sizes,
    st.one_of(sizes, st.just(1030)),
    sizes,
    st.sampled_from([np.float32, np.float64]),
    st.sampled_from(["CC", "CF", "FC", "FF"]),
)
def test_results_do_not_change(rows: int, inner: int, columns: int, dtype: Any, layouts: str) -> None:
    """The compiled product has the bits of the products before it."""
    a, b = operands(rows, inner, columns, dtype)
    a, b = (np.asarray(x, order=layout) for x, layout in zip((a, b), layouts, strict=True))  # type: ignore[call-overload]
    assert 1 == len(set(often(a, b)))


def test_what_comes_up_often_is_compiled() -> None:
    """Code is made when a product has come up often enough, and not before."""
    a, b = operands(5, 6, 70)
    for _ in range(eager.OFTEN - 1):
        matmul(a, b)
    assert {} == backend._products
    matmul(a, b)
    assert 1 == len(backend._products)


def test_other_strides_are_another_product() -> None:
    """Code for a row-major operand is not used for the same shape in column-major order."""
    a, b = operands(20, 20, 20)
    often(a, b)
    np.testing.assert_allclose(a.T @ b, matmul(a.T, b), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("step", [-1, 2, -3])
def test_operands_with_steps(step: int) -> None:
    """Operands that are views with steps, also backwards, are compiled as well."""
    a, b = operands(30, 40, 50)
    left, right = np.repeat(a, 3, axis=1)[:, ::step], np.repeat(b, 3, axis=0)[::step]
    right = right[: left.shape[1]]
    left = left[:, : right.shape[0]]
    assert 1 == len(set(often(left, right)))
    np.testing.assert_allclose(left.astype(float) @ right, matmul(left, right), rtol=1e-4, atol=1e-4)


def test_a_repeated_row() -> None:
    """An operand whose rows are one row, with a stride of 0, is compiled as well."""
    a, b = operands(30, 40, 50)
    left = np.broadcast_to(a[:1], a.shape)
    assert 1 == len(set(often(left, b)))


def test_unaligned_operands_are_left_to_the_general_kernel() -> None:
    """Operands whose elements lie at odd addresses are multiplied though there is code for aligned ones."""
    a, b = operands(9, 8, 17)
    expected = often(a, b)[0]
    odd = np.frombuffer(b"\0" + a.tobytes(), np.uint8)[1:].view(np.float32).reshape(9, 8)
    assert expected == matmul(odd, b).tobytes()


def test_mixed_element_types_are_not_compiled() -> None:
    """A float32 and a float64 matrix are left to NumPy, however often they come up."""
    a, b = operands(3, 4, 50)
    often(a, b.astype(np.float64))
    assert {} == backend._products


def test_foreign_byte_order_is_not_compiled() -> None:
    """Operands in the other byte order are left to the general kernel."""
    a, b = operands(9, 8, 17)
    expected = matmul(a, b).tobytes()
    assert {expected} == set(often(a.astype(">f4"), b.astype(">f4")))
    assert {} == backend._products


def test_the_number_of_products_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """When there is code for as many products as there may be, others are left to the general kernel."""
    monkeypatch.setattr(eager, "MOST", 1)
    often(*operands(3, 4, 20))
    often(*operands(3, 4, 21))
    assert 1 == len(backend._products)


def test_what_is_counted_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a great many different products, only the latest are counted."""
    monkeypatch.setattr(backend, "_REMEMBERED", 3)
    for columns in range(20, 40):
        matmul(*operands(3, 4, columns))
    assert len(backend._met) <= 3


def test_an_interpreter_that_lays_objects_out_in_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the address of the elements is not found in the object, nothing is compiled."""
    monkeypatch.setattr(addresses, "are_known", lambda: False)
    often(*operands(3, 4, 20))
    assert {} == backend._products


def test_addresses_are_known_here() -> None:
    """The address of the elements is found where NumPy's headers say."""
    assert addresses.are_known()


@pytest.mark.parametrize("shape", [(4, 4, 4), (100, 1000, 300)])
def test_two_python_threads_multiply_at_once(shape: tuple[int, int, int]) -> None:
    """Products that two threads start together, by code with memory of its own or without, are all right."""
    a, b = operands(*shape)
    a = np.asfortranarray(a)
    expected = often(a, b)[0]
    results: list[bytes] = []

    def multiply_often() -> None:
        results.extend(matmul(a, b).tobytes() for _ in range(20))

    threads = [threading.Thread(target=multiply_often) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [expected] * 40 == results


FORK: Final = """
import os
import numpy as np
from shapedmat.backends import numba as backend

multiply = backend.BACKEND.kernels["matmul"]
a, b = np.ones((20, 30), np.float32), np.ones((30, 40), np.float32)

def both():
    return [float(multiply(np, x, y).sum()) for _ in range(40) for x, y in ((a, b), (b.T, a.T))][-2:]

[multiply(np, a, b) for _ in range(40)]
child = os.fork()
if child == 0:
    os._exit(both() != [24000.0, 24000.0])
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), both(), len(backend._products))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_forked_child_multiplies_and_compiles(tmp_path: Path) -> None:
    """A child that is forked runs the code that was compiled before, and compiles other products."""
    result = subprocess.run(
        [sys.executable, "-c", FORK],
        env={**os.environ, "SHAPEDMAT_CACHE": str(tmp_path), "SHAPEDMAT_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "0 [24000.0, 24000.0] 2\n" == result.stdout, result.stderr


def test_the_operator_uses_it() -> None:
    """``a @ b`` of matrices is computed by the compiled product, and stays a matrix of that shape and type."""
    a, b = operands(4, 5, 6)
    left, right = Matrix.from_array(a), Matrix.from_array(b)
    with use_backend("numba"):
        products = [left @ right for _ in range(eager.OFTEN + 2)]
    assert 1 == len(backend._products)
    assert 1 == len({product.numpy().tobytes() for product in products})
    assert (4, 6) == products[-1].shape


@pytest.mark.usefixtures("unchecked")
def test_a_wrong_shape_is_refused_after_a_right_one() -> None:
    """That a product is known takes no check from others."""
    a, b = operands(4, 5, 6)
    left, right = Matrix.from_array(a), Matrix.from_array(b)
    with use_backend("numba"):
        for _ in range(eager.OFTEN + 1):
            left @ right
        with pytest.raises(ShapeError, match="inner dimensions 6 and 4 differ"):
            right @ left


def test_few_columns_stay_numpys() -> None:
    """A matrix times a vector is computed by NumPy, also when it comes up often."""
    a, b = operands(100, 100, 1)
    assert {np.matmul(a, b).tobytes()} == set(often(a, b))
    assert [np.matmul] == list(backend._products.values())

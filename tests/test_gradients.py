"""The derivative of every operation against central differences in float64, on every backend."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray

from shapedmat import Matrix, sigmoid, sigmoid_derivative
from shapedmat.backends import Backend
from shapedmat.matrix import apply_op
from shapedmat.ops import MATMUL, MULTIPLY, OPS, Op

Array: TypeAlias = NDArray[np.float64]
AnyMatrix: TypeAlias = Matrix[Any, Any, Any]

STEP = 1e-6


@dataclass(frozen=True)
class Case:
    """The operands with which a derivative is tested, shapes of random matrices and numbers, and parameters."""

    operands: tuple[tuple[int, int] | float, ...]
    parameters: dict[str, Any] = field(default_factory=dict)
    positive: bool = False

    def draw(self) -> list[Array | float]:
        """Return the operands; their elements lie apart, and apart from zero, where some functions have a kink."""
        random = np.random.default_rng(0)
        drawn: list[Array | float] = []
        for operand in self.operands:
            if not isinstance(operand, tuple):
                drawn.append(operand)
                continue
            count = operand[0] * operand[1]
            magnitudes = random.permutation(np.linspace(0.3, 2, count)).reshape(operand)
            signs = 1 if self.positive else random.choice([-1, 1], operand)
            drawn.append(magnitudes * signs)
        return drawn


ELEMENTWISE = [Case(((3, 2),)), Case(((1, 1),))]
POSITIVE = [Case(((3, 2),), positive=True)]
BROADCASTING = [
    Case(((3, 2), (3, 2))),
    Case(((3, 2), (1, 2))),
    Case(((3, 1), (3, 2))),
    Case(((3, 1), (1, 2))),
    Case(((1, 1), (3, 2))),
    Case(((3, 2), 1.5)),
    Case((1.5, (3, 2))),
]
REDUCTIONS = [Case(((3, 2),), {"axis": axis}) for axis in (None, 0, 1)]
INDICES = [
    (slice(1, None), slice(None, None, -1)),
    (np.array([2, 0, 2]), slice(None)),
    (slice(None), np.array([True, False])),
]

CASES: dict[str, list[Case]] = {
    "add": BROADCASTING,
    "subtract": BROADCASTING,
    "multiply": BROADCASTING,
    "divide": BROADCASTING,
    "accumulate": [Case(((3, 2),)), Case(((3, 2), (3, 2), (3, 2)))],
    "hadamard": [Case(((3, 2), (3, 2)))],
    "negative": ELEMENTWISE,
    "absolute": ELEMENTWISE,
    "sign": ELEMENTWISE,
    "square": ELEMENTWISE,
    "sqrt": POSITIVE,
    "exp": ELEMENTWISE,
    "log": POSITIVE,
    "sin": ELEMENTWISE,
    "cos": ELEMENTWISE,
    "sigmoid": ELEMENTWISE,
    "tanh": ELEMENTWISE,
    "relu": ELEMENTWISE,
    "sigmoid_derivative": ELEMENTWISE,
    "tanh_derivative": ELEMENTWISE,
    "relu_derivative": ELEMENTWISE,
    "softmax": [Case(((3, 2),), {"axis": axis}) for axis in (0, 1)],
    "log_softmax": [Case(((3, 2),), {"axis": axis}) for axis in (0, 1)],
    "power": [
        *[Case(((3, 2),), {"exponent": exponent}) for exponent in (0, 1, 2, 3, -1)],
        Case(((3, 2),), {"exponent": 0.5}, positive=True),
    ],
    "cast": [Case(((3, 2),), {"dtype": np.dtype(np.float64)})],
    "matmul": [Case(((3, 4), (4, 2))), Case(((1, 3), (3, 1)))],
    "outer": [Case((a, b)) for a in ((3, 1), (1, 3)) for b in ((2, 1), (1, 2))],
    "sum": REDUCTIONS,
    "mean": REDUCTIONS,
    "max": REDUCTIONS,
    "min": REDUCTIONS,
    "norm": ELEMENTWISE,
    "transpose": ELEMENTWISE,
    "reshape": [Case(((3, 2),), {"shape": (1, 6)})],
    "broadcast": [Case((shape,), {"shape": (3, 2)}) for shape in ((3, 2), (1, 2), (3, 1), (1, 1))],
    "hstack": [Case(((3, 2),)), Case(((3, 2), (3, 1), (3, 4)))],
    "vstack": [Case(((3, 2),)), Case(((3, 2), (1, 2), (4, 2)))],
    "index": [Case(((3, 2),), {"key": key}) for key in INDICES],
    "scatter": [
        Case(((2, 2),), {"key": (slice(1, None), slice(None)), "shape": (3, 2)}),
        Case(((3, 2),), {"key": (np.array([1, 0, 1]), slice(None)), "shape": (3, 2)}),
    ],
    "row_norms": ELEMENTWISE,
    "differences": [Case(((3, 2), (1, 2)))],
    "distances": [Case(((3, 2), (1, 2)))],
}
WITHOUT_DERIVATIVE = {
    *("equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "is_close"),
    *("argmax", "argmin", "all", "any", "map", "assign"),
}

for_every_case = pytest.mark.parametrize(
    ("name", "case"),
    [
        pytest.param(name, case, id=f"{name}-{place}")
        for name, cases in CASES.items()
        for place, case in enumerate(cases)
    ],
)


def on_device(operands: list[Array | float], backend: Backend) -> list[AnyMatrix | float]:
    """Return the operands where the backend computes."""
    return [
        Matrix.from_array(each).to(backend.device_type) if isinstance(each, np.ndarray) else each for each in operands
    ]


def output(op: Op, operands: list[Array | float], case: Case, backend: Backend) -> Array:
    """Return what the operation gives, as an array of NumPy."""
    return apply_op(op, *on_device(operands, backend), **case.parameters).numpy()


def gradients(
    op: Op, operands: list[Array | float], case: Case, backend: Backend, weights: Array
) -> list[Array | None]:
    """Return the gradients of the weighted sum of the output by the operation's derivative."""
    assert op.vjp is not None
    matrices = on_device(operands, backend)
    result = apply_op(op, *matrices, **case.parameters)
    weight = Matrix.from_array(weights).to(backend.device_type)
    found: tuple[Any, ...] = op.vjp(weight, result, *matrices, **case.parameters)
    return [None if each is None else each.numpy() for each in found]


def central_differences(op: Op, case: Case, backend: Backend, weights: Array) -> list[Array | None]:
    """Return the gradients of the weighted sum of the output by moving each element a little up and down."""
    differences: list[Array | None] = []
    for operand in (operands := case.draw()):
        if not isinstance(operand, np.ndarray):
            differences.append(None)
            continue
        difference = np.empty_like(operand)
        for place in np.ndindex(operand.shape):
            value = operand[place]
            operand[place] = value + STEP
            above = np.sum(weights * output(op, operands, case, backend))
            operand[place] = value - STEP
            below = np.sum(weights * output(op, operands, case, backend))
            operand[place] = value
            difference[place] = (above - below) / (2 * STEP)
        differences.append(difference)
    return differences


def test_ops_without_derivative() -> None:
    """Comparisons, positions, truths and arbitrary functions have no derivative, and all else has one."""
    assert WITHOUT_DERIVATIVE == {name for name, op in OPS.items() if op.vjp is None}


def test_table_covers_every_derivative() -> None:
    """Every operation with a derivative has a case here."""
    assert sorted(CASES) == sorted(name for name, op in OPS.items() if op.vjp is not None)


@for_every_case
def test_gradients(name: str, case: Case, backend: Backend) -> None:
    """A derivative is what central differences give."""
    operands = case.draw()
    weights = np.random.default_rng(1).normal(size=output(OPS[name], operands, case, backend).shape)
    expected = central_differences(OPS[name], case, backend, weights)
    actual = gradients(OPS[name], operands, case, backend, weights)
    for wanted, given in zip(expected, actual, strict=True):
        if wanted is None:
            assert given is None
        else:
            assert given is not None
            np.testing.assert_allclose(given, wanted, rtol=1e-6, atol=1e-7)


@for_every_case
def test_gradient_keeps_type(name: str, case: Case, backend: Backend) -> None:
    """A gradient has the shape and the element type of its operand, also in float32."""
    operands: list[Any] = [each.astype(np.float32) if isinstance(each, np.ndarray) else each for each in case.draw()]
    weights: Any = np.ones(output(OPS[name], operands, case, backend).shape, np.float32)
    if name == "cast":
        weights = weights.astype(np.float64)
    found = gradients(OPS[name], operands, case, backend, weights)
    expected = [(each.shape, each.dtype) for each in operands if isinstance(each, np.ndarray)]
    assert expected == [(each.shape, each.dtype) for each in found if each is not None]


@pytest.mark.parametrize("name", ["norm", "row_norms"])
def test_norm_at_zero(name: str, backend: Backend) -> None:
    """At 0, where a norm has no derivative, its gradient is 0."""
    found = gradients(OPS[name], [np.zeros((1, 2))], Case(((1, 2),)), backend, np.ones((1, 1)))
    assert [[[0.0, 0.0]]] == [each.tolist() for each in found if each is not None]


def test_distance_at_zero(backend: Backend) -> None:
    """The gradient of the distance of a point from itself is 0."""
    point = np.array([[1.0, 2.0]])
    found = gradients(OPS["distances"], [point, point], Case(((1, 2), (1, 2))), backend, np.ones((1, 1)))
    assert [[[0.0, 0.0]]] * 2 == [each.tolist() for each in found if each is not None]


def test_power_zero_at_zero(backend: Backend) -> None:
    """The power 0 is constant, also at 0."""
    case = Case(((1, 1),), {"exponent": 0})
    found = gradients(OPS["power"], [np.zeros((1, 1))], case, backend, np.ones((1, 1)))
    assert [[[0.0]]] == [each.tolist() for each in found if each is not None]


def test_ties_share_the_gradient(backend: Backend) -> None:
    """Elements that tie for the maximum share its gradient."""
    case = Case(((1, 4),), {"axis": None})
    found = gradients(OPS["max"], [np.array([[1.0, 2.0, 0.0, 2.0]])], case, backend, np.ones((1, 1)))
    assert [[[0.0, 0.5, 0.0, 0.5]]] == [each.tolist() for each in found if each is not None]


@pytest.mark.parametrize("name", ["sum", "mean"])
def test_gradient_of_nothing(name: str, backend: Backend) -> None:
    """A reduction of no rows that are 3 wide over the rows' elements has a gradient of no rows."""
    found = gradients(OPS[name], [np.zeros((0, 3))], Case(((0, 3),), {"axis": 1}), backend, np.zeros((0, 1)))
    assert [(0, 3)] == [each.shape for each in found if each is not None]


def test_sigmoid_at_zero(backend: Backend) -> None:
    """σ(0) is 1/2."""
    assert [[0.5]] == sigmoid(Matrix.zeros(1, 1).to(backend.device_type)).numpy().tolist()


def test_sigmoid_derivative_at_zero(backend: Backend) -> None:
    """σ'(0) is 1/4."""
    zero = Matrix.zeros(1, 1).to(backend.device_type)
    assert [[0.25]] == sigmoid_derivative(sigmoid(zero)).numpy().tolist()


def golden(backend: Backend) -> tuple[AnyMatrix, AnyMatrix]:
    """Return the input and the weights of a linear layer whose result is known by hand."""
    x = Matrix.from_rows([[1.4, 0.3]], dtype=np.float64).to(backend.device_type)
    w = Matrix.from_rows([[0.5, 0.3, 0.2], [0.6, 0.7, 0.7]], dtype=np.float64).to(backend.device_type)
    return x, w


def test_golden_product(backend: Backend) -> None:
    """[1.4, 0.3] times [[.5, .3, .2], [.6, .7, .7]] is [.88, .63, .49]."""
    x, w = golden(backend)
    assert pytest.approx([0.88, 0.63, 0.49]) == (x @ w).numpy()[0].tolist()


def test_golden_gradient(backend: Backend) -> None:
    """With the output's gradient [1, -1, .5], the weights' gradient is [[1.4, -1.4, .7], [.3, -.3, .15]]."""
    x, w = golden(backend)
    gradient = Matrix.from_rows([[1, -1, 0.5]], dtype=np.float64).to(backend.device_type)
    assert MATMUL.vjp is not None
    found: Any = MATMUL.vjp(gradient, x @ w, x, w)[1]
    np.testing.assert_allclose(found.numpy(), [[1.4, -1.4, 0.7], [0.3, -0.3, 0.15]])


def test_numbers_have_no_gradient() -> None:
    """A number among the operands gets no gradient."""
    assert MULTIPLY.vjp is not None
    x = Matrix.ones(2, 2)
    assert MULTIPLY.vjp(x, x * 2, x, 2)[1] is None

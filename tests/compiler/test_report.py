"""The reports on compiled functions, word for word but for estimates."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from shapedmat import Matrix, jit, sigmoid, softmax
from shapedmat.compiler.loop import MiniBatchLoop
from shapedmat.kernels import target
from tests.compiler.test_executable import images, initialized, step


@pytest.fixture(autouse=True)
def _for_every_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Generate the code that every processor of its family runs, so that reports are the same."""
    monkeypatch.setenv(target.VARIABLE, "portable")


def matrix(rows: int, columns: int) -> Matrix[np.float32, Any, Any]:
    """Return some matrix."""
    return Matrix.from_array(np.random.default_rng(0).standard_normal((rows, columns)).astype(np.float32))


def without_estimates(report: str) -> str:
    """Leave out what depends on how cycles are estimated: their number, tiles, and memory for their operands."""
    report = re.sub(r"about [\d,]+ cycles", "about N cycles", report)
    report = re.sub(r"cycles: about [\d,]+", "cycles: about N", report)
    report = re.sub(r"\n +tiles of .*", "\n     tiles", report)
    return re.sub(r"[\d,]+ for each thread", "N for each thread", report)


@jit(threads=1)
def layer(w: Any, b: Any, x: Any, y: Any, rate: float) -> Any:
    """Take a step of a layer, with some operations that are not needed."""
    a = sigmoid(w @ x + b)
    error = a - y
    unused = error.T @ error
    del unused
    again = a - y
    two = Matrix.ones(3, 4, dtype=np.float32) + 1
    w -= rate * ((error * two) @ x.T)
    b[0:2] = b[1:3] * rate
    return softmax(again, axis=1), y[[1, 0, 2], :] @ x.T


PLAN = """\
layer: 10 groups on 1 thread
operations: 360 in products, 142 element by element
cycles: about N
memory: 640 bytes between groups, which would be 1,024 if none took another's place; N for each thread; 108 of results

1. product of 3×4, by rows
     computes matmul = w @ x
     computes sigmoid = sigmoid(matmul + b)
     computes subtract = sigmoid - y
     computes multiply = subtract * 2
     stores subtract at byte 0: 48 bytes of float32
     stores multiply at byte 128: 48 bytes of float32
     tiles
     120 in the product, 48 element by element; about N cycles

2. product of 3×5, by rows
     computes matmul_3 = multiply @ x.T
     computes subtract_3 = w - (cast(rate, dtype=float32) * matmul_3)
     stores subtract_3 in place of w: 60 bytes of float32
     tiles
     120 in the product, 31 element by element; about N cycles

3. pass over elements of 2×1, by rows
     computes multiply_3 = b[part] * cast(rate, dtype=float32)
     stores multiply_3 at byte 128: 8 bytes of float32
     3 element by element; about N cycles

4. rearrangement of 3×1, by rows
     computes assign = assign of b, multiply_3
     stores assign at byte 256: 12 bytes of float32
     0 element by element; about N cycles

5. reduction of 3×4, by rows
     computes softmax.max = max(subtract, axis=1)
     stores softmax.max at byte 128: 12 bytes of float32
     12 element by element; about N cycles

6. pass over elements of 3×4, by rows
     computes softmax.exp = exp(subtract - softmax.max)
     computes softmax.sum = sum(softmax.exp, axis=1)
     stores softmax.exp at byte 384: 48 bytes of float32
     stores softmax.sum at byte 512: 12 bytes of float32
     36 element by element; about N cycles

7. pass over elements of 3×4, by rows
     computes softmax = softmax.exp / softmax.sum
     stores softmax as result 1: 48 bytes of float32
     12 element by element; about N cycles

8. copy of 3×4, by rows
     computes index_2.copy = y[part], copied
     stores index_2.copy at byte 0: 48 bytes of float32
     0 element by element; about N cycles

9. product of 3×5, by rows
     computes matmul_4 = index_2.copy @ x.T
     stores matmul_4 as result 2: 60 bytes of float32
     tiles
     120 in the product, 0 element by element; about N cycles

10. copy of 3×1, by rows
     computes assign.copy = assign, copied
     stores assign.copy in place of b: 12 bytes of float32
     0 element by element; about N cycles
"""


EXPLANATION = """\
layer
  test_report.py, line 39, in layer: "a = sigmoid(w @ x + b)"
    matmul: group 1, a product, in registers alone
    add: computed wherever it is used, in group 1
    sigmoid: joins the product matmul in group 1, in registers alone
  test_report.py, line 40, in layer: "error = a - y"
    subtract: joins the product matmul in group 1
  test_report.py, line 41, in layer: "unused = error.T @ error"
    transpose: left out, as nothing needs it
    matmul_2: left out, as nothing needs it
  test_report.py, line 43, in layer: "again = a - y"
    subtract_2: the same as subtract, computed once
  test_report.py, line 44, in layer: "two = Matrix.ones(3, 4, dtype=np.float32) + 1"
    add_2: computed before the first call, as all of it is known
  test_report.py, line 45, in layer: "w -= rate * ((error * two) @ x.T)"
    multiply: joins the product matmul in group 1
    transpose_2: x.T, a view
    matmul_3: group 2, a product, in registers alone
    cast: computed wherever it is used, in groups 2 and 3
    multiply_2: computed wherever it is used, in group 2
    subtract_3: joins the product matmul_3 in group 2
  test_report.py, line 46, in layer: "b[0:2] = b[1:3] * rate"
    index: b[part], a view
    multiply_3: begins group 3, as none of its operands is computed over the same elements
    assign: group 4, a rearrangement
  test_report.py, line 47, in layer: "return softmax(again, axis=1), y[[1, 0, 2], :] @ x.T"
    softmax.max: group 5, a reduction
    softmax.subtract: computed wherever it is used, in group 6
    softmax.exp: begins group 6, as another operand depends on the group that computes one
    softmax.sum: added up in group 6 on the way
    softmax: begins group 7, as another operand depends on the group that computes one
    index_2: y[part], a view
    transpose_3: x.T, a view
    matmul_4: group 9, a product, of copies of y[part], whose elements lie at irregular distances
  w is changed in place by group 2
  b is changed by a copy of assign at the end: elements are moved to other places, so that old ones would be lost
"""


def called() -> None:
    """Call the layer once."""
    layer(matrix(3, 5), matrix(3, 1), matrix(5, 4), matrix(3, 4), 0.5)


def test_the_plan_of_a_layer() -> None:
    """The plan says of each group what it computes, where that is kept, and how many operations it takes."""
    called()
    assert PLAN == without_estimates(layer.plan()) + "\n"


def test_the_explanation_of_a_layer() -> None:
    """The explanation says of each operation on each line what became of it, and of each argument how it changes."""
    called()
    assert EXPLANATION == layer.explain() + "\n"


def test_a_step_of_the_mnist_network() -> None:
    """Bias, activation and derivative join products, the update of a weight the product of its gradient."""
    pixels, labels = images(32)
    compiled = jit(threads=1)(step)
    compiled(initialized(), Matrix.from_array(pixels), Matrix.from_array(labels), 0.5)
    lines = {line.strip() for line in compiled.explain().splitlines()}
    assert {
        "sigmoid: joins the product matmul in group 2",
        "multiply_2: joins the product matmul_3 in group 4",
        "multiply_3: joins the product matmul_4 in group 5",
        "sum_2: added up in group 5 on the way",
        "subtract_2: joins the product matmul_6 in group 7",
        "subtract_8: the same as subtract, computed once",
        "network.w1 is changed in place by group 7",
        "network.b3 is changed in place by group 12",
    } <= lines
    plan = compiled.plan().splitlines()
    assert plan[0] == "step: 14 groups on 1 thread"
    assert plan[1].startswith("operations: 14,540,800 in products, ")
    assert "     computes sigmoid = sigmoid(matmul + network.b1)" in plan
    assert "     stores subtract_2 in place of network.w1: 401,408 bytes of float32" in plan


def test_the_plan_of_a_loop() -> None:
    """The plan of a loop over mini-batches names the data sets, and has a part for each size of mini-batches."""
    pixels, labels = images(40)
    loop = MiniBatchLoop(step, threads=1)
    data = Matrix.from_array(pixels), Matrix.from_array(labels)
    loop.run(initialized(), data, np.arange(40), 32, [np.full(2, 0.5)])
    report = loop.plan()
    assert 2 == report.count("for each mini-batch, whose rows are read from images and labels where they lie\n")


def test_a_plan_says_what_is_carried_over_to_the_next_step() -> None:
    """With one sample a step, the plan says which product updates the weights, and in place of which group."""
    pixels, labels = images(2)
    loop = MiniBatchLoop(step, threads=1)
    loop.run(initialized(), [Matrix.from_array(pixels), Matrix.from_array(labels)], np.arange(2), 1, [np.full(2, 0.5)])
    report = loop.plan()
    assert "     updates network.w1 on the way, as group 7 of the step before says\n" in report
    assert "     done by group 2 of the next step on the way, and here behind the last step\n" in report


@jit(threads=1)
def swapped(a: Any, b: Any) -> None:
    """Exchange two matrices."""
    a_before = a.copy()
    a[:] = b
    b[:] = a_before


def test_what_is_exchanged_is_copied() -> None:
    """Arguments that are exchanged are changed by copies, with the reason."""
    swapped(matrix(3, 4), matrix(3, 4))
    reason = "no operation computes its new elements: they are there already"
    assert [
        f"  a is changed by a copy of b at the end: {reason}",
        f"  b is changed by a copy of a at the end: {reason}",
    ] == swapped.explain().splitlines()[-2:]


def test_a_plan_that_threads_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where threads share the work, each group says whether it is shared and before which they wait."""
    from shapedmat.compiler import plan
    from shapedmat.kernels import threads

    monkeypatch.setattr(threads, "processors", lambda: 2)
    monkeypatch.setattr(plan, "_SHARED_CYCLES", 0)
    monkeypatch.setattr(plan, "_sharing_pays", lambda _: True)
    two = jit(threads=2)(lambda x: (x @ x).T.copy().reshape(4, 1) + 1)
    two(matrix(2, 2))
    report = without_estimates(two.plan())
    assert report.startswith("<lambda>: ")
    assert "on 2 threads" in report
    assert "; about N cycles; shared by the threads" in report
    assert ", which wait for one another before" in report

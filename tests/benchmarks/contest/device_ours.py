"""This package's contestants on a device: `MiniBatchLoop`, products by our kernels and by cuBLAS, and maps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import numpy as np

from nets.mnist import Network
from nets.som import Batch, Exponential, Rectangular, SelfOrganizingMap, train
from shapedmat import Matrix, MiniBatchLoop, backends, synchronize
from shapedmat.kernels.cuda import driver, product_choices
from shapedmat.kernels.cuda.matmul import KERNEL, plan_product
from shapedmat.kernels.cuda.operands import Layout, find_layout
from shapedmat.kernels.cuda.tiling import ProductTiling
from shapedmat.kernels.cuda.tilings import choose
from shapedmat.precision import Precision
from tests.benchmarks.contest.device_cases import (
    LAUNCHES,
    clocked,
    map_samples,
    operands_of,
    order_of,
    samples_of,
    seconds_of_product,
    task_of,
)
from tests.benchmarks.contest.device_worker import Case, Formulation, Results
from tests.benchmarks.contest.task import Array

Made = Iterator[tuple[str, Callable[[], Formulation]]]

F32: Final = np.dtype(np.float32)


# --- steps ------------------------------------------------------------------------------------------------------------


class Loop:
    """`MiniBatchLoop` with `nets.mnist.Network`: shuffled rows of bytes, conversion, step and loss.

    Args:
        case: the network, the images, and the epochs of a turn.
        way: "resident" or "launches" on a GPU; without it, what is measured to be the faster one.
    """

    def __init__(self, case: Case, way: str | None = None) -> None:
        self.task, self.device = task_of(case), case["device"]
        samples = samples_of(case)
        initial = self.task.initial()
        arrays = [w for w, _ in initial] + [b[:, None] for _, b in initial]
        self.first: list[Matrix[Any, Any, Any]] = [Matrix.from_array(each).to(self.device) for each in arrays]
        self.matrices = [each.copy() for each in self.first]
        self.network: Any = Network(*self.matrices)
        self.data: list[Matrix[Any, Any, Any]] = [
            Matrix.from_array(each).to(self.device) for each in (samples.images, samples.targets)
        ]

        def step(network: Any, images: Any, targets: Any, rate: Any) -> Any:
            return network.step((images.astype(np.float32) / 255).T, targets.T, rate)

        self.loop: MiniBatchLoop[Any] = MiniBatchLoop(step)
        self.epoch = order_of(case, 1)
        self.order = order_of(case, case["epochs"])
        self.train(self.order)  # compiles, and measures which way is the faster
        if way is not None:
            self._ways._left = [way]

    def start(self) -> None:
        for matrix, first in zip(self.matrices, self.first, strict=True):
            matrix[:, :] = first

    def train(self, order: Array) -> Array:
        rates = np.full(len(order), self.task.rate)
        losses: Array = self.loop.run(self.network, self.data, order.reshape(-1), self.task.batch, [rates])
        return losses

    def seconds(self) -> float:
        taken = clocked(lambda: self.train(self.order), lambda: synchronize(self.device), self.start)
        return taken / len(self.order)

    def results(self) -> Results:
        self.start()
        losses = self.train(self.epoch)
        names = ("w1", "w2", "w3", "b1", "b2", "b3")
        shown = {name: matrix.numpy() for name, matrix in zip(names, self.matrices, strict=True)}
        return {"losses": losses, **{name: each[:, 0] if name[0] == "b" else each for name, each in shown.items()}}

    def note(self) -> str:
        return str(self._ways.best) if self.device != "cpu" else ""

    @property
    def _ways(self) -> Any:
        # Which way runs is no setting of a user's, so it is set and read where the loop keeps it.
        (program,) = self.loop._programs.values()
        return program.executable._ways  # type: ignore[attr-defined]  # of code for a GPU


def steps(case: Case) -> Made:
    """Yield the loop as users have it."""
    yield "MiniBatchLoop", lambda: Loop(case)


def resident_steps(case: Case) -> Made:
    """Yield the loop as one kernel whose blocks stay."""
    yield "MiniBatchLoop, resident", lambda: Loop(case, "resident")


def launched_steps(case: Case) -> Made:
    """Yield the loop as a graph of launches, one for each phase."""
    yield "MiniBatchLoop, launches", lambda: Loop(case, "launches")


# --- products ---------------------------------------------------------------------------------------------------------


class Product:
    """A product of matrices on the current GPU, many times in a row.

    Args:
        case: the operands.
        multiply: makes, of the operands and the result, what launches the product once; it allocates nothing then.
        captured: whether the launches are those of a graph, which takes them no time of the host's.
    """

    def __init__(self, case: Case, multiply: Callable[[Any, Any, Any], Callable[[], None]], *, captured: bool) -> None:
        xp = backends.get("cupy").namespace
        a, b = (xp.asarray(each, order="A") for each in operands_of(case))
        self.c = xp.empty((a.shape[0], b.shape[1]), np.float32)
        self.once = multiply(a, b, self.c)  # which keeps the operands, as a graph does not
        self.once()  # compiles, and loads

        def several() -> None:
            for _ in range(LAUNCHES):
                self.once()

        self.several = driver.captured(several) if captured else several

    def seconds(self) -> float:
        def timed(times: int) -> float:
            def repeated() -> None:
                for _ in range(times):
                    self.several()

            return driver.seconds(repeated)

        return seconds_of_product(timed)

    def results(self) -> Results:
        self.c.fill(np.nan)
        self.several()
        return {"product": self.c.get()}

    def note(self) -> str:
        return ""


def products(case: Case) -> Made:
    """Yield what `shapedmat.kernels.cuda.choices` measures to be the fastest: one of our kernels, or cuBLAS."""
    choice = product_choices.product(tuple(case["shape"]), F32, _layouts(case))
    yield from _formulations(case, choice.tiling)


def counted_products(case: Case) -> Made:
    """Yield our kernel with the tiling that fewest cycles are counted for."""
    yield from _formulations(case, _counted(case, "full"))


def tf32_products(case: Case) -> Made:
    """Yield our kernel for tensor cores with operands in tf32."""
    yield from _formulations(case, _counted(case, "tf32"))


def bf16_products(case: Case) -> Made:
    """Yield our kernel for tensor cores with operands in bf16."""
    yield from _formulations(case, _counted(case, "bf16"))


def cublas_products(case: Case) -> Made:
    """Yield ``cupy.matmul``."""
    yield from _formulations(case, None)


def _formulations(case: Case, tiling: ProductTiling | None) -> Made:
    name = "cuBLAS" if tiling is None else _described(tiling)
    multiply: Callable[[Any, Any, Any], Callable[[], None]] = _cublas if tiling is None else partial(_tiled, tiling)
    for how, captured in (("in a graph", True), ("one by one", False)):
        yield f"{name}, {how}", partial(Product, case, multiply, captured=captured)


def _described(tiling: ProductTiling) -> str:
    tile = f"tiles of {tiling.tile_rows} × {tiling.tile_cols} × {tiling.tile_inner}"
    return f"{tile}, {tiling.slices} slices, {tiling.parts} parts"


def _cublas(a: Any, b: Any, c: Any) -> Callable[[], None]:
    xp = backends.get("cupy").namespace

    def launch() -> None:
        xp.matmul(a, b, out=c)

    return launch


def _tiled(tiling: ProductTiling, a: Any, b: Any, c: Any) -> Callable[[], None]:
    xp = backends.get("cupy").namespace
    layouts = [find_layout(each.shape, each.strides, each.itemsize, each.data.ptr) for each in (a, b)]
    assert layouts[0] is not None
    assert layouts[1] is not None
    rows, inner = a.shape
    plan = plan_product(rows, inner, b.shape[1], F32, a_layout=layouts[0], b_layout=layouts[1], tiling=tiling)
    scratch = xp.empty(plan.scratch, np.float32) if plan.scratch else 0
    tickets = xp.zeros(plan.tickets, np.uint32) if plan.tickets else 0
    kernel = driver.kernel(plan.source, KERNEL, shared_bytes=plan.shared_bytes)
    return lambda: kernel(plan.grid, plan.threads, (a, b, c, scratch, tickets))


def _counted(case: Case, precision: Precision) -> ProductTiling:
    rows, inner, columns = case["shape"]
    return choose(rows, inner, columns, F32, precision=precision, multiprocessors=driver.multiprocessors())


def _layouts(case: Case) -> tuple[Layout, Layout]:
    """Return how the operands lie in memory of a GPU, where they begin at a multiple of the bytes of any access."""
    a, b = operands_of(case)
    left = find_layout((a.shape[0], a.shape[1]), (a.strides[0], a.strides[1]), a.itemsize, 256)
    right = find_layout((b.shape[0], b.shape[1]), (b.strides[0], b.strides[1]), b.itemsize, 256)
    assert left is not None
    assert right is not None
    return left, right


# --- maps -------------------------------------------------------------------------------------------------------------


class Map:
    """Batch training of `nets.som` on samples that lie on the device."""

    def __init__(self, case: Case) -> None:
        x, self.device = map_samples(case), case["device"]
        self.epochs: int = case["epochs"]
        self.side: int = case["side"]
        self.samples: Matrix[Any, Any, Any] = Matrix.from_array(x).to(self.device)
        self.start: Matrix[Any, Any, Any] = Matrix.from_array(x[: self.side**2].copy()).to(self.device)
        self.som: Any = None

    def train(self) -> None:
        self.som = SelfOrganizingMap.on(Rectangular(self.side, self.side), self.start)
        influence = Exponential(self.side / 4, 0.5)
        train(self.som, self.samples, rule=Batch(), epochs=self.epochs, influence=influence)

    def seconds(self) -> float:
        return clocked(self.train, lambda: synchronize(self.device)) / self.epochs

    def results(self) -> Results:
        self.train()
        return {"codebook": self.som.codebook.numpy()}

    def note(self) -> str:
        return ""


def maps(case: Case) -> Made:
    """Yield the one way that there is."""
    yield "nets.som", lambda: Map(case)

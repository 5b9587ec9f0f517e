"""PyTorch's contestants on a device: the step in a CUDA graph and compiled, products by its cuBLAS, and maps.

On the CPU, where there are no graphs, the same operations run one by one, so that what they compute can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import numpy as np
import torch

from nets.som import Exponential, Rectangular
from tests.benchmarks.contest.device_cases import (
    LAUNCHES,
    STEPS_OF_GRAPH,
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
from tests.benchmarks.contest.torch_map import CHUNK_BYTES, TorchMap
from tests.benchmarks.contest.torch_networks import plain_train_step, train_step

Made = Iterator[tuple[str, Callable[[], Formulation]]]

_WARM_UPS: Final = 3


def use_full_precision() -> None:
    """Let PyTorch multiply float32 in full precision, in cuBLAS and in what it compiles."""
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.set_float32_matmul_precision("highest")


def wait_for(device: str) -> Callable[[], object]:
    """Return what waits for a device."""
    return torch.cuda.synchronize if device.startswith("cuda") else lambda: None


def captured(run: Callable[[], object], times: int, device: str) -> Callable[[], object]:
    """Return what repeats some runs of a function in a row: on a GPU, one launch of a CUDA graph.

    A graph is captured on the stream on which the function ran before, as then all that libraries keep for a stream is
    there (PyTorch, "CUDA semantics", "CUDA Graphs").
    """

    def several() -> None:
        for _ in range(times):
            run()

    if not device.startswith("cuda"):
        return several
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(_WARM_UPS):
            run()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=stream):
        several()
    replay: Callable[[], object] = graph.replay
    return replay


# --- steps ------------------------------------------------------------------------------------------------------------


class _Steps:
    """The tensors of a network and its images on a device, with the order of the rows and how far it has been followed.

    Args:
        case: the network, the images, and the epochs of a turn.
        step: takes a step in place and returns the loss; see `torch_networks.train_step`.
        as_bytes: whether images lie there as the bytes that they are, or as float32.
    """

    def __init__(self, case: Case, step: Callable[..., Any], *, as_bytes: bool) -> None:
        use_full_precision()
        self.task, self.device, self.step_of = task_of(case), case["device"], step
        samples = samples_of(case)
        images = torch.from_numpy(samples.images).to(self.device)
        self.images = images if as_bytes else images.float() / 255
        self.targets = torch.from_numpy(samples.targets).to(self.device)
        self.first = [torch.from_numpy(each).to(self.device) for layer in self.task.initial() for each in layer]
        self.parameters = [each.clone() for each in self.first]
        self.layers = list(zip(self.parameters[::2], self.parameters[1::2], strict=True))
        self.epoch, self.turn = order_of(case, 1), order_of(case, case["epochs"])
        self.order = torch.from_numpy(self.turn).to(self.device)
        self.done = torch.zeros(1, dtype=torch.int64, device=self.device)
        self.losses = torch.zeros(len(self.turn), device=self.device)

    def start(self) -> None:
        for parameter, first in zip(self.parameters, self.first, strict=True):
            parameter.copy_(first)
        self.done.zero_()

    def take(self, steps: int) -> None:
        """Take so many steps, from that on which `done` says."""
        raise NotImplementedError

    def train(self, order: Array) -> Array:
        self.order[: len(order)].copy_(torch.from_numpy(order))
        self.take(len(order))
        losses: Array = self.losses[: len(order)].cpu().numpy()
        return losses

    def seconds(self) -> float:
        with torch.no_grad():
            taken = clocked(lambda: self.train(self.turn), wait_for(self.device), self.start)
        return taken / len(self.turn)

    def results(self) -> Results:
        with torch.no_grad():
            self.start()
            losses = self.train(self.epoch)
            names = ("w1", "b1", "w2", "b2", "w3", "b3")
            return {"losses": losses, **{n: p.cpu().numpy() for n, p in zip(names, self.parameters, strict=True)}}

    def note(self) -> str:
        return ""


class Graph(_Steps):
    """Graphs of one step and of several, in which the rows are found by a counter on the device."""

    def __init__(self, case: Case, step: Callable[..., Any], *, as_bytes: bool, at_once: int = 1) -> None:
        super().__init__(case, step, as_bytes=as_bytes)
        self.at_once = at_once
        with torch.no_grad():
            self.start()
            self.one = captured(self._counted, 1, self.device)
            self.start()
            self.several = captured(self._counted, at_once, self.device) if at_once > 1 else self.one

    def _counted(self) -> None:
        rows = torch.index_select(self.order, 0, self.done)[0]
        loss = self.step_of(self.layers, self.images, self.targets, rows, self.task.rate)
        self.losses.index_copy_(0, self.done, loss[None])
        self.done.add_(1)

    def take(self, steps: int) -> None:
        for _ in range(steps // self.at_once):
            self.several()
        for _ in range(steps % self.at_once):
            self.one()


class GraphOfGivenRows(_Steps):
    """A graph of one step, before which the rows are copied to where it reads them, from elsewhere on the device."""

    def __init__(self, case: Case, step: Callable[..., Any], *, as_bytes: bool) -> None:
        super().__init__(case, step, as_bytes=as_bytes)
        self.rows = self.order[0].clone()
        with torch.no_grad():
            self.start()
            self.one = captured(self._of_rows, 1, self.device)

    def _of_rows(self) -> None:
        loss = self.step_of(self.layers, self.images, self.targets, self.rows, self.task.rate)
        self.losses.index_copy_(0, self.done, loss[None])
        self.done.add_(1)

    def take(self, steps: int) -> None:
        for rows in self.order[:steps].unbind():
            self.rows.copy_(rows)
            self.one()


class Compiled(_Steps):
    """A step that `torch.compile` puts into CUDA graphs of its own, in which the rows are found by a counter."""

    def __init__(self, case: Case, mode: str) -> None:
        super().__init__(case, plain_train_step, as_bytes=True)
        torch._dynamo.reset()
        torch._dynamo.utils.counters.clear()
        rate = self.task.rate

        def counted(layers: Any, images: Any, targets: Any, order: Any, done: Any, losses: Any) -> None:
            rows = torch.index_select(order, 0, done)[0]
            loss = plain_train_step(layers, images, targets, rows, rate)
            losses.index_copy_(0, done, loss[None])
            done.add_(1)

        # What stays where it is need not be copied into a graph's memory, and may be changed in place there.
        for tensor in (*self.parameters, self.images, self.targets, self.order, self.done, self.losses):
            torch._dynamo.mark_static_address(tensor)
        self.counted: Any = torch.compile(counted, dynamic=False, fullgraph=True, mode=mode)

    def take(self, steps: int) -> None:
        for _ in range(steps):
            self.counted(self.layers, self.images, self.targets, self.order, self.done, self.losses)

    def note(self) -> str:
        # PyTorch goes on without graphs where it finds that they cannot be.
        skipped = torch._dynamo.utils.counters["inductor"]["cudagraph_skips"]
        return f"{skipped} CUDA graphs skipped" if skipped else ""


def _compiled_step() -> Any:
    torch._dynamo.reset()
    return torch.compile(plain_train_step, dynamic=False, fullgraph=True, mode="max-autotune-no-cudagraphs")


def graph_steps(case: Case) -> Made:
    """Yield graphs of the step with gradients by hand: of one step or several, with rows found or given."""
    several = f"graph of {STEPS_OF_GRAPH} steps, rows by a counter"
    for kind, as_bytes in (("float32", False), ("bytes", True)):
        yield f"{several}, {kind}", partial(Graph, case, train_step, as_bytes=as_bytes, at_once=STEPS_OF_GRAPH)
    yield "graph of a step, rows by a counter, float32", partial(Graph, case, train_step, as_bytes=False)
    yield "graph of a step, rows copied before, float32", partial(GraphOfGivenRows, case, train_step, as_bytes=False)


def compiled_steps(case: Case) -> Made:
    """Yield `torch.compile` of the step, in a graph of several steps and in its own graphs."""
    yield (
        f"max-autotune in a graph of {STEPS_OF_GRAPH} steps",
        lambda: Graph(case, _compiled_step(), as_bytes=True, at_once=STEPS_OF_GRAPH),
    )
    for mode in ("reduce-overhead", "max-autotune"):
        yield mode, partial(Compiled, case, mode)


# --- products ---------------------------------------------------------------------------------------------------------


class Product:
    """``torch.matmul`` of two matrices, many times in a row."""

    def __init__(self, case: Case) -> None:
        use_full_precision()
        self.device = case["device"]
        # A column-major array becomes the transpose of a row-major tensor, which cuBLAS reads as it lies.
        a, b = (torch.from_numpy(each).to(self.device) for each in operands_of(case))
        self.operands = a, b  # which a graph does not keep
        self.c = torch.empty((a.shape[0], b.shape[1]), device=self.device)
        self.several = captured(lambda: torch.matmul(a, b, out=self.c), LAUNCHES, self.device)

    def seconds(self) -> float:
        def timed(times: int) -> float:
            def repeated() -> None:
                for _ in range(times):
                    self.several()

            if not self.device.startswith("cuda"):
                return clocked(repeated, lambda: None)
            start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            start.record()
            repeated()
            end.record()
            end.synchronize()
            return float(start.elapsed_time(end)) / 1000

        with torch.inference_mode():
            return seconds_of_product(timed)

    def results(self) -> Results:
        with torch.inference_mode():
            self.c.fill_(np.nan)
            self.several()
            return {"product": self.c.cpu().numpy()}

    def note(self) -> str:
        return ""


def products(case: Case) -> Made:
    """Yield a graph of many products."""
    yield "cuBLAS, in a graph", partial(Product, case)


# --- maps -------------------------------------------------------------------------------------------------------------


class Map:
    """Batch training of a map by `torch_map.TorchMap`."""

    def __init__(self, case: Case, chunk_bytes: int) -> None:
        use_full_precision()
        x, side, self.device = map_samples(case), case["side"], case["device"]
        self.epochs: int = case["epochs"]
        self.start = torch.from_numpy(x[: side**2].copy()).to(self.device)
        apart = Rectangular(side, side).distances.numpy().astype(np.float32)
        self.map = TorchMap(x, x[: side**2].copy(), apart, self.device, chunk_bytes)
        influence = Exponential(side / 4, 0.5)
        self.influences = [float(influence.at(epoch / self.epochs)) for epoch in range(self.epochs)]

    def train(self) -> None:
        self.map.codebook = self.start.clone()
        self.map.train(self.influences)

    def seconds(self) -> float:
        return clocked(self.train, wait_for(self.device)) / self.epochs

    def results(self) -> Results:
        self.train()
        return {"codebook": self.map.codebook.cpu().numpy()}

    def note(self) -> str:
        return ""


def maps(case: Case) -> Made:
    """Yield the map with scores of several numbers of samples at once, up to all."""
    scores = 4 * case["samples"] * case["side"] ** 2
    for chunk_bytes in CHUNK_BYTES:
        if chunk_bytes < 2 * scores or chunk_bytes == CHUNK_BYTES[0]:
            yield f"scores of {chunk_bytes >> 20} MiB at once", partial(Map, case, chunk_bytes)

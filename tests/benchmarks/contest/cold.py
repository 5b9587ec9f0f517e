"""A process that trains to an accuracy, and tells when it had done what.

It imports nothing that its contestant does not need, so that the time of its imports is the contestant's own.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from nets.data import load
from tests.benchmarks.contest.task import Contestant, Samples, Task


@dataclass(frozen=True)
class Setting:
    """What is trained.

    Attributes:
        data: the folder of IDX files.
        batch: the samples of a mini-batch.
        rate: the learning rate.
        accuracy: the share of the test images at which training ends.
        epochs: after how many epochs it ends in any case.
    """

    data: str
    batch: int
    rate: float
    accuracy: float
    epochs: int


@dataclass(frozen=True)
class Run:
    """What one process did, in seconds since it was started.

    Attributes:
        imported: when its imports were done.
        loaded: when it had the data.
        first_step: how long the first step took beyond a later one.
        step: how long a later step took.
        reached: when it had the accuracy.
        processor: how long the processor had worked until then.
        epochs: what it had trained until then.
        accuracy: of the last test.
        resident: bytes that were resident after the imports.
        peak: the most bytes that ever were.
    """

    imported: float
    loaded: float
    first_step: float
    step: float
    reached: float
    processor: float
    epochs: float
    accuracy: float
    resident: int
    peak: int


def contestant(name: str, task: Task, samples: Samples, steps: int) -> tuple[Contestant, int]:
    """Return a contestant, and how many steps its first call takes: JAX compiles for their number."""
    if name == "shapedmat":
        from tests.benchmarks.contest.ours import Compiled

        return Compiled(task, samples, 1), 1
    if name == "JAX":
        import jax.numpy as jnp

        from tests.benchmarks.contest.jax_networks import Scan

        images, targets = jnp.asarray(samples.images), jnp.asarray(samples.targets)
        return Scan(task, images, targets, "x · w", at_once=True, unroll=1, steps=steps), steps
    import torch

    from tests.benchmarks.contest.torch_networks import ByHand, Modules

    torch.set_num_threads(1)
    kind = Modules if name == "PyTorch" else ByHand
    return kind(task, torch.from_numpy(samples.images), torch.from_numpy(samples.targets)), 1


def memory(name: str) -> int:
    """Return VmHWM or VmRSS of this process, in bytes; 0 where the system has no such file."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(name))


def train(name: str, setting: Setting, begun: float) -> Run:
    """Train in this process, which was started at a time of the monotonic clock."""
    # What a contestant imports, it imports before it has any data.
    task = Task(batch=setting.batch, rate=setting.rate)
    few = Samples.of(np.zeros((setting.batch, 784), np.uint8), np.zeros(setting.batch, np.int64))
    contestant(name, task, few, 1)
    imported, resident = time.monotonic() - begun, memory("VmRSS")
    dataset = load(setting.data)
    samples = Samples.of(dataset.train_images, dataset.train_labels)
    pixels = dataset.test_images.reshape(-1, 784).astype(np.float32) / np.float32(255)
    loaded = time.monotonic() - begun
    steps = len(samples.images) // setting.batch // 4
    own, at_first = contestant(name, task, samples, steps)
    own.start()
    order = task.order(len(samples.images), steps * 4 * setting.epochs)
    start = time.perf_counter()
    own.train(order[:at_first])
    first = time.perf_counter() - start
    taken, done, accuracy = 0.0, at_first, 0.0
    for quarter in range(1, 4 * setting.epochs + 1):
        start = time.perf_counter()
        if done < quarter * steps:
            own.train(order[done : quarter * steps])
            taken += time.perf_counter() - start
            done = quarter * steps
        right = own.outputs(pixels).argmax(axis=1) == dataset.test_labels
        accuracy = float(right.mean())
        if accuracy >= setting.accuracy:
            break
    step = taken / max(1, done - at_first)
    return Run(
        imported=imported,
        loaded=loaded,
        first_step=first - at_first * step,
        step=step,
        reached=time.monotonic() - begun,
        processor=time.process_time(),
        epochs=done * setting.batch / len(samples.images),
        accuracy=accuracy,
        resident=resident,
        peak=memory("VmHWM"),
    )


if __name__ == "__main__":
    contestant_name, settings, started = sys.argv[1:]
    print(json.dumps(asdict(train(contestant_name, Setting(**json.loads(settings)), float(started)))))

"""What is reported of kernels that NVIDIA's compiler takes, or does not."""

from __future__ import annotations

import pytest

from tests.cuda.nvrtc import ARCHITECTURES, Architecture, Report, compiled

SOURCE = """
extern "C" __global__ void __launch_bounds__(256) reverse(float* x) {
  __shared__ float block[256];
  block[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  x[threadIdx.x] = block[255 - threadIdx.x];
}

extern "C" __global__ void __launch_bounds__(1024) spill(float* x, long long turns) {
  float kept[COUNT];
  for (int i = 0; i < COUNT; ++i) {
    kept[i] = x[i * 1024 + threadIdx.x];
  }
  __syncthreads();
  for (long long turn = 0; turn < turns; ++turn) {
    for (int i = 0; i < COUNT; ++i) {
      kept[i] = kept[i] * kept[(i + COUNT / 2) % COUNT] + float(turn);
    }
  }
  for (int i = 0; i < COUNT; ++i) {
    x[i * 1024 + threadIdx.x] = kept[i];
  }
}
"""


def report(architecture: Architecture, count: int) -> Report:
    """Compile the kernels, with so many numbers in the registers of the second one."""
    return compiled(SOURCE, architecture, (f"-DCOUNT={count}",))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_kernels_are_reported(architecture: Architecture) -> None:
    """Each kernel has its registers and its shared memory, and nothing is complained of."""
    found = report(architecture, 10)
    assert ("", {"reverse", "spill"}) == (found.log, set(found.kernels))
    assert (0, 1024, 0) == (
        found.kernels["reverse"].spilled_bytes,
        found.kernels["reverse"].shared_bytes,
        found.kernels["spill"].spilled_bytes,
    )
    assert 8 <= found.kernels["spill"].registers <= 64


def test_spilled_registers_are_found() -> None:
    """A thread of 1024 has 64 registers, and what does not fit them is reported."""
    resources = report("sm_80", 100).kernels["spill"]
    assert (64, True, True) == (resources.registers, resources.spilled_bytes > 0, resources.stack_bytes > 0)


def test_complaints_are_reported() -> None:
    """A warning stands in the log beside the kernel, and an error alone."""
    warned = compiled('extern "C" __global__ void f(float* x) { int unused; x[0] = 1; }', "sm_80")
    failed = compiled('extern "C" __global__ void f(float* x) { x[0] = missing; }', "sm_80")
    assert ("was declared but never referenced" in warned.log, set(warned.kernels)) == (True, {"f"})
    assert ("is undefined" in failed.log, failed.kernels) == (True, {})

"""What the tests share: run-time checks of both packages, a fixture of all backends, and Hypothesis's settings."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import jaxtyping
import pytest
from hypothesis import HealthCheck, settings

from shapedmat.checking import install_import_hook

if TYPE_CHECKING:
    from shapedmat.backends import Backend

ROOT = Path(__file__).parents[1]

# No test writes into the user's cache; processes that tests start inherit it.
_CACHE = tempfile.TemporaryDirectory(prefix="shapedmat-cache-")
os.environ["SHAPEDMAT_CACHE"] = _CACHE.name

collect_ignore = ["__main__.py", "benchmarks"]  # run by hand, the latter with peers that the tests do not need

# Left out are the kernels, since Numba cannot compile what a check wraps; the shape algebra, whose tests call it so
# often that the checks would take minutes; `specialization`, which binds names for the call around it, and a check of
# its own would be that call; and `checking`, which is imported already.
UNCHECKED = ("__init__", "__pycache__", "checking", "dimensions", "kernels", "py", "shapes")

install_import_hook(
    "nets",
    "shapedmat.kernels.cuda",
    *(f"shapedmat.{path.stem}" for path in sorted((ROOT / "shapedmat").iterdir()) if path.stem not in UNCHECKED),
)

settings.register_profile(
    "suite",
    deadline=None,
    max_examples=20,
    derandomize="CI" in os.environ,
    # The backend is the same for every example of a test.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("suite")


def cuda_obstacle() -> str | None:
    """Say why nothing can run on a GPU here, or nothing where it can."""
    try:
        import cupy
    except ImportError:
        return "cupy is not installed"
    try:
        cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        return f"there is no CUDA device: {error}"
    return None


CUDA_OBSTACLE = cuda_obstacle()


def pytest_report_header() -> str:
    """Say once what a few thousand skipped tests would say each."""
    return f"cuda: the tests on a GPU are skipped, {CUDA_OBSTACLE}" if CUDA_OBSTACLE else "cuda: a GPU is tested"


@pytest.fixture(
    params=[
        "numpy",
        "numba",
        pytest.param("cupy", marks=pytest.mark.cuda),
        pytest.param("cupy-tiled", marks=pytest.mark.cuda),
        pytest.param("cupy-cublas", marks=pytest.mark.cuda),
    ]
)
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Run the test under each backend; matrices are moved to where it computes with `.to(backend.device_type)`."""
    from shapedmat import use_backend

    name: str = request.param
    if name.startswith("cupy") and CUDA_OBSTACLE:
        pytest.skip(CUDA_OBSTACLE)
    with use_backend(name) as chosen:
        yield chosen


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Turn the run-time type checks off, to meet the package's own words for what a type checker refuses first."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)

"""What the package imports, and when; each in a Python of its own. And the names that it publishes."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import shapedmat

ROOT = Path(__file__).parents[1]

NAMES = [
    alias.asname or alias.name
    for node in ast.parse((ROOT / "shapedmat" / "__init__.pyi").read_text(encoding="utf-8")).body
    if isinstance(node, ast.ImportFrom)
    for alias in node.names
]
HEAVY = ("cupy", "matplotlib", "mypy", "numba", "rich", "sklearn", "torch", "tyro")


def imported(program: str, candidates: tuple[str, ...]) -> list[str]:
    """Return which of the packages are imported once a program has run in a new Python."""
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{program}\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    modules = set(run.stdout.split())
    return [name for name in candidates if name in modules]


def test_matrix_imports_nothing_heavy() -> None:
    """To use matrices, none of the packages that only some users need is imported."""
    assert [] == imported(
        "import shapedmat; from shapedmat import Matrix; Matrix.ones(2, 2) @ Matrix.ones(2, 2)", HEAVY
    )


def test_shape_algebra_imports_no_numpy() -> None:
    """The shape algebra is there without NumPy."""
    assert [] == imported("import shapedmat.shapes", ("numpy", "jaxtyping", "beartype"))


@pytest.mark.parametrize("name", ["numpy", "numba"])
def test_imports_are_found(name: str) -> None:
    """The two tests above would find a package that is imported."""
    assert [name] == imported("import shapedmat.backends.numba", (name,))


@pytest.mark.parametrize("name", NAMES)
def test_public_names_resolve(name: str) -> None:
    """Each name that the package publishes is there."""
    assert getattr(shapedmat, name) is not None


def test_dir() -> None:
    """`dir` lists the public names before any of them is used."""
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import shapedmat; print(*dir(shapedmat))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(NAMES) <= set(run.stdout.split())


def test_all() -> None:
    """`__all__` holds the public names and no others."""
    assert sorted(NAMES) == sorted(vars(shapedmat)["__all__"])


def test_unknown_name() -> None:
    """A name that the package does not have raises as it does in any module."""
    with pytest.raises(AttributeError, match="matriks"):
        getattr(shapedmat, "matriks")  # noqa: B009  # a type checker would refuse it

"""Data flows one way through the modules: the imports of each are read and compared with the order of layers."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# From the bottom up: a module imports from its own layer and from those above it in this list.
LAYERS: tuple[frozenset[str], ...] = tuple(
    frozenset(layer.split())
    for layer in (
        "shapedmat.errors shapedmat.atomic",
        "shapedmat.dimensions",
        "shapedmat.shapes shapedmat.annotations",
        "shapedmat.mypy_plugin",
        "shapedmat.specialization shapedmat.initializers shapedmat.precision",
        "shapedmat.ops",
        "shapedmat.backends shapedmat.kernels",
        "shapedmat.construction",
        "shapedmat.matrix",
        "shapedmat.functions",
        "shapedmat.graph",
        "shapedmat.compiler",
        "shapedmat.checking shapedmat.files",
        "shapedmat",
        "nets",
    )
)
PURE = ("shapedmat.errors", "shapedmat.dimensions", "shapedmat.shapes", "shapedmat.annotations")
COMPILERS = ("numba", "llvmlite", "cupy")

SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path.read_text(encoding="utf-8")
    for package in ("shapedmat", "nets")
    for path in sorted((ROOT / package).rglob("*.py"))
}


def imports(source: str) -> set[str]:
    """Return the modules that a module imports, wherever it does, save where only type checkers read."""
    found: set[str] = set()
    nodes: list[ast.AST] = [ast.parse(source)]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            nodes += node.orelse
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            # What is imported from a package may be a module or a name in it.
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        else:
            nodes += ast.iter_child_nodes(node)
    return found


def layer(name: str) -> int | None:
    """Return the place in `LAYERS` of a module, or of the module that a name is in; None for other packages."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        for place, modules in enumerate(LAYERS):
            if ".".join(parts[:length]) in modules:
                return place
    return None


def upward_imports(module: str, source: str) -> list[str]:
    """Return what a module imports from layers above its own."""
    own = layer(module)
    assert own is not None
    return sorted(name for name in imports(source) if (place := layer(name)) is not None and place > own)


def packages(source: str) -> set[str]:
    """Return the top-level packages that a module imports."""
    return {name.partition(".")[0] for name in imports(source)}


def test_every_module_has_a_layer() -> None:
    """Each module of shapedmat is in a layer of its own name or its package's."""
    unplaced = [name for name in SOURCES if name.startswith("shapedmat.") and layer(name) == layer("shapedmat")]
    assert [] == unplaced


@pytest.mark.parametrize("module", SOURCES)
def test_imports_flow_one_way(module: str) -> None:
    """A module imports from its own layer and those below it."""
    assert [] == upward_imports(module, SOURCES[module])


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("shapedmat.shapes", "from shapedmat.ops import OPS"),
        ("shapedmat.shapes", "from shapedmat import matrix"),
        ("shapedmat.matrix", "from shapedmat.functions import sigmoid"),
        ("shapedmat.matrix", "from shapedmat import Matrix"),
        ("shapedmat.backends.numpy", "def late():\n    import shapedmat.construction"),
        ("shapedmat.kernels.product", "from nets import data"),
        ("shapedmat.ops", "if TYPE_CHECKING:\n    pass\nelse:\n    from shapedmat.matrix import Matrix"),
    ],
)
def test_upward_imports_are_found(module: str, source: str) -> None:
    """An import from a layer above is found, in every way to write it."""
    assert upward_imports(module, source)


def test_imports_for_type_checkers_are_exempt() -> None:
    """What only a type checker imports may be in a layer above."""
    assert [] == upward_imports("shapedmat.ops", "if TYPE_CHECKING:\n    from shapedmat.matrix import Matrix")


@pytest.mark.parametrize("module", PURE)
def test_shape_algebra_needs_the_standard_library_alone(module: str) -> None:
    """The shape algebra imports the standard library and itself."""
    foreign = {name for name in imports(SOURCES[module]) if name.partition(".")[0] not in sys.stdlib_module_names}
    assert set() == {name for name in foreign if not name.startswith(tuple(f"{pure}." for pure in PURE))}


@pytest.mark.parametrize("module", [name for name in SOURCES if name.startswith("shapedmat.mypy_plugin")])
def test_plugin_needs_mypy_and_the_shape_algebra(module: str) -> None:
    """The plugin imports mypy and the pure modules, so that it runs where NumPy does not."""
    foreign = {name for name in imports(SOURCES[module]) if name.partition(".")[0] not in sys.stdlib_module_names}
    command_line = ("rich.",) if module == "shapedmat.mypy_plugin.__main__" else ()
    allowed = ("mypy.", "shapedmat.mypy_plugin.", *(f"{pure}." for pure in PURE), *command_line)
    assert set() == {name for name in foreign if not name.startswith(allowed) and name != "shapedmat.shapes"}


@pytest.mark.parametrize("module", SOURCES)
def test_compilers_stay_in_their_place(module: str) -> None:
    """Numba and CuPy are imported by kernels and backends alone, and LLVM by what writes code for it, too."""
    if module.startswith(("shapedmat.kernels.", "shapedmat.backends.", "nets.som.kernels")):
        return
    forbidden = set(COMPILERS) - ({"llvmlite"} if module.startswith("shapedmat.compiler.") else set())
    assert set() == packages(SOURCES[module]) & forbidden


def test_compiled_functions_need_no_numba() -> None:
    """To import Numba takes longer than to load a compiled function from the disk."""
    script = "import sys, shapedmat; shapedmat.jit; print('llvmlite' in sys.modules, 'numba' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert "True False" == found.strip()


@pytest.mark.parametrize("module", [name for name in SOURCES if name.startswith("shapedmat")])
def test_shapedmat_does_not_know_nets(module: str) -> None:
    """The matrix library does not import the networks."""
    assert "nets" not in packages(SOURCES[module])

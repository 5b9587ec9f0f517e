"""The mypy plugin: checks the shapes of NumPy arrays where jaxtyping, NumPy or shapedmat annotate them.

Every rule, and every sentence that a user reads, is in `shapedmat.shapes`. This module is what mypy loads; the hooks
are loaded with the first file that mypy has to check, so that they cost nothing where all is in its cache.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mypy.nodes import COVARIANT, Import, ImportFrom, MypyFile
from mypy.options import Options
from mypy.plugin import (
    AnalyzeTypeContext,
    AttributeContext,
    ClassDefContext,
    FunctionContext,
    FunctionSigContext,
    MethodContext,
    MethodSigContext,
    Plugin,
    ReportConfigContext,
)
from mypy.types import FunctionLike, Type, TypeVarType

from shapedmat.mypy_plugin.guard import Guard
from shapedmat.mypy_plugin.names import MATRIX
from shapedmat.mypy_plugin.settings import read_settings

if TYPE_CHECKING:
    from shapedmat.mypy_plugin.dispatch import Hooks

# Names of these packages have no hook in annotations, save those that are asked for first.
_PLAIN = sys.stdlib_module_names | {"numpy", "_typeshed", "typing_extensions"}
_ANNOTATIONS = ("typing.Annotated", "numpy.ndarray", "numpy._typing._array_like.NDArray")


class ShapePlugin(Plugin):
    """Hands mypy's hooks to the modules that know about them."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._settings = read_settings(options)
        self._known_modules = 0
        self._unparsed: list[MypyFile] = []
        self._plain: dict[str, bool] = {}
        if self._settings.redefinition:
            _allow_redefinition(options)
        self._guard = Guard(debug=self._settings.debug)

    @cached_property
    def _hooks(self) -> Hooks:
        from shapedmat.mypy_plugin.dispatch import Hooks  # noqa: PLC0415

        return Hooks(self._settings)

    def report_config_data(self, ctx: ReportConfigContext) -> Any:
        """Return what the cache of every module depends on: the settings, and the source of the rules."""
        del ctx
        return {"settings": self._settings.as_json(), "rules": self._digest}

    @cached_property
    def _digest(self) -> str:
        root = Path(__file__).parents[1]
        parts = (*(root / "mypy_plugin").rglob("*.py"), *(root / "shapes").rglob("*.py"), *root.glob("*.py*"))
        digest = hashlib.sha256()
        for path in sorted(each for each in parts if each.is_file()):
            digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()

    def get_additional_deps(self, file: MypyFile) -> list[tuple[int, str, int]]:
        """Have mypy read the class of ints that are sizes; on the way, mark those that are arguments of `Matrix`."""
        if file.is_stub or file.fullname.startswith("shapedmat"):
            return []
        _mark_sizes(file)
        return [(10, "shapedmat._size", -1)]

    def get_type_analyze_hook(self, fullname: str) -> Callable[[AnalyzeTypeContext], Type] | None:
        """Return the hook of a name in an annotation."""
        if self._unparsed or len(self._modules or ()) != self._known_modules:
            self._mark_parsed()
        plain = self._plain.get(fullname)
        if plain is None:
            package = fullname.partition(".")[0]
            plain = self._plain[fullname] = package in _PLAIN and fullname not in _ANNOTATIONS
        if plain:
            return None
        return self._guard.found(self._hooks.type_analysis, fullname, self.lookup_fully_qualified)

    def _mark_parsed(self) -> None:
        """Mark sizes where one of mypy's workers has parsed a module, of whose imports another has asked before."""
        modules = self._modules or {}
        if len(modules) != self._known_modules:
            self._known_modules = len(modules)
            self._unparsed = [each for each in modules.values() if not each.is_stub and not each.is_cache_skeleton]
        for each in self._unparsed:
            if each.defs:
                _mark_sizes(each)
        self._unparsed = [
            each for each in self._unparsed if not each.defs and getattr(each, "raw_data", None) is not None
        ]

    def get_customize_class_mro_hook(self, fullname: str) -> Callable[[ClassDefContext], None] | None:
        """Return the hook of the definition of a class."""
        return _join_by_sizes if fullname == MATRIX else None

    def get_function_signature_hook(self, fullname: str) -> Callable[[FunctionSigContext], FunctionLike] | None:
        """Return the hook of a function that is called."""
        return self._guard.found(self._hooks.function_signature, fullname)

    def get_method_signature_hook(self, fullname: str) -> Callable[[MethodSigContext], FunctionLike] | None:
        """Return the hook of a method that is called, also as an operator."""
        return self._guard.found(self._hooks.method_signature, fullname)

    def get_function_hook(self, fullname: str) -> Callable[[FunctionContext], Type] | None:
        """Return the hook of what a function returned."""
        return self._guard.found(self._hooks.function, fullname)

    def get_method_hook(self, fullname: str) -> Callable[[MethodContext], Type] | None:
        """Return the hook of what a method returned."""
        return self._guard.found(self._hooks.method, fullname)

    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        """Return the hook of an attribute."""
        return self._guard.found(self._hooks.attribute, fullname)


def _join_by_sizes(context: ClassDefContext) -> None:
    """Let mypy take matrices of several sizes, in a list, for matrices of some size, and not for mere objects.

    Without the plugin it is by invariance that sizes are checked, which is why the class declares it.
    """
    from shapedmat.mypy_plugin.dims import is_size  # noqa: PLC0415

    for variable in context.cls.type_vars:
        if isinstance(variable, TypeVarType) and is_size(variable):
            variable.variance = COVARIANT


def plugin(version: str) -> type[Plugin]:
    """Return the plugin's class, as mypy asks for it."""
    del version
    return ShapePlugin


def _mark_sizes(file: MypyFile) -> None:
    if any(isinstance(each, Import | ImportFrom) and "shapedmat" in _imported(each) for each in file.imports):
        from shapedmat.mypy_plugin.subscripts import mark_sizes  # noqa: PLC0415

        mark_sizes(file)


def _imported(statement: Import | ImportFrom) -> set[str]:
    names = [statement.id] if isinstance(statement, ImportFrom) else [name for name, _ in statement.ids]
    return {name.partition(".")[0] for name in names}


def _allow_redefinition(options: Options) -> None:
    if hasattr(options, "allow_redefinition_new"):  # what mypy 1 calls that which is `allow_redefinition` from 2 on
        setattr(options, "allow_redefinition_new", True)  # noqa: B010 (the type checker is that of mypy 2)
        options.local_partial_types = True
    else:
        options.allow_redefinition = True

"""The mypy plugin: checks the shapes of NumPy arrays where jaxtyping, NumPy or shapedmat annotate them.

This module is dispatch alone. Every rule, and every sentence that a user reads, is in `shapedmat.shapes`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from mypy.nodes import MypyFile
from mypy.options import Options
from mypy.plugin import (
    AnalyzeTypeContext,
    AttributeContext,
    FunctionContext,
    FunctionSigContext,
    MethodContext,
    MethodSigContext,
    Plugin,
    ReportConfigContext,
)
from mypy.types import FunctionLike, Type

from shapedmat.mypy_plugin.annotations import AnnotationHooks, is_shaped_alias
from shapedmat.mypy_plugin.calls import FOREIGN, Calls
from shapedmat.mypy_plugin.checks import Checks
from shapedmat.mypy_plugin.dims import any_type
from shapedmat.mypy_plugin.fields import Fields
from shapedmat.mypy_plugin.guard import Guard
from shapedmat.mypy_plugin.indexing import Indexing
from shapedmat.mypy_plugin.messages import Messages
from shapedmat.mypy_plugin.names import ARRAY_CLASSES
from shapedmat.mypy_plugin.numpy import ATTRIBUTES, FUNCTIONS, METHODS
from shapedmat.mypy_plugin.operators import BINARY, IN_PLACE, REFLECTED
from shapedmat.mypy_plugin.settings import read_settings
from shapedmat.mypy_plugin.values import NUMBERS, Values

FunctionSignature: TypeAlias = Callable[[FunctionSigContext], FunctionLike]
MethodSignature: TypeAlias = Callable[[MethodSigContext], FunctionLike]
Attribute: TypeAlias = Callable[[AttributeContext], Type]
_Hook = TypeVar("_Hook")


class ShapePlugin(Plugin):
    """Hands mypy's hooks to the modules that know about them."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._settings = read_settings(options)
        if self._settings.redefinition:
            _allow_redefinition(options)
        rigid = self._settings.distinct_names == "error"
        guard = self._guard = Guard(debug=self._settings.debug)
        messages = Messages()
        self._annotations = AnnotationHooks(messages, rigid=rigid)
        checks = Checks(messages, rigid=rigid)
        values = Values(checks)
        calls = Calls(checks)
        indexing = Indexing(checks)
        self._call_function: FunctionSignature = guard(calls.function, _signature)
        self._call_method: MethodSignature = guard(calls.method, _signature)
        self._read_field: Attribute = guard(Fields(checks).attribute, _attribute)
        self._builtins = {
            "builtins.len": guard(values.length, _returned),
            "builtins.zip": guard(indexing.paired, _returned),
            "builtins.enumerate": guard(indexing.paired, _returned),
        }
        self._arithmetic = {name: guard(hook, _returned) for name, hook in values.methods.items()}
        self._functions: dict[str, FunctionSignature] = {
            name: guard(checks.function(rule), _signature) for name, rule in FUNCTIONS.items()
        }
        operators = {
            **{name: checks.operator(rule) for name, rule in {**BINARY, **IN_PLACE}.items()},
            **{name: checks.operator(rule, reflected=True) for name, rule in REFLECTED.items()},
        }
        methods = {
            **operators,
            **{name: checks.method(rule) for name, rule in METHODS.items()},
            "__getitem__": indexing.item,
            "__setitem__": indexing.assignment,
            "__iter__": indexing.iterator,
        }
        self._methods: dict[str, MethodSignature] = _of_arrays(
            {name: guard(hook, _signature) for name, hook in methods.items()}
        )
        attributes = {
            "shape": values.shape,
            **{name: values.number(rule) for name, rule in NUMBERS.items()},
            **{name: checks.attribute(rule) for name, rule in ATTRIBUTES.items()},
        }
        self._attributes: dict[str, Attribute] = _of_arrays(
            {name: guard(hook, _attribute) for name, hook in attributes.items()}
        )

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
        """Have mypy read the class of ints that are sizes."""
        if file.is_stub or file.fullname.startswith("shapedmat"):
            return []
        return [(10, "shapedmat._size", -1)]

    def get_type_analyze_hook(self, fullname: str) -> Callable[[AnalyzeTypeContext], Type] | None:
        """Return the hook of a name in an annotation."""
        hooks = self._annotations
        if fullname in ("typing.Annotated", "numpy.ndarray"):
            hook = hooks.annotated if fullname == "typing.Annotated" else hooks.array
            return None if hooks.skips(fullname) else self._guard(hook, _unknown)
        if fullname.startswith(("builtins.", "typing.", "numpy.", "collections.", "_typeshed.")):
            return None
        symbol = self.lookup_fully_qualified(fullname)
        if symbol is None or not is_shaped_alias(symbol.node) or hooks.skips(fullname):
            return None
        return self._guard(hooks.alias, _unknown)

    def get_function_signature_hook(self, fullname: str) -> FunctionSignature | None:
        """Return the hook of a function that is called."""
        if fullname.startswith("numpy."):
            return self._functions.get(fullname.rpartition(".")[2])
        return None if fullname.startswith(FOREIGN) else self._call_function

    def get_method_signature_hook(self, fullname: str) -> MethodSignature | None:
        """Return the hook of a method that is called, also as an operator."""
        return self._methods.get(fullname) if fullname.startswith(FOREIGN) else self._call_method

    def get_function_hook(self, fullname: str) -> Callable[[FunctionContext], Type] | None:
        """Return the hook of what a function returned."""
        return self._builtins.get(fullname)

    def get_method_hook(self, fullname: str) -> Callable[[MethodContext], Type] | None:
        """Return the hook of what a method returned."""
        return self._arithmetic.get(fullname)

    def get_attribute_hook(self, fullname: str) -> Attribute | None:
        """Return the hook of an attribute."""
        return self._attributes.get(fullname) if fullname.startswith(FOREIGN) else self._read_field


def plugin(version: str) -> type[Plugin]:
    """Return the plugin's class, as mypy asks for it."""
    del version
    return ShapePlugin


def _allow_redefinition(options: Options) -> None:
    if hasattr(options, "allow_redefinition_new"):  # what mypy 1 calls that which is `allow_redefinition` from 2 on
        options.allow_redefinition_new = True
        options.local_partial_types = True
    else:
        options.allow_redefinition = True


def _of_arrays(hooks: Mapping[str, _Hook]) -> dict[str, _Hook]:
    return {f"{owner}.{name}": hook for owner in ARRAY_CLASSES for name, hook in hooks.items()}


def _signature(context: FunctionSigContext | MethodSigContext) -> FunctionLike:
    return context.default_signature


def _attribute(context: AttributeContext) -> Type:
    return context.default_attr_type


def _returned(context: FunctionContext | MethodContext) -> Type:
    return context.default_return_type


def _unknown(context: AnalyzeTypeContext) -> Type:
    del context
    return any_type()

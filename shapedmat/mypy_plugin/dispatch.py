"""Which hook belongs to which full name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, TypeVar

from mypy.nodes import SymbolTableNode
from mypy.plugin import (
    AnalyzeTypeContext,
    AttributeContext,
    FunctionContext,
    FunctionSigContext,
    MethodContext,
    MethodSigContext,
)
from mypy.types import FunctionLike, Type

from shapedmat.mypy_plugin.annotations import AnnotationHooks, is_array_alias, is_shaped_alias
from shapedmat.mypy_plugin.calls import FOREIGN, Calls
from shapedmat.mypy_plugin.checks import Checks
from shapedmat.mypy_plugin.containers import TAKING, Containers
from shapedmat.mypy_plugin.dims import NUMBER, any_type
from shapedmat.mypy_plugin.fields import Fields
from shapedmat.mypy_plugin.guard import Guard
from shapedmat.mypy_plugin.indexing import Indexing
from shapedmat.mypy_plugin.integers import Integers
from shapedmat.mypy_plugin.matrix import Matrices
from shapedmat.mypy_plugin.messages import Messages
from shapedmat.mypy_plugin.names import ARRAY_CLASSES, MATRIX, NDARRAY, SCALAR_CLASSES
from shapedmat.mypy_plugin.numpy import ATTRIBUTES, CALLS, EINOPS, FIELDS, FUNCTIONS, METHODS, UFUNCS
from shapedmat.mypy_plugin.operators import BINARY, COMPARISONS, IN_PLACE, REFLECTED, element_of
from shapedmat.mypy_plugin.scalars import Scalars
from shapedmat.mypy_plugin.settings import Settings
from shapedmat.mypy_plugin.values import NUMBERS, Values

FunctionSignature: TypeAlias = Callable[[FunctionSigContext], FunctionLike]
MethodSignature: TypeAlias = Callable[[MethodSigContext], FunctionLike]
Attribute: TypeAlias = Callable[[AttributeContext], Type]
TypeAnalysis: TypeAlias = Callable[[AnalyzeTypeContext], Type]
_Hook = TypeVar("_Hook")


# Functions of masked arrays and of strings have the names of others.
_OTHERS: Final = (
    "numpy.ma.",
    "numpy.matlib.",
    "numpy.polynomial.",
    "numpy._core.records.",
    "numpy._core.strings.",
    "numpy._core.defchararray.",
    "numpy.core.defchararray.",
)


class Hooks:
    """Finds the hook of a name; one that fails leaves mypy's own type."""

    def __init__(self, settings: Settings) -> None:
        rigid = settings.distinct_names == "error"
        guard = self._guard = Guard(debug=settings.debug)
        messages = Messages(debug=settings.debug, redefinition=settings.redefinition)
        self._annotations = AnnotationHooks(messages, rigid=rigid)
        checks = Checks(messages, rigid=rigid)
        values = Values(checks)
        scalars = Scalars(checks)
        integers = Integers(checks)
        calls = Calls(checks)
        indexing = Indexing(checks)
        matrices = Matrices(checks)
        self._call_function: FunctionSignature = guard(calls.function, _signature)
        self._call_method: MethodSignature = guard(calls.method, _signature)
        self._read_field: Attribute = guard(Fields(checks).attribute, _attribute)
        self._builtins = {
            **{name: guard(hook, _returned) for name, hook in scalars.functions(integers.functions).items()},
            "builtins.len": guard(values.length, _returned),
            "builtins.zip": guard(indexing.paired, _returned),
            "builtins.enumerate": guard(indexing.paired, _returned),
        }
        self._arithmetic = {
            name: guard(hook, _returned)
            for name, hook in scalars.methods({**values.methods, **integers.methods}).items()
        }
        self._plain_function: FunctionSignature = guard(checks.plain, _signature)
        self._functions: dict[str, FunctionSignature] = {
            name: guard(checks.call(rule), _signature) for name, rule in {**FUNCTIONS, **EINOPS}.items()
        }
        operators = {
            **{name: checks.operator(rule, element_of(name)) for name, rule in {**BINARY, **IN_PLACE}.items()},
            **{name: checks.operator(rule, element_of(name), reflected=True) for name, rule in REFLECTED.items()},
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
        self._methods.update((name, guard(checks.ufunc(rules), _signature)) for name, rules in UFUNCS.items())
        self._methods.update((f"{NUMBER}.{name}", self._methods[f"{NDARRAY}.{name}"]) for name in (*BINARY, *REFLECTED))
        self._methods.update(
            (f"{owner}.{name}", self._methods[f"{NDARRAY}.{name}"]) for owner in SCALAR_CLASSES for name in COMPARISONS
        )
        self._methods.update((name, guard(checks.call(rule), _signature)) for name, rule in CALLS.items())
        self._methods.update((name, guard(hook, _signature)) for name, hook in matrices.methods.items())
        self._matrix_functions: dict[str, FunctionSignature] = {
            name: guard(hook, _signature) for name, hook in matrices.functions.items()
        }
        self._methods.update(dict.fromkeys(TAKING, guard(Containers(checks).taken, _signature)))
        attributes = {
            "shape": values.shape,
            "ndim": values.rank,
            **{name: values.number(rule) for name, rule in NUMBERS.items()},
            **{name: checks.attribute(rule) for name, rule in ATTRIBUTES.items()},
        }
        self._attributes: dict[str, Attribute] = _of_arrays(
            {name: guard(hook, _attribute) for name, hook in attributes.items()}
        )
        self._attributes.update(
            (f"{owner}.{name}", guard(values.item(place), _attribute))
            for owner, names in FIELDS.items()
            for place, name in enumerate(names)
        )
        self._attributes.update((name, guard(hook, _attribute)) for name, hook in matrices.attributes.items())

    def type_analysis(self, full_name: str, lookup: Callable[[str], SymbolTableNode | None]) -> TypeAnalysis | None:
        """Return the hook of a name in an annotation."""
        hooks = self._annotations
        if full_name in ("typing.Annotated", NDARRAY, MATRIX):
            hook = {NDARRAY: hooks.array, MATRIX: hooks.matrix}.get(full_name, hooks.annotated)
            return None if hooks.skips(full_name) else self._guard(hook, _unknown)
        symbol = lookup(full_name)
        shaped = symbol is not None and is_shaped_alias(symbol.node)
        if symbol is None or not (shaped or is_array_alias(symbol.node)) or hooks.skips(full_name):
            return None
        return self._guard(hooks.alias if shaped else hooks.array_alias, _unknown)

    def function_signature(self, full_name: str) -> FunctionSignature | None:
        """Return the hook of a function that is called."""
        if full_name.startswith(_OTHERS):
            return None
        if full_name.startswith("numpy."):
            module, _, name = full_name.rpartition(".")
            found = self._functions.get(f"{module.rpartition('.')[2]}.{name}")
            if found is None and not full_name.startswith("numpy.random."):
                found = self._functions.get(name, self._plain_function)
            return found
        if full_name.startswith("einops."):
            return self._functions.get(full_name)
        found = self._matrix_functions.get(full_name)
        return None if full_name.startswith(FOREIGN) else found or self._call_function

    def method_signature(self, full_name: str) -> MethodSignature | None:
        """Return the hook of a method that is called, also as an operator."""
        found = self._methods.get(full_name)
        return found if found or full_name.startswith(FOREIGN) else self._call_method

    def function(self, full_name: str) -> Callable[[FunctionContext], Type] | None:
        """Return the hook of what a function returned."""
        return self._builtins.get(full_name)

    def method(self, full_name: str) -> Callable[[MethodContext], Type] | None:
        """Return the hook of what a method returned."""
        return self._arithmetic.get(full_name)

    def attribute(self, full_name: str) -> Attribute | None:
        """Return the hook of an attribute."""
        found = self._attributes.get(full_name)
        return found if found or full_name.startswith((*FOREIGN, f"{MATRIX}.")) else self._read_field


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

"""Which names of sizes mean something where: those that parameters bind, those of a class's fields.

jaxtyping gives every function a scope of its own: the first argument whose annotation holds a name binds it. To mypy
such a name becomes a type variable of the function, bounded by ``int``, so that the function can be overridden, passed
on as a callback and used as a decorator's argument like any generic function. A name that no parameter binds may be any
size, and so is unknown. Names of a class's fields are the same in all of its methods.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from mypy.checker import TypeChecker
from mypy.nodes import Decorator, FuncDef, FuncItem, MypyFile, TypeInfo, Var
from mypy.type_visitor import TypeTranslator
from mypy.types import (
    AnyType,
    CallableType,
    Instance,
    LiteralType,
    ProperType,
    TupleType,
    Type,
    TypeAliasType,
    TypedDictType,
    TypeOfAny,
    TypeVarId,
    TypeVarType,
    UnionType,
    UnpackType,
    get_proper_type,
)

from shapedmat.dimensions import read, symbols
from shapedmat.mypy_plugin.dims import MARK, Names, any_type, is_ours, is_size, literal, literal_text
from shapedmat.mypy_plugin.names import ARRAYS

# Our type variables are numbered from here down, away from those that mypy numbers from -1.
_FIRST_ID: Final = -1001


def dim_literals(t: Type, *, callables: bool = False) -> Iterator[tuple[str, str]]:
    """Yield scope and text of each of our literals in a type, in order; those of callables on demand."""
    if isinstance(t, TypeAliasType) and t.is_recursive:
        return
    proper = get_proper_type(t)
    if isinstance(proper, LiteralType):
        ours = literal_text(proper)
        if ours is not None:
            yield ours
    elif isinstance(proper, Instance):
        for each in proper.args:
            yield from dim_literals(each, callables=callables)
    elif isinstance(proper, UnionType) or (isinstance(proper, TupleType) and not is_named_tuple(proper)):
        for each in proper.items:
            yield from dim_literals(each, callables=callables)
    elif isinstance(proper, UnpackType):
        yield from dim_literals(proper.type, callables=callables)
    elif isinstance(proper, CallableType) and callables:
        for each in (*proper.arg_types, proper.ret_type):
            yield from dim_literals(each, callables=True)


def dim_variables(t: Type) -> Iterator[TypeVarType]:
    """Yield our type variables in a type that is no callable, in order."""
    if isinstance(t, TypeAliasType) and t.is_recursive:
        return
    proper = get_proper_type(t)
    if isinstance(proper, TypeVarType):
        if is_ours(proper):
            yield proper
    elif isinstance(proper, Instance):
        for each in proper.args:
            yield from dim_variables(each)
    elif isinstance(proper, UnionType) or (isinstance(proper, TupleType) and not is_named_tuple(proper)):
        for each in proper.items:
            yield from dim_variables(each)
    elif isinstance(proper, UnpackType):
        yield from dim_variables(proper.type)


def is_named_tuple(t: TupleType) -> bool:
    """Say whether a tuple has a class of its own, to which the names in its items belong."""
    return t.partial_fallback.type.fullname != "builtins.tuple"


def sizes_in(t: Type) -> Iterator[TypeVarType]:
    """Yield the program's own type variables that stand for sizes in a type, as ``N`` in ``Matrix[float32, N, N]``."""
    if isinstance(t, TypeAliasType) and t.is_recursive:
        return
    proper = get_proper_type(t)
    if isinstance(proper, Instance):
        for own, each in zip(proper.type.defn.type_vars, proper.args, strict=False):
            argument = get_proper_type(each)
            if not isinstance(argument, TypeVarType):
                yield from sizes_in(argument)
            elif isinstance(own, TypeVarType) and is_size(own) and is_size(argument):
                yield argument
        shape = get_proper_type(proper.args[0]) if proper.type.fullname in ARRAYS and proper.args else None
        if isinstance(shape, TupleType):
            items = map(get_proper_type, shape.items)
            yield from (item for item in items if isinstance(item, TypeVarType) and is_size(item))
    elif isinstance(proper, TupleType | UnionType):
        for each in proper.items:
            yield from sizes_in(each)
    elif isinstance(proper, CallableType):
        for each in (*proper.arg_types, proper.ret_type):
            yield from sizes_in(each)


def signature_sizes(signature: CallableType) -> list[TypeVarType]:
    """Return the program's own type variables of a function that stand for sizes."""
    if all(isinstance(each, TypeVarType) and is_ours(each) for each in signature.variables):
        return []
    return [each for each in sizes_in(signature) if each in signature.variables and not is_ours(each)]


def class_sizes(info: TypeInfo) -> Iterator[TypeVarType]:
    """Yield the type variables of a class that stand for sizes in its fields or its methods."""
    own = {each.id for each in info.defn.type_vars if isinstance(each, TypeVarType) and is_size(each)}
    if own:
        found = [entry.node for entry in info.names.values()]
        nodes = [node.func if isinstance(node, Decorator) else node for node in found]
        types = [node.type for node in nodes if isinstance(node, Var | FuncDef)]
        yield from (each for t in types if t is not None for each in sizes_in(t) if each.id in own)


def parameter_names(signature: CallableType) -> list[str]:
    """Return the names that the parameters of a function bind, in order; ``*name`` for any number of axes."""
    names: dict[str, None] = {}
    for each in signature.arg_types:
        names.update((text, None) for _, text in dim_literals(each) if text.removeprefix("*").isidentifier())
        names.update((variable.name, None) for variable in dim_variables(each))
    return list(names)


def certain_names(signature: CallableType) -> set[str]:
    """Return the names that are bound in every call: not by ``None``, nor by one array of several alone."""
    return {name for each in signature.arg_types for name in _certain(get_proper_type(each))}


def _certain(t: ProperType) -> set[str]:
    if isinstance(t, UnionType):
        return set.intersection(*(_certain(get_proper_type(item)) for item in t.items))
    return {variable.name for variable in dim_variables(t)}


def variables_of(signature: CallableType, namespace: str, int_type: Instance) -> dict[str, TypeVarType]:
    """Return the type variables for the names of single sizes that the parameters of a function bind."""
    plain = [name for name in parameter_names(signature) if name.isidentifier()]
    return {
        name: TypeVarType(
            name,
            f"{MARK}.{name}",
            TypeVarId(_FIRST_ID - place, namespace=namespace),
            [],
            # Of a union mypy's joins make what is unknown, where they make an `object` of a class: of a list of arrays
            # of `n` and of 3 elements each, we want to know all but that size.
            UnionType([int_type, literal(name, int_type)]),
            AnyType(TypeOfAny.from_omitted_generics),
        )
        for place, name in enumerate(plain)
    }


def field_names(info: TypeInfo) -> frozenset[str]:
    """Return the names in the fields of a class and its bases, and those that their constructors bind."""
    names: set[str] = set()
    for base in info.mro:
        for entry in base.names.values():
            node = entry.node
            if isinstance(node, Var) and node.type is not None:
                for _, text in dim_literals(node.type):
                    names |= {each.name for each in symbols(read(text.lstrip("*#")))}
                names |= {variable.name for variable in dim_variables(node.type)}
            elif isinstance(node, FuncDef) and node.name == "__init__" and isinstance(node.type, CallableType):
                names |= {each.lstrip("*") for each in parameter_names(node.type)}
    return frozenset(names)


class Rename(TypeTranslator):
    """Gives the names in a type the meaning that they have at one place."""

    def __init__(self, names: Names, *, owner: str = "") -> None:
        super().__init__()
        self.names = names
        self.owner = owner

    def visit_literal_type(self, t: LiteralType, /) -> Type:
        """Return the type variable for a bound name, the literal for one of a field, ``Any`` for an unknown one."""
        ours = literal_text(t)
        if ours is None:
            return t
        text = ours[1]
        if self.owner:
            return literal(text, t.fallback, scope=self.owner)
        if text in self.names.variables:
            return self.names.variables[text]
        plain = text.lstrip("*#")
        used = {each.name for each in symbols(read(plain))}
        if text.startswith("*"):
            return literal(text, t.fallback, scope=self._scope(used))
        if not used or not all(map(self.names.known, used)):
            return any_type()
        return literal(text, t.fallback, scope=self._scope(used))

    def _scope(self, used: set[str]) -> str:
        bound = any(name in self.names.variables for name in used)
        return self.names.functions[0] if bound and self.names.functions else ""

    def visit_type_var(self, t: TypeVarType, /) -> Type:
        """Return the meaning here of a name that another function's parameters bound."""
        if not is_ours(t):
            return t
        bound = self.names.variables.get(t.name)
        if bound is not None:
            return bound
        upper_bound = get_proper_type(t.upper_bound)
        own = get_proper_type(upper_bound.items[-1]) if isinstance(upper_bound, UnionType) else None
        if t.name in self.names.fields and isinstance(own, LiteralType):
            return literal(t.name, own.fallback)
        return any_type()

    def visit_tuple_type(self, t: TupleType, /) -> Type:
        """Leave the items of a named tuple alone."""
        return t if is_named_tuple(t) else super().visit_tuple_type(t)

    def visit_typeddict_type(self, t: TypedDictType, /) -> Type:
        """Leave the items of a typed dictionary alone."""
        return t

    def visit_type_alias_type(self, t: TypeAliasType, /) -> Type:
        """Return the renamed target of an alias."""
        return t if t.is_recursive else get_proper_type(t).accept(self)


def bind_parameters(function: FuncDef, outer: tuple[FuncDef, ...], int_type: Instance) -> None:
    """Make a function generic in the names that its parameters bind; doing it twice changes nothing."""
    signature = function.type
    if not isinstance(signature, CallableType):
        return
    taken = {name for each in outer if isinstance(each.type, CallableType) for name in parameter_names(each.type)}
    bound = variables_of(signature, function.fullname, int_type)
    variables = {name: variable for name, variable in bound.items() if name not in taken}
    fields = field_names(function.info) if function.info else frozenset()
    rename = Rename(Names(variables, fields - taken, functions=(function.fullname,)))
    own = [
        variable for variable in signature.variables if not (isinstance(variable, TypeVarType) and is_ours(variable))
    ]
    # In place, since overloaded definitions hold this very object.
    signature.arg_types = [each.accept(rename) for each in signature.arg_types]
    signature.ret_type = signature.ret_type.accept(rename)
    signature.variables = type(signature.variables)((*own, *variables.values()))  # a list before mypy 2


Place: TypeAlias = TypeInfo | FuncItem | MypyFile


def names_in(stack: Sequence[Place], loosened: Mapping[Place, set[str]], *, rigid: bool) -> Names:
    """Return the names that mean something inside of these modules, classes and functions."""
    variables: dict[str, TypeVarType] = {}
    functions: list[str] = []
    fields: frozenset[str] = frozenset()
    axes: set[str] = set()
    loose: set[str] = set()
    for place, each in enumerate(stack):
        if isinstance(each, TypeInfo):
            # What stands in the class itself is there before any object is.
            fields = field_names(each) if any(isinstance(inner, FuncDef) for inner in stack[place:]) else frozenset()
            variables.update((v.name, v) for v in class_sizes(each))
        elif isinstance(each, FuncDef):
            functions.insert(0, each.fullname)
            if isinstance(each.type, CallableType):
                own = {v.name: v for v in each.type.variables if isinstance(v, TypeVarType) and is_ours(v)}
                variables.update((v.name, v) for v in signature_sizes(each.type))
                variables.update(own)
                loose = (loose - own.keys()) | (own.keys() - certain_names(each.type) - fields)
                axes |= {name for name in parameter_names(each.type) if name.startswith("*")}
        loose |= loosened.get(each, set())
    return Names(variables, fields, frozenset(axes), tuple(functions), frozenset(loose), rigid)


class Scopes:
    """The names at the place that mypy is checking, found once for each function."""

    def __init__(self, *, rigid: bool) -> None:
        self._rigid = rigid
        self._stack: list[Place] = []
        self._names = Names(rigid=rigid)
        self._loosened: dict[Place, set[str]] = {}

    def loosen(self, names: Iterable[str]) -> None:
        """Let names be equal to others in the rest of the function at hand, which has compared their sizes."""
        functions = [each for each in self._stack if isinstance(each, FuncDef)]
        if functions:
            self._loosened.setdefault(functions[-1], set()).update(names)
            self._stack = []

    def here(self, checker: TypeChecker) -> Names:
        """Return the names at the place that is being checked."""
        stack = checker.scope.stack
        if len(stack) != len(self._stack) or any(a is not b for a, b in zip(stack, self._stack, strict=True)):
            self._stack = list(stack)
            self._names = names_in(self._stack, self._loosened, rigid=self._rigid)
        return self._names

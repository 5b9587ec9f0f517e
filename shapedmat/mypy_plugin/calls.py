"""Calls of annotated functions: the callee's names are solved from the arguments, and the result says them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from mypy.maptype import map_instance_to_supertype
from mypy.nodes import (
    ARG_STAR2,
    CallExpr,
    Context,
    Expression,
    ListExpr,
    MemberExpr,
    NameExpr,
    SetExpr,
    StarExpr,
    TypeInfo,
)
from mypy.plugin import FunctionSigContext, MethodSigContext
from mypy.type_visitor import TypeTranslator
from mypy.types import (
    CallableType,
    FunctionLike,
    Instance,
    LiteralType,
    NoneType,
    Overloaded,
    ProperType,
    TupleType,
    Type,
    TypeAliasType,
    TypedDictType,
    TypeVarId,
    TypeVarType,
    UnionType,
    UnpackType,
    get_proper_type,
)

from shapedmat.dimensions import Dim, Unknown, read, symbol, symbols
from shapedmat.errors import ShapeError
from shapedmat.mypy_plugin.checks import Checks
from shapedmat.mypy_plugin.codes import SHAPE
from shapedmat.mypy_plugin.dims import any_type, dim_of, is_number, is_ours, literal_text, type_of_dim
from shapedmat.mypy_plugin.fields import fixed_names, fixing
from shapedmat.mypy_plugin.names import ARRAYS, MATRIX
from shapedmat.mypy_plugin.results import permissive
from shapedmat.mypy_plugin.scopes import dim_literals, dim_variables, is_named_tuple, signature_sizes
from shapedmat.mypy_plugin.sites import Site, Untracked
from shapedmat.mypy_plugin.types import is_array
from shapedmat.shapes import AnyAxes, Bindings, OrOne, Shape, Wanted

# Calls of these bind no names of jaxtyping's: they are left to their own rules.
FOREIGN: Final = ("numpy.", "builtins.", "typing.", "collections.", "functools.", "itertools.")


class Calls:
    """The hook of calls of any function that is not NumPy's."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks

    def function(self, context: FunctionSigContext) -> FunctionLike:
        """Return the signature of a function with its names solved."""
        return self._solved(context, context.default_signature, None)

    def method(self, context: MethodSigContext) -> FunctionLike:
        """Return the signature of a method with its names solved."""
        return self._solved(context, context.default_signature, context.type)

    def _solved(
        self, context: FunctionSigContext | MethodSigContext, signature: CallableType, receiver: ProperType | None
    ) -> CallableType:
        own = {each.id: each.name for each in signature.variables if isinstance(each, TypeVarType) and is_ours(each)}
        # Nobody checks the names in a ``Callable[...]``: they may be other sizes than those of the function at hand.
        held = {} if signature.definition is not None else _variables_taken(signature)
        own.update(held)
        sizes = {each.id: each.name for each in signature_sizes(signature)}
        constructs = signature.is_type_obj()
        takes_matrices = any(map(_mentions_matrices, signature.arg_types))
        if not own and not sizes and not takes_matrices and not _mentions_fields(signature, constructs=constructs):
            return signature
        site = self._checks.site(context.api)
        call = _Call(site, own, sizes, fields=not _inside(signature, context.context, site))
        if receiver is not None:
            for name, dim in fixed_names(receiver).items():
                call.bindings.preset(name, dim, "the object")
        try:
            self._bind_arguments(call, signature, context)
        except _Conflict as conflict:
            if not _overloaded(context.context, site):
                context.api.fail(str(conflict), conflict.place, code=SHAPE)
                return permissive(signature)
            if sizes:
                return signature
        if _inside(signature, context.context, site):
            call.keep(name for name in own.values() if name in site.names.fields)
        call.keep(held.values())
        meaning = _Meaning(call)
        result = signature.ret_type.accept(meaning)
        if constructs:
            result = fixing(result, lambda name: call.bindings.value(symbol(name)), site)
        return signature.copy_modified(
            arg_types=[each.accept(meaning) for each in signature.arg_types],
            ret_type=result,
            variables=[each for each in signature.variables if each.id not in own and each.id not in call.solved],
        )

    def _bind_arguments(
        self, call: _Call, signature: CallableType, context: FunctionSigContext | MethodSigContext
    ) -> None:
        callee = _callee_name(signature)
        late: list[tuple[Wanted, Shape, Expression, str]] = []
        for place, (formal, expressions) in enumerate(zip(signature.arg_types, context.args, strict=True)):
            for expression in expressions:
                argument = _argument_name(signature, place, expression, context.context)
                for wanted, given in call.pairs(formal, call.site.type_of(expression), expression):
                    if any(_is_expression(want) for want in wanted):
                        late.append((wanted, given, expression, argument))
                    else:
                        self._bind(call, wanted, given, expression, argument, callee)
        for wanted, given, expression, argument in late:
            self._bind(call, wanted, given, expression, argument, callee)

    def _bind(
        self, call: _Call, wanted: Wanted, given: Shape, expression: Expression, argument: str, callee: str
    ) -> None:
        try:
            call.bindings.bind(wanted, given, argument=argument, callee=callee)
        except ShapeError as error:
            raise _Conflict(str(error), expression) from None


class _Conflict(Exception):  # noqa: N818 (caught at once)
    def __init__(self, sentence: str, place: Expression) -> None:
        super().__init__(sentence)
        self.place = place


class _Call:
    """One call: which names are the callee's, and what they stand for."""

    def __init__(self, site: Site, own: dict[TypeVarId, str], sizes: dict[TypeVarId, str], *, fields: bool) -> None:
        self.site = site
        self.own = own
        self.sizes = sizes
        self.solved: set[TypeVarId] = set()
        self.fields = fields
        self.bindings = Bindings()

    def keep(self, names: Iterable[str]) -> None:
        """Let names of which no argument says what they are be what they are in the caller."""
        for name in names:
            if isinstance(self.bindings.value(symbol(name)), Unknown):
                self.bindings.preset(name, self.site.names.placed(symbol(name)), "the object")

    def pairs(self, formal: Type, actual: Type, expression: Expression | None) -> Iterator[tuple[Wanted, Shape]]:
        """Yield the wanted and the given shape of each array in an argument."""
        wanted_type, given_type = get_proper_type(formal), get_proper_type(actual)
        if isinstance(expression, ListExpr | SetExpr) and isinstance(wanted_type, Instance) and wanted_type.args:
            # What the items have in common says less than each of them.
            for item in expression.items:
                if isinstance(item, StarExpr):
                    yield from self.pairs(wanted_type, self.site.type_of(item.expr), None)
                else:
                    yield from self.pairs(wanted_type.args[0], self.site.type_of(item), item)
            return
        if isinstance(wanted_type, UnionType):
            wanted_type = self._fitting(wanted_type, given_type)
        if isinstance(given_type, UnionType):
            return
        if isinstance(wanted_type, TupleType) and isinstance(given_type, TupleType):
            if len(wanted_type.items) == len(given_type.items):
                for a, b in zip(wanted_type.items, given_type.items, strict=True):
                    yield from self.pairs(a, b, None)
            return
        if isinstance(wanted_type, Instance):
            yield from self._pairs_of_instance(wanted_type, given_type, expression)

    def _pairs_of_instance(
        self, wanted: Instance, given: ProperType, expression: Expression | None
    ) -> Iterator[tuple[Wanted, Shape]]:
        if wanted.type.fullname in (*ARRAYS, MATRIX):
            if isinstance(given, Instance) and (given.type is wanted.type or is_number(given)):
                yield from self._pair(wanted, given, expression)
        elif isinstance(given, TupleType) and wanted.args:
            for item in given.items:
                yield from self.pairs(wanted.args[0], item, None)
        elif isinstance(given, Instance) and given.type.has_base(wanted.type.fullname):
            mapped = map_instance_to_supertype(given, wanted.type)
            for a, b in zip(wanted.args, mapped.args, strict=False):
                yield from self.pairs(a, b, None)

    def _pair(
        self, wanted_type: Instance, given_type: Instance, expression: Expression | None
    ) -> Iterator[tuple[Wanted, Shape]]:
        wanted = self.wanted(wanted_type)
        if wanted is None:
            return
        try:
            yield wanted, (self.site.shape_of_type(given_type) if expression is None else self.site.shape(expression))
        except Untracked:
            return

    def _fitting(self, union: UnionType, given: ProperType) -> ProperType:
        """Return the one item of a union that an argument can be meant for."""
        found = [
            item
            for each in union.items
            if not isinstance(item := get_proper_type(each), NoneType) and _same_kind(item, given)
        ]
        if not found and is_array(given):  # of the wrong rank, for one that is the only array
            found = [item for item in map(get_proper_type, union.items) if is_array(item)]
        return found[0] if len(found) == 1 else NoneType()

    def wanted(self, array: Instance) -> Wanted | None:
        """Return the shape that a parameter's type asks for."""
        if array.type.fullname == MATRIX:
            return tuple(self.wanted_dim(each) for each in array.args[1:])
        shape = get_proper_type(array.args[0]) if array.args else None
        return tuple(self.wanted_dim(item) for item in shape.items) if isinstance(shape, TupleType) else None

    def wanted_dim(self, t: Type) -> Dim | OrOne | AnyAxes:
        """Return what a parameter's type asks for on one axis."""
        proper = get_proper_type(t)
        if isinstance(proper, UnpackType):
            names = [text for _, text in dim_literals(proper)]
            return AnyAxes(names[0][1:] if names else "")
        if isinstance(proper, TypeVarType) and proper.id in self.sizes:
            self.solved.add(proper.id)
        if isinstance(proper, TypeVarType) and (proper.id in self.own or proper.id in self.sizes):
            return symbol(proper.name)
        ours = literal_text(proper)
        if ours is not None and (ours[0] or self.fields):
            text = ours[1]
            return OrOne(read(text[1:])) if text.startswith("#") else read(text)
        return dim_of(proper, self.site.names)


class _Meaning(TypeTranslator):
    """Puts what names stand for in their place."""

    def __init__(self, call: _Call) -> None:
        super().__init__()
        self._call = call

    def visit_type_var(self, t: TypeVarType, /) -> Type:
        return self._type(symbol(t.name)) if t.id in self._call.own or t.id in self._call.solved else t

    def visit_literal_type(self, t: LiteralType, /) -> Type:
        ours = literal_text(t)
        if ours is None or not (ours[0] or self._call.fields):
            return t
        return any_type() if ours[1].startswith("#") else self._type(read(ours[1]))

    def visit_tuple_type(self, t: TupleType, /) -> Type:
        if is_named_tuple(t):
            return t
        items: list[Type] = []
        for item in t.items:
            want = self._call.wanted_dim(item) if isinstance(get_proper_type(item), UnpackType) else None
            axes = self._call.bindings.axes(want.name) if isinstance(want, AnyAxes) else None
            if axes is not None:
                items += self._call.site.types.of_entries(axes)
            elif isinstance(want, AnyAxes):
                items.append(UnpackType(self._call.site.types.tuple_type))
            else:
                items.append(item.accept(self))
        return t.copy_modified(items=items)

    def visit_typeddict_type(self, t: TypedDictType, /) -> Type:
        return t

    def visit_type_alias_type(self, t: TypeAliasType, /) -> Type:
        return t if t.is_recursive else get_proper_type(t).accept(self)

    def _type(self, dim: Dim) -> Type:
        value = self._call.bindings.value(dim)
        return type_of_dim(value, self._call.site.names, self._call.site.types.int_type)


def _mentions_matrices(t: Type) -> bool:
    if isinstance(t, TypeAliasType) and t.is_recursive:
        return False
    proper = get_proper_type(t)
    if isinstance(proper, UnionType):
        return any(map(_mentions_matrices, proper.items))
    return isinstance(proper, Instance) and (
        proper.type.fullname == MATRIX or any(map(_mentions_matrices, proper.args))
    )


def _variables_taken(signature: CallableType) -> dict[TypeVarId, str]:
    return {each.id: each.name for t in signature.arg_types for each in dim_variables(t)}


def _mentions_fields(signature: CallableType, *, constructs: bool) -> bool:
    taken = signature.arg_types if constructs else ()
    return any(next(dim_literals(each, callables=True), None) is not None for each in (signature.ret_type, *taken))


def _inside(signature: CallableType, place: object, site: Site) -> bool:
    """Say whether a method is called on ``self``, so that the names of fields mean the same in it."""
    callee = place.callee if isinstance(place, CallExpr) else None
    if not isinstance(callee, MemberExpr) or not isinstance(callee.expr, NameExpr) or callee.expr.name != "self":
        return False
    owner = getattr(signature.definition, "info", None)
    enclosing = [each for each in site.checker.scope.stack if isinstance(each, TypeInfo)]
    return bool(enclosing) and isinstance(owner, TypeInfo) and enclosing[-1].has_base(owner.fullname)


def _overloaded(place: object, site: Site) -> bool:
    if not isinstance(place, CallExpr):
        return False
    found = site.checker.lookup_type_or_none(place.callee)
    return found is not None and isinstance(get_proper_type(found), Overloaded)


def _callee_name(signature: CallableType) -> str:
    name = signature.name or ""
    owner = name.split(" of ")
    if signature.is_type_obj():
        return f'"{signature.type_object().name}"'
    return f'"{owner[0]}"' if name else "the callee"


def _argument_name(signature: CallableType, place: int, expression: Expression, call: Context) -> str:
    name = signature.arg_names[place]
    if signature.arg_kinds[place] == ARG_STAR2 and isinstance(call, CallExpr):
        given = [own for each, own in zip(call.args, call.arg_names, strict=True) if each is expression]
        name = given[0] if given and given[0] else name
    return f'argument "{name}"' if name else f"argument {place + 1}"


def _is_expression(want: Dim | OrOne | AnyAxes) -> bool:
    dim = want.dim if isinstance(want, OrOne) else want
    return not isinstance(dim, AnyAxes) and bool(symbols(dim)) and not str(dim).isidentifier()


def _same_kind(item: ProperType, given: ProperType) -> bool:
    if isinstance(item, Instance) and isinstance(given, Instance):
        if item.type is not given.type and not given.type.has_base(item.type.fullname):
            return False
        ranks = [get_proper_type(each.args[0]) for each in (item, given) if each.type.fullname in ARRAYS and each.args]
        if len(ranks) == 2 and isinstance(ranks[0], TupleType) and isinstance(ranks[1], TupleType):
            variadic = any(isinstance(get_proper_type(each), UnpackType) for each in ranks[0].items)
            return variadic or len(ranks[0].items) == len(ranks[1].items)
        return True
    return isinstance(item, TupleType) and isinstance(given, TupleType)

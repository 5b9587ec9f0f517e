"""What `shapedmat.Matrix` has: its operators, methods, constructors and sizes.

mypy's own check of a matrix's type needs two sizes to be the same type. Here sizes are compared by the shape rules, so
that what is not known is never reported; mypy is left with the element types.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from mypy.nodes import ARG_STAR, CallExpr, ComparisonExpr, Expression, IndexExpr, MemberExpr, OpExpr
from mypy.plugin import AttributeContext, FunctionSigContext, MethodSigContext
from mypy.type_visitor import TypeTranslator
from mypy.types import (
    CallableType,
    FunctionLike,
    Instance,
    LiteralType,
    ProperType,
    TupleType,
    Type,
    TypeAliasType,
    TypeVarType,
    UnionType,
    get_proper_type,
)

from shapedmat import shapes
from shapedmat.dimensions import UNKNOWN, Dim, Unknown
from shapedmat.errors import ShapeError
from shapedmat.mypy_plugin import elements
from shapedmat.mypy_plugin.checks import Checks, Found, Mistake, SignatureContext
from shapedmat.mypy_plugin.codes import SHAPE
from shapedmat.mypy_plugin.dims import any_type, dim_of, is_ours
from shapedmat.mypy_plugin.indexing import key_of
from shapedmat.mypy_plugin.names import MATRIX
from shapedmat.mypy_plugin.results import permissive
from shapedmat.mypy_plugin.rules import Call, Rule, bind
from shapedmat.mypy_plugin.sites import Site, Untracked
from shapedmat.mypy_plugin.values import value_type
from shapedmat.shapes import Index, Indices, Mask, Shape

Operation = Callable[[Shape, Shape], Shape]

_ARITHMETIC: Final = {"add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide"}
_COMPARISONS: Final = ("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__")


def _in_place(target: Shape, value: Shape, *, action: str) -> Shape:
    shapes.broadcast(target, value, action=action)
    return shapes.assign(target, value, action=action)


OPERATORS: Final[dict[str, Operation]] = {
    **{f"__{name}__": partial(shapes.broadcast, action=action) for name, action in _ARITHMETIC.items()},
    **{f"__i{name}__": partial(_in_place, action=action) for name, action in _ARITHMETIC.items()},
    **{name: partial(shapes.broadcast, action="compare") for name in _COMPARISONS},
    "__matmul__": shapes.matmul,
}


def _of_two(rule: Operation) -> Callable[[Call], Shape]:
    return lambda call: rule(call.shape("self"), call.shape("other"))


def _reduction(rule: Callable[..., Shape], action: str) -> Rule:
    return Rule("self axis", lambda call: rule(call.shape("self"), call.axes("axis"), keepdims=True, action=action))


def _near(call: Call) -> Shape | None:
    other = call.shape("other")
    return shapes.hadamard(call.shape("self"), other, action="compare") if other else None


def _stacked(rule: Callable[..., Shape]) -> Rule:
    return Rule("self *others", lambda call: rule(call.shape("self"), *call.site.shapes(call.rest)))


METHODS: Final[dict[str, Rule]] = {
    "matmul": Rule("self other * backend", _of_two(shapes.matmul)),
    "hadamard": Rule("self other", _of_two(shapes.hadamard)),
    "outer": Rule("self other", _of_two(shapes.outer)),
    "allclose": Rule("self other * rtol atol", _near),
    "sum": _reduction(shapes.reduce, "sum"),
    "mean": _reduction(shapes.reduce_nonempty, "take the mean of"),
    "max": _reduction(shapes.reduce_nonempty, "take the maximum of"),
    "min": _reduction(shapes.reduce_nonempty, "take the minimum of"),
    "argmax": _reduction(shapes.reduce_nonempty, "take the argmax of"),
    "argmin": _reduction(shapes.reduce_nonempty, "take the argmin of"),
    "all": _reduction(shapes.reduce, "reduce"),
    "any": _reduction(shapes.reduce, "reduce"),
    "reshape": Rule(
        "self rows cols", lambda call: shapes.reshape(call.shape("self"), (call.dim("rows"), call.dim("cols")))
    ),
    "hstack": _stacked(shapes.hstack),
    "vstack": _stacked(shapes.vstack),
    "row": Rule("self index", lambda call: indexed(call.shape("self"), (call.dim("index"),))),
    "col": Rule("self index", lambda call: indexed(call.shape("self"), (slice(None), call.dim("index")))),
    "differences": Rule("self point", lambda call: shapes.differences(call.shape("self"), call.shape("point"))),
    "distances": Rule("self point", lambda call: shapes.distances(call.shape("self"), call.shape("point"))),
}


def _from_sizes(call: Call) -> Shape | None:
    if call.given("rows") is None or call.given("cols") is None:
        return None  # the shape is that of the class
    return shapes.full((call.dim("rows"), call.dim("cols")))


def _one_hot(call: Call) -> Shape:
    labels = call.shape("labels")
    if len(labels) != 1:
        raise Untracked
    return (UNKNOWN if call.given("classes") is None else call.dim("classes")), labels[0]


def _two_axes(shape: Shape) -> Shape:
    if len(shape) != 2:
        raise Untracked
    return shape


CONSTRUCTORS: Final[dict[str, Rule]] = {
    **dict.fromkeys(
        ("zeros", "ones", "full", "random", "normal", "uniform", "xavier", "he"), Rule("rows cols *rest", _from_sizes)
    ),
    "eye": Rule("size", lambda call: None if call.given("size") is None else shapes.eye(call.dim("size"))),
    "from_rows": Rule("rows", lambda call: _two_axes(call.shape("rows"))),
    "from_array": Rule("array", lambda call: _two_axes(call.shape("array"))),
    "one_hot": Rule("labels classes", _one_hot),
    "diagonal": Rule("values", lambda call: shapes.diagonal(call.shape("values"))),
}


def _along(action: str) -> Callable[[Call], Shape]:
    return lambda call: shapes.along(call.shape("matrix"), call.integer("axis", 0), action=action)


FUNCTIONS: Final[dict[str, Rule]] = {
    f"shapedmat.functions.{name}": Rule("matrix axis", _along(f"take the {name.replace('_', ' ')} of"))
    for name in ("softmax", "log_softmax")
}


class Matrices:
    """The hooks of what `Matrix` has, by full names."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks
        self.methods: dict[str, Callable[[MethodSigContext], FunctionLike]] = {
            **{f"{MATRIX}.{name}": self._operator(name, rule) for name, rule in OPERATORS.items()},
            **{f"{MATRIX}.{name}": self._method(rule) for name, rule in METHODS.items()},
            **{f"{MATRIX}.{name}": self._constructor(name, rule) for name, rule in CONSTRUCTORS.items()},
            f"{MATRIX}.__getitem__": self._item,
            f"{MATRIX}.__setitem__": self._assignment,
        }
        self.functions: dict[str, Callable[[FunctionSigContext], FunctionLike]] = {
            name: self._function(rule) for name, rule in FUNCTIONS.items()
        }
        self.attributes: dict[str, Callable[[AttributeContext], Type]] = {
            f"{MATRIX}.shape": self._shape,
            f"{MATRIX}.rows": self._size(lambda shape: shape[0]),
            f"{MATRIX}.cols": self._size(lambda shape: shape[1]),
            f"{MATRIX}.size": self._size(shapes.count),
        }

    def _signature(
        self, context: SignatureContext, receiver: Type | None, find: Callable[[Site], Found], *, kind: str = ""
    ) -> FunctionLike:
        signature = context.default_signature
        outcome, site = self._checks.outcome(context.context, context.api, receiver, find, kind=kind)
        if isinstance(outcome, Mistake):
            context.api.fail(outcome.sentence, context.context, code=SHAPE)
            return permissive(signature)
        shape = outcome.result
        if not isinstance(shape, tuple):
            return permissive(signature) if outcome.exact else signature
        return signature.copy_modified(
            arg_types=[any_type() if outcome.exact else each.accept(_ANY_SIZES) for each in signature.arg_types],
            ret_type=sized(signature.ret_type, shape, site),
        )

    def _operator(self, name: str, rule: Operation) -> Callable[[MethodSigContext], FunctionLike]:
        def hook(context: MethodSigContext) -> FunctionLike:
            place, receiver = context.context, get_proper_type(context.type)
            operands = context.args[0] if len(context.args) == 1 else []
            if len(operands) != 1 or not is_matrix(receiver):
                return context.default_signature
            owner, other = _owner(place), operands[0]

            def find(site: Site) -> Found:
                if isinstance(place, ComparisonExpr):
                    _require_one_type(place.operands, site)
                given = site.type_of(other)
                shape = site.shape(other)
                if shape and not is_matrix(given):
                    raise Untracked  # an array's own method has the result
                own = site.receiver_shape(owner, receiver)
                try:
                    return Found(rule(own, shape), exact=_alike(receiver, given))
                except ShapeError:
                    if not _both_have_several_types(place, site):
                        raise
                    return Found(None, exact=True)  # these two types may never come together

            return self._signature(context, receiver, find, kind=f"{name} {id(other)}")

        return hook

    def _method(self, rule: Rule) -> Callable[[MethodSigContext], FunctionLike]:
        def hook(context: MethodSigContext) -> FunctionLike:
            expression, owner = context.context, get_proper_type(context.type)
            if not isinstance(expression, CallExpr):
                return context.default_signature
            # `Matrix.hstack(a, b)` has no receiver but the first argument.
            receiver = owner if is_matrix(owner) else None
            return self._signature(context, owner, lambda site: _found(bind(rule, site, expression, receiver), rule))

        return hook

    def _function(self, rule: Rule) -> Callable[[FunctionSigContext], FunctionLike]:
        def hook(context: FunctionSigContext) -> FunctionLike:
            expression = context.context
            if not isinstance(expression, CallExpr):
                return context.default_signature
            return self._signature(context, None, lambda site: _found(bind(rule, site, expression), rule))

        return hook

    def _constructor(self, name: str, rule: Rule) -> Callable[[MethodSigContext], FunctionLike]:
        def hook(context: MethodSigContext) -> FunctionLike:
            expression, owner = context.context, get_proper_type(context.type)
            if not isinstance(expression, CallExpr) or not isinstance(owner, CallableType):
                return context.default_signature

            def find(site: Site) -> Found:
                sizes = _unpacked_sizes(expression, site)
                found = _found(bind(rule, site, expression), rule) if sizes is None else Found(sizes)
                wanted = _shape_of_class(owner, site)
                if not isinstance(found.result, tuple) or wanted is None:
                    return found
                shapes.fit(found.result, wanted, subject=f"the result of {name}")
                pairs = zip(found.result, wanted, strict=True)
                return Found(tuple(want if isinstance(size, Unknown) else size for size, want in pairs))

            return self._signature(context, owner, find)

        return hook

    def _item(self, context: MethodSigContext) -> FunctionLike:
        receiver, (index,) = get_proper_type(context.type), context.args[0]
        owner = _owner(context.context)

        def find(site: Site) -> Found:
            return Found(indexed(site.receiver_shape(owner, receiver), key_of(index, site)))

        return self._signature(context, receiver, find)

    def _assignment(self, context: MethodSigContext) -> FunctionLike:
        receiver, (index,), (value,) = get_proper_type(context.type), context.args[0], context.args[1]
        owner = _owner(context.context)

        def find(site: Site) -> Found:
            shapes.assign(indexed(site.receiver_shape(owner, receiver), key_of(index, site)), site.shape(value))
            return Found(None)

        return self._signature(context, receiver, find, kind="assigned")

    def _shape(self, context: AttributeContext) -> Type:
        default, owner = get_proper_type(context.default_attr_type), get_proper_type(context.type)
        if not is_matrix(owner) or not isinstance(default, TupleType) or len(default.items) != 2:
            return default
        site = self._checks.site(context.api)
        sizes = site.shape_of_type(owner)
        pairs = zip(sizes, default.items, strict=True)
        return default.copy_modified(items=[_value(size, own, site) for size, own in pairs])

    def _size(self, number: Callable[[Shape], Dim]) -> Callable[[AttributeContext], Type]:
        def hook(context: AttributeContext) -> Type:
            if not is_matrix(get_proper_type(context.type)):
                return context.default_attr_type
            site = self._checks.site(context.api)
            return _value(number(site.shape_of_type(context.type)), context.default_attr_type, site)

        return hook


def indexed(shape: Shape, key: tuple[Index, ...]) -> Shape:
    """Return the shape of what a key takes from a matrix, where an integer leaves an axis of size 1.

    Raises:
        ShapeError: an index is out of range, a mask has the wrong length, or there are more than two.
        Untracked: something is no index of a matrix.
    """
    for each in key:
        if each is None or each is ... or (isinstance(each, Mask | Indices) and len(each.shape) != 1):
            raise Untracked
    shapes.index(shape, key)
    return tuple(_length(*pair) for pair in zip(shape, (*key, slice(None), slice(None)), strict=False))


def _length(dim: Dim, entry: Index) -> Dim:
    if isinstance(entry, slice):
        return shapes.slice_length(dim, entry)
    if isinstance(entry, Indices):
        return entry.shape[0]
    return UNKNOWN if isinstance(entry, Mask) else 1


def is_matrix(t: ProperType) -> bool:
    """Say whether a type is one of matrices."""
    return isinstance(t, Instance) and t.type.fullname == MATRIX and len(t.args) == 3


def sized(t: Type, shape: Shape, site: Site) -> Type:
    """Return a matrix's type with the sizes of a shape; any other type as it is."""
    proper = get_proper_type(t)
    if not isinstance(proper, Instance) or not is_matrix(proper) or len(shape) != 2:
        return t
    return proper.copy_modified(args=[proper.args[0], *map(site.types.of_dim, shape)])


def _found(call: Call, rule: Rule) -> Found:
    if not call.complete:
        raise Untracked
    return Found(rule.find(call))


def _unpacked_sizes(call: CallExpr, site: Site) -> Shape | None:
    """Return the sizes of ``Matrix.zeros(*x.shape)``; None where sizes are given otherwise."""
    if call.arg_kinds[:1] != [ARG_STAR]:
        return None
    sizes = site.dims_of_type(site.type_of(call.args[0]))
    if len(sizes) != 2 or ARG_STAR in call.arg_kinds[1:]:
        raise Untracked
    return sizes


def _value(size: Dim, own: Type, site: Site) -> Type:
    """Return the type of a size as a value: where it is a number or a type variable of the program, mypy's own."""
    proper = get_proper_type(own)
    if isinstance(size, Unknown) or (isinstance(proper, LiteralType) and isinstance(proper.value, int)):
        return own
    if isinstance(proper, TypeVarType) and not is_ours(proper):
        return own
    return value_type(size, site)


def _owner(place: object) -> Expression | None:
    match place:
        case IndexExpr():
            return place.base
        case CallExpr(callee=MemberExpr() as member):
            return member.expr
        case _:
            return None


def _require_one_type(operands: list[Expression], site: Site) -> None:
    if any(isinstance(site.type_of(each), UnionType) for each in operands):
        raise Untracked


def _both_have_several_types(place: object, site: Site) -> bool:
    return isinstance(place, OpExpr) and all(
        isinstance(site.type_of(each), UnionType) for each in (place.left, place.right)
    )


def _alike(a: ProperType, b: ProperType) -> bool:
    """Say whether two matrices may have one element type."""
    if not isinstance(a, Instance) or not isinstance(b, Instance) or not is_matrix(b):
        return False
    return bool(elements.overlap(str(a.args[0]), str(b.args[0])))


def _shape_of_class(owner: CallableType, site: Site) -> Shape | None:
    """Return the shape that a class such as ``Matrix[np.float32, 5, 2]`` asks for."""
    made = get_proper_type(owner.ret_type)
    if not isinstance(made, Instance) or not is_matrix(made):
        return None
    bound = {each.id for each in owner.variables}
    return tuple(
        UNKNOWN if isinstance(t, TypeVarType) and t.id in bound else dim_of(t, site.names)
        for t in map(get_proper_type, made.args[1:])
    )


class _AnySizes(TypeTranslator):
    """Replaces the sizes of matrices by unknown ones."""

    def visit_instance(self, t: Instance, /) -> Type:
        """Return a matrix of any sizes; any other type as it is."""
        return t.copy_modified(args=[t.args[0], any_type(), any_type()]) if is_matrix(t) else t

    def visit_type_alias_type(self, t: TypeAliasType, /) -> Type:
        """Return the target of an alias with its sizes replaced."""
        return t if t.is_recursive else get_proper_type(t).accept(self)


_ANY_SIZES: Final = _AnySizes()

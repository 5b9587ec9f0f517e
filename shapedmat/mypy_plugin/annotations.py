"""Types of jaxtyping annotations: what ``Float[np.ndarray, "batch 784"]`` means to mypy with the plugin.

To a type checker, jaxtyping's ``Float`` and its like are ``typing.Annotated``. Read as a type, the annotation still has
its string. Read as an expression, as in an alias, mypy has thrown the string away before any hook is called; then it is
found again in the statement that is being analyzed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mypy.nodes import (
    AssignmentStmt,
    ClassDef,
    ExpressionStmt,
    FuncDef,
    ImportFrom,
    IndexExpr,
    MemberExpr,
    MypyFile,
    Node,
    RefExpr,
    ReturnStmt,
    Statement,
    StrExpr,
    TupleExpr,
    TypeAlias,
    TypeInfo,
)
from mypy.plugin import AnalyzeTypeContext
from mypy.semanal import SemanticAnalyzer
from mypy.typeanal import TypeAnalyser
from mypy.types import (
    AnyType,
    CallableType,
    Instance,
    RawExpressionType,
    TupleType,
    Type,
    UnboundType,
    UnionType,
    UnpackType,
    get_proper_type,
)

from shapedmat.annotations import DTYPES, Axis, parse
from shapedmat.dimensions import Unknown
from shapedmat.errors import AnnotationError
from shapedmat.mypy_plugin.codes import SHAPE
from shapedmat.mypy_plugin.dims import Names, any_type, literal, type_of_dim
from shapedmat.mypy_plugin.messages import Messages
from shapedmat.mypy_plugin.names import ARRAYS, MATRIX, NDARRAY
from shapedmat.mypy_plugin.scopes import Rename, bind_parameters, dim_literals, field_names, variables_of
from shapedmat.mypy_plugin.subscripts import size_written
from shapedmat.mypy_plugin.syntax import dotted_name, walk

# Where mypy reads a type from an expression: in these statements an annotation may have lost its string.
_STATEMENTS: Final = (AssignmentStmt, ExpressionStmt, ReturnStmt)
_PATCH_PRIORITY: Final = 1_000_000  # after mypy's own patches


class AnnotationHooks:
    """The hooks that mypy calls for the names in annotations."""

    def __init__(self, messages: Messages, *, rigid: bool) -> None:
        self._messages = messages
        self._rigid = rigid
        self._skipped: str | None = None

    def skips(self, full_name: str) -> bool:
        """Say whether mypy's own analysis of this name was asked for by a hook of ours."""
        if self._skipped != full_name:
            return False
        self._skipped = None
        return True

    def annotated(self, context: AnalyzeTypeContext) -> Type:
        """Return the type of ``Float[array, "shape"]``, or of any other ``Annotated``."""
        unbound, analyser = _parts(context)
        element = _element_name(unbound, analyser) if len(unbound.args) == 2 else None
        if element is None:
            return self._default(context, "typing.Annotated")
        array = analyser.analyze_type(unbound.args[0])
        return self._placed(_shaped(analyser, array, element, _text(unbound.args[1]), unbound), analyser)

    def array(self, context: AnalyzeTypeContext) -> Type:
        """Return the type of ``np.ndarray``, with the shape of the alias or the cast that it is written in."""
        return self._in_expression(context, self._default(context, NDARRAY))

    def array_alias(self, context: AnalyzeTypeContext) -> Type:
        """Return the type of an alias of ``np.ndarray``, such as ``NDArray``, with the shape written to it."""
        return self._in_expression(context, self._default(context, _full_name(context)))

    def matrix(self, context: AnalyzeTypeContext) -> Type:
        """Return the type of ``Matrix[np.float32, 5, 2]``, whose sizes may be plain numbers."""
        unbound, analyser = _parts(context)
        written = size_written(unbound)
        if written is not None:
            return type_of_dim(written, Names(), _int(analyser))
        sizes = [_plain_size(each, analyser) for each in unbound.args]
        # In place, since mypy looks at this very object again.
        unbound.args = tuple(each if size is None else size for each, size in zip(unbound.args, sizes, strict=True))
        return self._in_expression(context, self._default(context, MATRIX))

    def _in_expression(self, context: AnalyzeTypeContext, array: Type) -> Type:
        unbound, analyser = _parts(context)
        semantic = _semantic(analyser)
        statement = semantic.statement
        if semantic.is_stub_file or statement is None or not _reads_expressions(statement):
            return array

        found = _find_annotation(statement, unbound.line, unbound.column)
        if found is None:
            return array
        element = _resolve(found[0], semantic)
        if element is None:
            return array
        unbound.empty_tuple_index = True  # else mypy takes the alias for one of the bare class and drops its arguments
        return self._placed(_shaped(analyser, array, element, found[1], unbound), analyser)

    def alias(self, context: AnalyzeTypeContext) -> Type:
        """Return the type of an alias of an annotation, with the names that mean something where it is used."""
        _, analyser = _parts(context)
        full_name = _full_name(context)
        return self._placed(self._default(context, full_name), analyser)

    def _default(self, context: AnalyzeTypeContext, full_name: str) -> Type:
        self._skipped = full_name
        try:
            return context.api.analyze_type(context.type)
        finally:
            self._skipped = None

    def _placed(self, t: Type, analyser: TypeAnalyser) -> Type:
        """Return a type with its names as they are at the place that is being analyzed."""
        semantic = _semantic(analyser)
        self._messages.watch(semantic.errors)
        if analyser.defining_alias:
            return t
        functions = tuple(each for each in semantic.scope.functions if isinstance(each, FuncDef))
        int_type = _int(analyser)
        if functions and functions[-1] not in semantic.function_stack:  # in its signature
            function, outer = functions[-1], functions[:-1]
            semantic.schedule_patch(_PATCH_PRIORITY, lambda: bind_parameters(function, outer, int_type))
            return t
        info: TypeInfo | None = semantic.type
        if info is not None and semantic.is_class_scope():
            return t
        # The fields of a named tuple or a typed dictionary are analyzed before there is a class.
        if isinstance(semantic.statement, ClassDef):
            return t.accept(Rename(Names(), owner=semantic.statement.fullname or semantic.statement.name))
        bound = {}
        for each in functions:
            if isinstance(each.type, CallableType):
                bound.update(variables_of(each.type, each.fullname, int_type))
        if _declares_field(semantic.statement):
            fields = frozenset(_used(t))
        else:
            fields = field_names(info) if info is not None and functions else frozenset()
        in_order = tuple(each.fullname for each in reversed(functions))
        names = Names(bound, fields, functions=in_order, rigid=self._rigid)
        return t.accept(Rename(names))


def is_array_alias(node: Node | None) -> bool:
    """Say whether a symbol is an alias of arrays of any shape."""
    target = get_proper_type(node.target) if isinstance(node, TypeAlias) else None
    return isinstance(target, Instance) and target.type.fullname in ARRAYS


def is_shaped_alias(node: Node | None) -> bool:
    """Say whether a symbol is an alias of a type that has names of sizes."""
    return isinstance(node, TypeAlias) and next(dim_literals(node.target, callables=True), None) is not None


def _parts(context: AnalyzeTypeContext) -> tuple[UnboundType, TypeAnalyser]:
    assert isinstance(context.api, TypeAnalyser)
    return context.type, context.api


def _semantic(analyser: TypeAnalyser) -> SemanticAnalyzer:
    assert isinstance(analyser.api, SemanticAnalyzer)
    return analyser.api


def _int(analyser: TypeAnalyser) -> Instance:
    return analyser.named_type("builtins.int")


def _plain_size(argument: Type, analyser: TypeAnalyser) -> Type | None:
    """Return the type of a size that is written as a plain number, None for any other argument."""
    if not isinstance(argument, RawExpressionType) or type(argument.literal_value) is not int:
        return None
    return type_of_dim(argument.literal_value, Names(), _int(analyser)) if argument.literal_value >= 0 else None


def _full_name(context: AnalyzeTypeContext) -> str:
    unbound, analyser = _parts(context)
    symbol = analyser.lookup_qualified(unbound.name, unbound)
    assert symbol is not None
    assert symbol.node is not None
    return symbol.node.fullname


def _used(t: Type) -> Iterator[str]:
    for _, text in dim_literals(t):
        yield text


def _text(argument: Type) -> str | None:
    """Return the string of an annotation; None for one that is put together when the program runs."""
    if isinstance(argument, RawExpressionType):
        value = argument.literal_value
        return value if isinstance(value, str) else None
    return argument.original_str_expr if isinstance(argument, UnboundType) else None


def _element_name(unbound: UnboundType, analyser: TypeAnalyser) -> str | None:
    return _resolve(unbound.name, _semantic(analyser))


def _resolve(name: str, semantic: SemanticAnalyzer) -> str | None:
    """Return jaxtyping's own name of what a module calls `name`; None if it is not one of jaxtyping's."""
    parts = name.rpartition(".")
    resolved = parts[2] if parts[1] else _imported_name(name, semantic.cur_mod_node, semantic.modules, set())
    return resolved if resolved in DTYPES else None


def _imported_name(name: str, module: MypyFile, modules: Mapping[str, MypyFile], seen: set[str]) -> str:
    """Follow the imports by which a module got a name to what the name was at first."""
    seen.add(module.fullname)
    for statement in module.imports:
        if isinstance(statement, ImportFrom):
            for original, renamed in statement.names:
                if (renamed or original) == name:
                    source = modules.get(statement.id)
                    if source is None or source.fullname in seen or source.fullname.startswith("jaxtyping"):
                        return original
                    return _imported_name(original, source, modules, seen)
    return name


def _shaped(analyser: TypeAnalyser, array: Type, element: str, text: str | None, place: UnboundType) -> Type:
    """Return an array type with a shape and an element type."""
    proper = get_proper_type(array)
    if isinstance(proper, UnionType):
        items = [_shaped(analyser, item, element, text, place) for item in proper.items]
        return UnionType.make_union(items, proper.line, proper.column)
    if not isinstance(proper, Instance) or proper.type.fullname not in (*ARRAYS, MATRIX):
        return array
    dims: list[Type] | None = None
    if text is not None:
        try:
            pattern = parse(text)
        except AnnotationError as error:
            analyser.fail(str(error), place, code=SHAPE)
            return any_type()
        dims = [_axis_type(axis, analyser) for axis in pattern.axes]
    if proper.type.fullname == MATRIX:
        scalar = _scalar(analyser, element)
        rows_and_columns = dims if dims is not None and len(dims) == 2 else [any_type(), any_type()]
        return proper.copy_modified(args=[proper.args[0] if scalar is None else scalar, *rows_and_columns])
    if len(proper.type.defn.type_vars) != 2:
        return array
    tuple_type = analyser.named_type("builtins.tuple", [any_type()])
    # A bare class in an alias has no arguments.
    own = proper.args[1] if len(proper.args) == 2 else analyser.named_type("numpy.dtype", [any_type()])
    shape: Type = tuple_type
    if dims is not None and not (len(dims) == 1 and isinstance(dims[0], UnpackType) and not list(_used(dims[0]))):
        shape = TupleType(dims, analyser.named_type("builtins.tuple", [_int(analyser)]))
    return proper.copy_modified(args=[shape, _dtype(analyser, own, element)])


def _axis_type(axis: Axis, analyser: TypeAnalyser) -> Type:
    int_type = _int(analyser)
    if axis.variadic:
        prefix = "*#" if axis.broadcastable else "*"
        item = literal(prefix + axis.name, int_type) if axis.name else any_type()
        return UnpackType(analyser.named_type("builtins.tuple", [item]))
    if axis.broadcastable:
        return literal(f"#{axis.dim}", int_type) if not isinstance(axis.dim, Unknown) else any_type()
    if axis.per_leaf:
        return any_type()
    return type_of_dim(axis.dim, Names(), int_type)


def _dtype(analyser: TypeAnalyser, declared: Type, element: str) -> Type:
    """Return the ``dtype[...]`` of an annotation: the array's own where it says more."""
    scalar = _scalar(analyser, element)
    own = get_proper_type(declared)
    known = isinstance(own, Instance) and own.args and not isinstance(get_proper_type(own.args[0]), AnyType)
    if scalar is None or known:
        return declared
    return analyser.named_type("numpy.dtype", [scalar])


def _scalar(analyser: TypeAnalyser, element: str) -> Type | None:
    scalars = DTYPES[element]
    if not scalars:
        return None
    found = [_scalar_type(analyser, name) for name in scalars]
    return UnionType.make_union([each for each in found if each is not None]) if None not in found else None


def _scalar_type(analyser: TypeAnalyser, name: str) -> Type | None:
    semantic = _semantic(analyser)
    symbol = semantic.lookup_fully_qualified_or_none(f"numpy.{name}")
    node: Any = symbol.node if symbol is not None else None
    if isinstance(node, TypeAlias):
        return get_proper_type(node.target)
    if isinstance(node, TypeInfo):
        return Instance(node, [any_type() for _ in node.defn.type_vars])
    return None


def _declares_field(statement: Statement | None) -> bool:
    """Say whether a statement is ``self.name: annotation = ...``."""
    return (
        isinstance(statement, AssignmentStmt)
        and len(statement.lvalues) == 1
        and isinstance(statement.lvalues[0], MemberExpr)
    )


def _reads_expressions(statement: Statement) -> bool:
    return isinstance(statement, _STATEMENTS) or type(statement).__name__ == "TypeAliasStmt"


def _find_annotation(statement: Statement, line: int, column: int) -> tuple[str, str | None] | None:
    """Find the ``name[array, "text"]`` whose array stands at a place."""
    for node in walk(statement):
        if isinstance(node, IndexExpr) and isinstance(node.base, RefExpr) and isinstance(node.index, TupleExpr):
            items = node.index.items
            if len(items) == 2 and (items[0].line, items[0].column) == (line, column):
                name = dotted_name(node.base)
                if name:
                    return name, items[1].value if isinstance(items[1], StrExpr) else None
    return None

"""Which arrays mypy takes for mere objects, since it has found no type that a list of them has in common.

It would find one for arrays without shapes and element types, which are all of one type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import DictExpr, Expression, FuncItem, ListExpr, MypyFile, Node, SetExpr, TupleExpr
from mypy.types import Instance, ProperType, TupleType, Type, UnionType, get_proper_type

from shapedmat.mypy_plugin.syntax import walk
from shapedmat.mypy_plugin.types import is_array

_OF_OBJECT: Final = re.compile(
    r'"object" (?:has no attribute|object is not iterable)|Value of type "object" is not indexable'
    r'|No overload variant of .* matches argument types? .*"object".*|Unsupported left operand .*"object"'
    r'|Unsupported (?:operand types|target)[^"]*\(.*"object".*\)'
    r'|.* has incompatible type "object"; expected .*|.*\((?:got|expression has type) "object", .*\)'
)
_UNDETERMINED: Final = re.compile(r'Cannot determine type of "\w+"')


def speaks_of_joined(message: str, checker: TypeChecker, line: int) -> bool:
    """Say whether a message may be about one of several arrays that became an object, here or in the whole module."""
    if not (_OF_OBJECT.match(message) or _UNDETERMINED.fullmatch(message)):
        return False
    return any(_became_objects(each, checker) for each in _seen_from(line, checker.tree))


def _seen_from(line: int, tree: MypyFile) -> Iterator[Node]:
    """Yield what is in a module, but not in functions other than those around a line."""
    nodes = list(walk(tree))
    spans = [(each.line, each.end_line or each.line) for each in nodes if isinstance(each, FuncItem)]
    others = [(first, last) for first, last in spans if not first <= line <= last]
    return (each for each in nodes if not any(first <= each.line <= last for first, last in others))


def _became_objects(node: Node, checker: TypeChecker) -> bool:
    if not isinstance(node, ListExpr | TupleExpr | SetExpr | DictExpr) or len(node.items) < 2:
        return False
    whole = checker.lookup_type_or_none(node)
    items = [checker.lookup_type_or_none(each) for each in _items(node)]
    return (
        whole is not None
        and _holds(whole, _is_object)
        and all(item is not None and _holds(item, is_array) and not _holds(item, _is_object) for item in items)
    )


def _items(node: ListExpr | TupleExpr | SetExpr | DictExpr) -> Iterator[Expression]:
    for each in node.items:
        yield each[1] if isinstance(each, tuple) else each


def _is_object(t: ProperType) -> bool:
    return isinstance(t, Instance) and t.type.fullname == "builtins.object"


def _holds(t: Type, what: Callable[[ProperType], bool]) -> bool:
    """Say whether a type, or one that it consists of, is as asked for."""
    proper = get_proper_type(t)
    if what(proper):
        return True
    if isinstance(proper, TupleType | UnionType):
        return any(_holds(item, what) for item in proper.items)
    return isinstance(proper, Instance) and not is_array(proper) and any(_holds(each, what) for each in proper.args)

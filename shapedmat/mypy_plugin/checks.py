"""The hooks of operators and calls: apply a shape rule, report what is wrong, or give the result its shape.

A signature hook runs before mypy chooses among overloads, once for each of them; so it reports once, and returns a
signature that every argument fits, or one whose result has the shape that the rule has found. What a rule found is kept
for the expression, as mypy checks an expression again for each of its contexts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias

from mypy.checker import TypeChecker
from mypy.checker_state import checker_state
from mypy.nodes import CallExpr, Context, IndexExpr, MemberExpr, OperatorAssignmentStmt, OpExpr
from mypy.plugin import AttributeContext, FunctionSigContext, MethodSigContext
from mypy.types import (
    CallableType,
    FunctionLike,
    Instance,
    LiteralType,
    Type,
    UnionType,
    get_proper_type,
)

from shapedmat import shapes
from shapedmat.errors import ShapeError
from shapedmat.mypy_plugin.codes import SHAPE
from shapedmat.mypy_plugin.dims import Names
from shapedmat.mypy_plugin.messages import Messages
from shapedmat.mypy_plugin.promotion import may_be_number, number_of, of_numbers
from shapedmat.mypy_plugin.results import Result, Typed, exact, permissive, with_shape
from shapedmat.mypy_plugin.rules import Call, Rule, bind
from shapedmat.mypy_plugin.scopes import Scopes
from shapedmat.mypy_plugin.sites import Memory, Site, Untracked
from shapedmat.mypy_plugin.statements import Statements
from shapedmat.mypy_plugin.types import element_type, is_array
from shapedmat.shapes import Shape

SignatureContext: TypeAlias = FunctionSigContext | MethodSigContext


@dataclass(frozen=True)
class Mistake:
    """A message about shapes that do not fit."""

    sentence: str


@dataclass(frozen=True)
class Found:
    """The result of a rule, with the ``dtype[...]`` for where NumPy's stubs have none.

    It is `exact` where the stubs have nothing to add: every argument was understood, and the ``dtype[...]`` is known. A
    `number` is known to be one where the stubs say ``Any``.
    """

    result: Result
    dtype: Type | None = None
    exact: bool = False
    number: bool = False


Outcome: TypeAlias = Found | Mistake

Operation: TypeAlias = Callable[[Shape, Shape], Result]
Elements: TypeAlias = Callable[[Type, Type, Site], Type | None]


class Checks:
    """Makes mypy's hooks from shape rules."""

    _LIMIT: Final = 4096

    def __init__(self, messages: Messages, *, rigid: bool) -> None:
        self._messages = messages
        self._messages.names = self._names
        self._scopes = Scopes(rigid=rigid)
        self._memory = Memory()
        self._statements = Statements()
        self._outcomes: dict[tuple[Context, str], tuple[int, Type | None, Outcome]] = {}
        self._tree: object = None
        self._site: Site | None = None
        # The last signature that needs no more than the expression: mypy asks for it once for each overload.
        self._last: tuple[Context, str, int, Type | None, CallableType] | None = None

    def _names(self) -> Names:
        checker = checker_state.type_checker
        return self._scopes.here(checker) if isinstance(checker, TypeChecker) else Names()

    def loosen(self, names: Iterable[str]) -> None:
        """Let names be equal to others in the rest of the function at hand."""
        self._scopes.loosen(names)

    def site(self, checker: object) -> Site:
        """Return what is known where mypy is checking."""
        assert isinstance(checker, TypeChecker)
        self._messages.watch(checker.errors)
        names, last = self._scopes.here(checker), self._site
        if last is None or last.checker is not checker or last.names is not names:
            last = self._site = Site(checker, names, self._memory)
        return last

    def outcome(
        self, place: Context, checker: object, receiver: Type | None, find: Callable[[Site], Found], *, kind: str = ""
    ) -> tuple[Outcome, Site]:
        """Return what a rule finds for an expression, as long as mypy has learned nothing new.

        Where one expression has hooks for several things, as ``x[i]`` that is read and assigned to, `kind` says which.
        """
        site = self.site(checker)
        if self._tree is not site.checker.tree or len(self._outcomes) > self._LIMIT:
            self._outcomes.clear()
            self._tree = site.checker.tree
        version = site.checker.binder.version
        known = self._outcomes.get((place, kind))
        if known is not None and known[0] == version and known[1] == receiver:
            return known[2], site
        outcome: Outcome
        try:
            outcome = find(site)
        except ShapeError as error:
            # One of the types that an operand may have need not be the one that it has.
            outcome = Found(None) if _several_types(place, site) else Mistake(str(error))
        except Untracked:
            outcome = Found(None)
        self._outcomes[place, kind] = site.checker.binder.version, receiver, outcome
        return outcome, site

    def signature(
        self, context: SignatureContext, receiver: Type | None, find: Callable[[Site], Found], *, kind: str = ""
    ) -> FunctionLike:
        """Return the signature of a call with the shape of its result, or report what is wrong with it."""
        place, signature = context.context, context.default_signature
        again = self._again(context, receiver, kind)
        if again is not None:
            return again
        outcome, site = self.outcome(place, context.api, receiver, find, kind=kind)
        if isinstance(outcome, Mistake):
            context.api.fail(outcome.sentence, place, code=SHAPE)
            return permissive(signature)
        if outcome.exact and isinstance(outcome.result, tuple) and outcome.result:
            dtype = self._statements.dtype(place, outcome.result, outcome.dtype, site)
            found = exact(signature, site.types.of_array(outcome.result, dtype))
            site.looked_at([each for group in context.args for each in group])
            try:
                self._statements.check(place, outcome.result, site)
            except ShapeError as error:
                context.api.fail(str(error), place, code=SHAPE)
                return found
            self._last = place, kind, _version(context.api), receiver, found
            return found
        # Where the stubs say an array, they have overlooked that it may be a number.
        if outcome.number and (may_be_number(signature.ret_type) or is_array(get_proper_type(signature.ret_type))):
            try:
                self._statements.check_number(place, site)
            except ShapeError as error:
                context.api.fail(str(error), place, code=SHAPE)
            return signature.copy_modified(ret_type=number_of(outcome.dtype, signature.ret_type, site))
        signature = of_numbers(signature, context.args, site)
        return signature.copy_modified(ret_type=with_shape(signature.ret_type, outcome.result, site, outcome.dtype))

    def plain(self, context: SignatureContext) -> FunctionLike:
        """Return the signature of a function of NumPy's that has no rule."""
        return of_numbers(context.default_signature, context.args, self.site(context.api))

    def _again(self, context: SignatureContext, receiver: Type | None, kind: str = "") -> CallableType | None:
        """Return the signature that was found for another overload of the same call."""
        last = self._last
        if last is None or last[0] is not context.context or last[3] is not receiver or last[1] != kind:
            return None
        return last[4] if last[2] == _version(context.api) else None

    # Kinds of hooks.

    def ufunc(self, rules: Mapping[str, Rule]) -> Callable[[MethodSigContext], CallableType]:
        """Return the hook of a method of universal functions, with its rules by the names of the functions."""

        def hook(context: MethodSigContext) -> FunctionLike:
            expression, receiver = context.context, get_proper_type(context.type)
            name = get_proper_type(receiver.args[0]) if isinstance(receiver, Instance) and receiver.args else None
            rule = rules.get(str(name.value)) if isinstance(name, LiteralType) else None
            if rule is None or not isinstance(expression, CallExpr):
                return context.default_signature
            return self.signature(context, receiver, lambda site: _applied(rule, bind(rule, site, expression)))

        return hook  # type: ignore[return-value]  # a callable type is what comes out where one goes in

    def call(self, rule: Rule) -> Callable[[SignatureContext], FunctionLike]:
        """Return the hook of a function, or of a method whose receiver is no argument of the rule."""

        def hook(context: SignatureContext) -> FunctionLike:
            expression = context.context
            if not isinstance(expression, CallExpr):
                return context.default_signature
            return self.signature(context, None, lambda site: _applied(rule, bind(rule, site, expression)))

        return hook

    def method(self, rule: Rule) -> Callable[[MethodSigContext], CallableType]:
        """Return the hook of a method, whose receiver is the argument of the rule's first parameter."""

        def hook(context: MethodSigContext) -> FunctionLike:
            expression, receiver = context.context, context.type
            again = self._again(context, receiver)
            if again is not None:
                return again
            if not isinstance(expression, CallExpr):
                return context.default_signature
            return self.signature(
                context, receiver, lambda site: _applied(rule, bind(rule, site, expression, receiver))
            )

        return hook  # type: ignore[return-value]  # a callable type is what comes out where one goes in

    def operator(
        self, rule: Operation, element: Elements, *, reflected: bool = False
    ) -> Callable[[MethodSigContext], CallableType]:
        """Return the hook of a binary operator's method; of a reflected one the receiver is the right operand.

        `element` says the ``dtype[...]`` of the result where it is certain.
        """

        def hook(context: MethodSigContext) -> FunctionLike:
            place, receiver = context.context, context.type
            again = self._again(context, receiver)
            if again is not None:
                return again
            operands = context.args[0] if context.args else []
            if len(operands) != 1:
                return context.default_signature
            other = place.left if reflected and isinstance(place, OpExpr) else operands[0]

            def find(site: Site) -> Found:
                operand = (place.right if reflected else place.left) if isinstance(place, OpExpr) else None
                own = site.open_receiver_shape(operand, receiver)
                left, right = (site.open_shape(other), own) if reflected else (own, site.open_shape(other))
                dtype = element(receiver, site.type_of(other), site)
                result = _of_two(rule, left, right)
                return Found(result, dtype, exact=dtype is not None, number=result == ())

            if not reflected or not isinstance(place, OpExpr):
                return self.signature(context, receiver, find)
            with self._beyond_filter(context.api):
                return self.signature(context, receiver, find)

        return hook  # type: ignore[return-value]  # as above

    @contextmanager
    def _beyond_filter(self, checker: object) -> Iterator[None]:
        """Let messages through that mypy drops, as it reports only what is wrong with the left operand's method."""
        assert isinstance(checker, TypeChecker)
        watchers = checker.errors._watchers
        dropping = watchers.pop() if len(watchers) > 1 else None
        try:
            yield
        finally:
            if dropping is not None:
                watchers.append(dropping)

    def attribute(self, rule: Callable[[Shape], Result]) -> Callable[[AttributeContext], Type]:
        """Return the hook of an attribute that is an array."""

        def hook(context: AttributeContext) -> Type:
            place, receiver = context.context, context.type
            owner = place.expr if isinstance(place, MemberExpr) else None
            outcome, site = self.outcome(
                place, context.api, receiver, lambda site: Found(rule(site.receiver_shape(owner, receiver)))
            )
            if isinstance(outcome, Mistake):
                context.api.fail(outcome.sentence, context.context, code=SHAPE)
                return get_proper_type(context.default_attr_type)
            return with_shape(context.default_attr_type, outcome.result, site)

        return hook


def _applied(rule: Rule, call: Call) -> Found:
    try:
        result = rule.find(call) if call.complete or rule.partial else None
    except Untracked:
        result = None
    if call.gives("out"):  # which is what NumPy returns
        return _output(call)
    if isinstance(result, Typed):
        if result.dtype is not None and result.shape and call.understood:
            return Found(result.shape, result.dtype, exact=True)
        return Found(result)
    dtype = call.element_type(rule)
    return Found(result, dtype, exact=dtype is not None and call.understood, number=rule.number and result == ())


def _output(call: Call) -> Found:
    t = call.site.type_of(call.expression("out"))
    if not is_array(t):
        return Found(None)
    try:
        return Found(call.shape("out"), element_type(t, inexact=False))
    except Untracked:
        return Found(None)


def _several_types(place: Context, site: Site) -> bool:
    match place:
        case OpExpr():
            operands = [place.left, place.right]
        case IndexExpr():
            operands = [place.base]
        case MemberExpr() | CallExpr(callee=MemberExpr()):
            member = place if isinstance(place, MemberExpr) else place.callee
            operands = [member.expr] if isinstance(member, MemberExpr) else []
        case OperatorAssignmentStmt():
            operands = [place.lvalue]
        case _:
            operands = []
    return any(isinstance(site.type_of(each), UnionType) for each in operands)


def _version(checker: object) -> int:
    assert isinstance(checker, TypeChecker)
    return checker.binder.version


def _of_two(rule: Operation, left: Shape, right: Shape) -> Result:
    """Apply a rule of two operands as far as it is known which of their axes meet."""
    if rule is shapes.matmul:
        if min(shapes.trailing(left), shapes.trailing(right)) < 1 or not shapes.aligned(left[:-2], right[:-2]):
            raise Untracked
        if any(shapes.trailing(each) < min(2, len(each)) for each in (left, right)):
            raise Untracked
    elif not shapes.aligned(left, right):
        raise Untracked
    return rule(left, right)

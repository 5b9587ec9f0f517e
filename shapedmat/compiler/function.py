"""`jit` and what it makes of a function, a `Compiled` one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from shapedmat.compiler.arguments import read
from shapedmat.compiler.compilation import compiled
from shapedmat.compiler.executable import Executable
from shapedmat.compiler.guards import Guard, guard
from shapedmat.compiler.interpretation import Interpreter
from shapedmat.compiler.tracing import Trace, is_tracing, trace
from shapedmat.ops import Array

P = ParamSpec("P")
T = TypeVar("T")
Instance = TypeVar("Instance")
Rest = ParamSpec("Rest")


@dataclass(frozen=True, slots=True)
class Specialization:
    """The code for calls of one signature.

    Attributes:
        trace: what the function does.
        guard: tells whether a call has the signature.
        code: computes the outputs of the trace from its leaves, and updates them.
    """

    trace: Trace
    guard: Guard
    code: Callable[[Sequence[Any]], Sequence[Array]]


class Compiled(Generic[P, T]):
    """A function that is compiled for each signature of its arguments, when it is first called with it.

    It has the type of the function: a type checker reports of its calls what it would of the function's. As a method it
    is bound to its object, which is then its first argument.
    """

    __name__: str
    __wrapped__: Callable[P, T]

    def __init__(self, function: Callable[P, T], threads: int | None = None) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._threads = threads
        self._specializations: tuple[Specialization, ...] = ()

    def __call__(self, /, *arguments: P.args, **keywords: P.kwargs) -> T:
        """Call the function; the first call with a signature traces and compiles it.

        Raises:
            JitError: the function does what cannot be compiled, or not for these arguments.
        """
        if is_tracing():
            return self._function(*arguments, **keywords)
        for specialization in self._specializations:
            leaves = specialization.guard(arguments, keywords)
            if leaves is not None:
                break
        else:
            specialization = self._specialized(arguments, keywords)
            leaves = tuple(read(specialization.trace.function, arguments, keywords, ()).leaves)
        specialization.trace.require_apart(leaves)
        result: T = specialization.trace.finish(arguments, keywords, specialization.code(leaves))
        return result

    @overload
    def __get__(self, instance: None, owner: Any) -> Self: ...
    @overload
    def __get__(
        self: Compiled[Concatenate[Instance, Rest], T], instance: Instance, owner: Any
    ) -> Compiled[Rest, T]: ...
    def __get__(self, instance: Any, owner: Any) -> Any:
        """Return the method of an object."""
        # What a method has beside its call is looked up in the function, so that `network.step.plan()` works.
        return self if instance is None else MethodType(self, instance)

    def plan(self) -> str:
        """Return what is computed in which order, for each signature that the function was called with."""
        from shapedmat.compiler.report import describe_plan  # noqa: PLC0415  # only who asks for it waits for it

        return self._reported(describe_plan)

    def explain(self) -> str:
        """Return what each line of the function became, for each signature that the function was called with."""
        from shapedmat.compiler.report import explain  # noqa: PLC0415  # only who asks for it waits for it

        return self._reported(explain)

    def _reported(self, report: Callable[[Trace, Executable], str]) -> str:
        return "\n\n".join(
            report(each.trace, each.code) if isinstance(each.code, Executable) else _listed(each.trace)
            for each in self._specializations
        )

    def _specialized(self, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Specialization:
        traced = trace(self._function, arguments, keywords)
        specialization = Specialization(traced, guard(traced.signature), _code(traced, self._threads))
        self._specializations = (specialization, *self._specializations)
        return specialization


def _code(traced: Trace, threads: int | None) -> Callable[[Sequence[Any]], Sequence[Array]]:
    # On a GPU the operations run one after the other, each by the kernel that its backend has.
    return compiled(traced, threads) if traced.device == "cpu" else Interpreter(traced)


def _listed(traced: Trace) -> str:
    lines = (f"  {node.name}: {traced.sources[node.output]}" for node in traced.graph.nodes)
    return "\n".join([f"{traced.function}: one operation after another on {traced.device}", *lines])


@overload
def jit(function: Callable[P, T], /) -> Compiled[P, T]: ...
@overload
def jit(*, threads: int | None = None) -> Callable[[Callable[P, T]], Compiled[P, T]]: ...
def jit(function: Any = None, /, *, threads: int | None = None) -> Any:
    """Compile a function of matrices for the shapes and element types that it is called with.

    Use it as ``@jit``, as ``@jit(threads=2)``, or as ``jit(function)``. The function takes and returns matrices,
    numbers, and dataclasses, tuples, lists and dicts of them. It may change matrices in place, and bind fields of its
    arguments to others. It returns new matrices, and its own arguments where it returns them. All else among the
    arguments, such as an int, a str or a function, is static: for each value of it the function is compiled anew.

    Args:
        function: the function.
        threads: how many threads it may use.
    """
    if function is None:
        return functools.partial(Compiled, threads=threads)
    return Compiled(function, threads)

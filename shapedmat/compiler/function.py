"""`jit` and what it makes of a function, a `Compiled` one."""

from __future__ import annotations

import copy
import functools
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MethodType
from typing import Any, Concatenate, Final, Generic, ParamSpec, Self, SupportsIndex, TypeVar, overload

from shapedmat import precision as precisions
from shapedmat.compiler.arguments import Form, parameter_names, read
from shapedmat.compiler.code import Code
from shapedmat.compiler.compilation import compiled
from shapedmat.compiler.guards import Guard, guard
from shapedmat.compiler.tracing import Trace, is_tracing, trace
from shapedmat.kernels import threads as kernel_threads
from shapedmat.precision import Precision, current_precision

P = ParamSpec("P")
T = TypeVar("T")
Instance = TypeVar("Instance")
Rest = ParamSpec("Rest")

_MOST: Final = 32
"""The code for so many signatures is kept at most."""
_FIRST: Final = 4
"""So many are in no order: to keep the one that was called last in front would cost time in every call."""


@dataclass(frozen=True, slots=True)
class Specialization:
    """The code for calls of one signature.

    Attributes:
        trace: what the function does.
        guard: tells whether a call has the signature.
        code: computes the outputs of the trace from its leaves, and updates them.
        precision: how its products are computed.
    """

    trace: Trace
    guard: Guard
    code: Code
    precision: Precision


class Compiled(Generic[P, T]):
    """A function that is compiled for each signature of its arguments, when it is first called with it.

    It has the type of the function: a type checker reports of its calls what it would of the function's. As a method it
    is bound to its object, which is then its first argument. It is copied and pickled as the function is; a copy that
    is another function, such as a method of a copied object, is compiled anew.

    The code for the signatures that were called last is kept, 32 at most.

    Args:
        function: the function.
        threads: how many threads it may use, at most as many as there are processors.

    Raises:
        TypeError: what is given is no function.
        ValueError: ``threads`` is not a whole number of at least 1.
    """

    __name__: str
    __wrapped__: Callable[P, T]

    def __init__(self, function: Callable[P, T], threads: SupportsIndex | None = None) -> None:
        if not callable(function):
            raise TypeError(
                f"jit is given a value of type {type(function).__name__}: a function is wanted, by @jit, "
                "@jit(threads=2) or jit(function)"
            )
        self._threads = kernel_threads.checked(threads)
        functools.update_wrapper(self, function)
        self._function = function
        # They are replaced as a whole, never changed, since several Python threads may call the function at once.
        self._specializations: tuple[Specialization, ...] = ()
        self._first: tuple[Specialization, ...] = ()
        self._has_warned = False

    def __call__(self, /, *arguments: P.args, **keywords: P.kwargs) -> T:
        """Call the function; the first call with a signature traces and compiles it.

        Raises:
            JitError: the function does what cannot be compiled, or not for these arguments.
        """
        if is_tracing():
            return self._function(*arguments, **keywords)
        precision = current_precision() if precisions.reduced_blocks else "full"
        for specialization in self._first:
            if specialization.precision == precision:
                leaves = specialization.guard(arguments, keywords)
                if leaves is not None:
                    break
        else:
            specialization, leaves = self._found(arguments, keywords, precision)
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

    def __copy__(self) -> Self:
        """Return itself, as of a function."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Compiled[P, T]:
        """Return itself, but where the function is copied, such as a method with its object, one of the copy."""
        function = copy.deepcopy(self._function, memo)
        return self if function is self._function else Compiled(function, self._threads)

    def __reduce__(self) -> str | tuple[Any, ...]:
        """Return what it is pickled as: the name by which its module has it, else the function to compile."""
        found: Any = sys.modules.get(self.__module__)
        name = getattr(self, "__qualname__", "")
        for part in name.split("."):
            found = getattr(found, part, None)
        return name if found is self else (Compiled, (self._function, self._threads))

    def plan(self) -> str:
        """Return what is computed in which order, for each signature that the function was called with."""
        return "\n\n".join(each.code.plan.described(each.trace.function) for each in self._specializations)

    def explain(self) -> str:
        """Return what each line of the function became, for each signature that the function was called with."""
        from shapedmat.compiler.explanation import explain  # noqa: PLC0415  # only who asks for it waits for it

        return "\n\n".join(explain(each.trace, each.code.plan) for each in self._specializations)

    def _found(
        self, arguments: Sequence[Any], keywords: Mapping[str, Any], precision: Precision
    ) -> tuple[Specialization, tuple[Any, ...]]:
        """Return the code for a call that is not among the first, and the call's leaves."""
        for specialization in self._specializations:
            leaves = specialization.guard(arguments, keywords) if specialization.precision == precision else None
            if leaves is not None:
                break
        else:
            specialization = self._specialized(arguments, keywords)
            leaves = tuple(read(specialization.trace.function, arguments, keywords, ()).leaves)
        others = (each for each in self._specializations if each is not specialization)
        self._specializations = (specialization, *others)[:_MOST]
        self._first = self._specializations[:_FIRST]
        return specialization, leaves

    def _specialized(self, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Specialization:
        traced = trace(self._function, arguments, keywords)
        specialization = Specialization(
            traced, guard(traced.signature), compiled(traced, self._threads), current_precision()
        )
        if len(self._specializations) >= _MOST and not self._has_warned:
            self._has_warned = True
            self._warn_of_the_most(traced)
        return specialization

    def _warn_of_the_most(self, newest: Trace) -> None:
        signature, before = newest.signature, self._specializations[0].trace.signature
        names = parameter_names(self._function)
        pairs: list[tuple[str, Form, Form | None]] = [
            *zip(names, signature.positional, before.positional, strict=False)
        ]
        pairs += [(name, form, dict(before.keywords).get(name)) for name, form in signature.keywords]
        differing = " and ".join(name for name, form, other in pairs if form != other)
        warnings.warn(
            f"{newest.function} is compiled for {_MOST} signatures, of which the one that was called longest ago is "
            f"forgotten for each new one{f', now with another {differing}' if differing else ''}: a static argument "
            "that changes in every call is better passed as a float, and matrices are better of a few shapes",
            RuntimeWarning,
            stacklevel=5,
        )


@overload
def jit(function: Callable[P, T], /) -> Compiled[P, T]: ...
@overload
def jit(*, threads: SupportsIndex | None = None) -> Callable[[Callable[P, T]], Compiled[P, T]]: ...
def jit(function: Any = None, /, *, threads: SupportsIndex | None = None) -> Any:
    """Compile a function of matrices for the shapes and element types that it is called with.

    Use it as ``@jit``, as ``@jit(threads=2)``, or as ``jit(function)``. The function takes and returns matrices,
    numbers, and dataclasses, tuples, lists and dicts of them. It may change matrices in place, and bind fields of its
    arguments to others. It returns new matrices, and its own arguments where it returns them. All else among the
    arguments, such as an int, a str or a function, is static: for each value of it the function is compiled anew. What
    the function takes from outside its arguments, such as a global number, is what it was in the first call. The code
    is for the device that the matrices are on.

    Args:
        function: the function.
        threads: how many threads it may use, at most as many as there are processors; without it, as many as the
            environment variable ``SHAPEDMAT_NUM_THREADS`` says, else as there are processors.

    Raises:
        TypeError: what is given is no function.
        ValueError: ``threads`` is not a whole number of at least 1.
    """
    count = kernel_threads.checked(threads)
    return functools.partial(Compiled, threads=count) if function is None else Compiled(function, count)

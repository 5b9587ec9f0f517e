"""`Step`: the type of what a `MiniBatchLoop` runs, by which type checkers know the loop's state."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar, overload, runtime_checkable

State_contra = TypeVar("State_contra", contravariant=True)


@runtime_checkable
class Step(Protocol[State_contra]):
    """A function of a state, of mini-batches and of numbers, which are given by place; it returns its loss."""

    # What fits the first signature fits the second. With one alone, pyright would take the first parameter of a lambda
    # to be of a type that nothing is known of, and report what the lambda does with it.
    @overload
    def __call__(self, state: State_contra, samples: Any, /, *rest: Any, **keywords: Any) -> Any: ...
    @overload
    def __call__(  # pyright: ignore[reportOverlappingOverload]  # on purpose
        self, state: State_contra, /, *rest: Any, **keywords: Any
    ) -> Any: ...

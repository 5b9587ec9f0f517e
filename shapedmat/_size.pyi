"""The type of an int that a type checker knows as a size: what ``x.shape[0]`` has under the mypy plugin."""

from typing import Generic, TypeVar

_Dim_co = TypeVar("_Dim_co", covariant=True)

class Size(int, Generic[_Dim_co]):
    # Declared here so that mypy does not take a comparison with another size for a comparison that is always false.
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

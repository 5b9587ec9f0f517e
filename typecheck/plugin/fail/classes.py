"""Fields and methods that do not fit one another."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypedDict

import numpy as np
from beartype import beartype
from jaxtyping import Float64, jaxtyped

from typecheck.plugin.arrays import array

checked: Callable[[Any], Any] = jaxtyped(typechecker=beartype)


@dataclass
class Cloud:
    points: Float64[np.ndarray, "n 3"]
    masses: Float64[np.ndarray, "n"]

    def seen_from(self, cameras: Float64[np.ndarray, "m 3"]) -> Float64[np.ndarray, "m n"]:
        return cameras @ self.points.T


class Row(NamedTuple):
    values: Float64[np.ndarray, "m"]
    weights: Float64[np.ndarray, "m m"]


class Entry(TypedDict):
    values: Float64[np.ndarray, "m 3"]


class Linear:
    def __init__(self, weights: Float64[np.ndarray, "i o"]) -> None:
        self.weights = weights

    def __call__(self, x: Float64[np.ndarray, "n i"]) -> Float64[np.ndarray, "n o"]:
        return x @ self.weights

    def scaled(self, by: Float64[np.ndarray, "o"]) -> Float64[np.ndarray, "i o"]:
        return self.weights * by


def product_of_fields(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    class Body(Cloud):
        def center(self) -> Float64[np.ndarray, "3"]:
            # E: cannot multiply (n, 3) by (n,): inner dimensions 3 and n differ [shape]
            # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimensi
            return self.points @ self.masses

    Body(x, x[:, 0]).center()


def result_of_a_method(x: Float64[np.ndarray, "k 3"] = array("k 3")) -> None:
    class Body(Cloud):
        def weights(self) -> Float64[np.ndarray, "n"]:
            # E: the returned value has shape (3,), but (n,) is wanted: sizes 3 and n on axis 0 differ [shape]
            return self.points[0]

    # R: ValueError: operands could not be broadcast together with shapes (3,)
    Body(x, x[:, 0]).weights() + x[:, 0]


def result_of_a_property(x: Float64[np.ndarray, "k 3"] = array("k 3")) -> None:
    class Body(Cloud):
        @property
        def rows(self) -> Float64[np.ndarray, "n 3"]:
            # E: the returned value has shape (3, n), but (n, 3) is wanted: sizes 3 and n on axis 0 differ [shape]
            return self.points.T

    # R: ValueError: operands could not be broadcast together with shapes
    Body(x, x[:, 0]).rows + x


def field_and_parameter(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    class Body(Cloud):
        def moved(self, by: Float64[np.ndarray, "2"]) -> None:
            # E: cannot add (n, 3) and (2,): sizes 3 and 2 on axis -1 differ and neither is 1 [shape]
            # R: ValueError: operands could not be broadcast together with shapes (5,3)
            print(self.points + by)

    Body(x, x[:, 0]).moved(np.ones(2))


def inside_of_the_class(x: Float64[np.ndarray, "n i"] = array("n i")) -> None:
    class Turned(Linear):
        def back(self, x: Float64[np.ndarray, "n o"]) -> Float64[np.ndarray, "n i"]:
            # E: cannot multiply (?, o) by (i, o): inner dimensions o and i differ [shape]
            # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimensi
            return x @ self.weights

    Turned(array("i o")).back(array("n o"))


def arguments_of_a_constructor(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: argument "masses" of "Cloud": dimension "n" is n from argument "points" but 3 here [shape]
    cloud = Cloud(x, x[0])
    # R: ValueError: operands could not be broadcast together with shapes (5,3)
    cloud.points * cloud.masses[:, None]


def an_argument_of_a_constructor(x: Float64[np.ndarray, "n 4"] = array("n 4")) -> None:
    # E: argument "points" of "Cloud" has shape (n, 4), but (n, 3) is wanted: sizes 4 and 3 on axis 1 differ [shape]
    cloud = Cloud(points=x, masses=x[:, 0])
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimensi
    cloud.seen_from(np.ones((2, 3)))


def argument_of_a_method(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: argument "cameras" of "seen_from" has shape (3, n), but (m, 3) is wanted: sizes n and 3 on axis 1 differ [shape]
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimensi
    Cloud(x, x[:, 0]).seen_from(x.T)


def assigned_to_a_field(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    cloud = Cloud(x, x[:, 0])
    # E: the assigned value has shape (2, 4), but (?, 3) is wanted: sizes 4 and 3 on axis 1 differ [shape]
    cloud.points = np.ones((2, 4))
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimensi
    cloud.seen_from(x)


def assigned_of_another_rank(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    cloud = Cloud(x, x[:, 0])
    # E: the assigned value has shape (3,), but (?, 3) is wanted: it has 1 axis and not 2 [shape]
    cloud.points = x[0]
    # R: IndexError: too many indices for array: array is 1-dimensional, but 2
    cloud.points[:, 0]


def index_of_a_field(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot index (?, 3) with 3 on axis 1: its size is 3 [shape]
    # R: IndexError: index 3 is out of bounds for axis 1 with size 3
    Cloud(x, x[:, 0]).points[0, 3]


def fields_of_a_named_tuple(m: Float64[np.ndarray, "4"] = array("4")) -> None:
    # E: argument "weights" of "Row": dimension "m" is 4 from argument "values" but 3 here [shape]
    row = Row(m, np.ones((4, 3)))
    # R: ValueError: matmul: Input operand 1 has a mismatch in its core dimensi
    row.weights @ row.values


def rank_in_a_named_tuple(m: Float64[np.ndarray, "4"] = array("4")) -> None:
    # E: argument "weights" of "Row" has shape (4,), but (m, m) is wanted: it has 1 axis and not 2 [shape]
    row = Row(m, m)
    # R: IndexError: too many indices for array: array is 1-dimensional, but 2
    row.weights[:, 0]


def item_of_a_typed_dictionary(m: Float64[np.ndarray, "4"] = array("4")) -> None:
    # E: item "values" has shape (4,), but (?, 3) is wanted: it has 1 axis and not 2 [shape]
    entry: Entry = {"values": m}
    # R: IndexError: too many indices for array: array is 1-dimensional, but 2
    entry["values"][:, 0]


def override_of_another_size() -> None:
    class Base:
        def __call__(self, x: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n"]:
            return x[:, 0]

    class Derived(Base):
        # E: Argument 1 of "__call__" is incompatible with supertype "Base"; supertype defines the argument type as "Float64[ndarray, 'n 3']" [override]
        def __call__(self, x: Float64[np.ndarray, "n 4"]) -> Float64[np.ndarray, "n"]:
            return x[:, 3]

    base: Base = Derived()
    # R: IndexError: index 3 is out of bounds for axis 1 with size 3
    base(np.ones((2, 3)))


def override_of_another_result() -> None:
    class Base:
        def __call__(self, x: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 3"]:
            return x

    class Derived(Base):
        # E: the result of "__call__" has shape (?, 2), but (?, 3) is wanted: sizes 2 and 3 on axis 1 differ [shape]
        def __call__(self, x: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 2"]:
            return x[:, :2]

    base: Base = Derived()
    # R: ValueError: operands could not be broadcast together with shapes (2,2)
    base(np.ones((2, 3))) + np.ones(3)


def protocol_of_another_size() -> None:
    class Model(Protocol):
        def __call__(self, x: Float64[np.ndarray, "n 3"], /) -> Float64[np.ndarray, "n"]: ...

    class Fourfold:
        def __call__(self, x: Float64[np.ndarray, "n 4"], /) -> Float64[np.ndarray, "n"]:
            return x[:, 3]

    # E: Incompatible types in assignment (expression has type "Fourfold", variable has type "Model") [assignment]
    model: Model = Fourfold()
    # R: IndexError: index 3 is out of bounds for axis 1 with size 3
    model(np.ones((2, 3)))


def result_of_an_operator() -> None:
    class Diagonal:
        def __init__(self, values: Float64[np.ndarray, "3"]) -> None:
            self.values = values

        def __matmul__(self, x: Float64[np.ndarray, "3 k"]) -> Float64[np.ndarray, "3 k"]:
            return self.values[:, None] * x

    # E: argument 1 of "__matmul__" has shape (4, 2), but (3, k) is wanted: sizes 4 and 3 on axis 0 differ [shape]
    # R: ValueError: operands could not be broadcast together with shapes (3,1)
    Diagonal(np.ones(3)) @ np.ones((4, 2))


class Descending:
    def __init__(self, weights: Float64[np.ndarray, "4 3"]) -> None:
        self.weights = weights
        self.steps: list[Float64[np.ndarray, "4 3"]] = []


def in_place_on_a_field() -> None:
    model = Descending(np.ones((4, 3)))
    # E: cannot subtract (3, 4) from (4, 3) in place: sizes 4 and 3 on axis -1 differ [shape]
    # R: ValueError: operands could not be broadcast together
    model.weights -= 0.1 * model.weights.T


def appended_to_a_field() -> None:
    model = Descending(np.ones((4, 3)))
    # E: argument 1 of "append" has shape (3, 4), but (4, 3) is wanted: sizes 3 and 4 on axis 0 differ [shape]
    model.steps.append(model.weights.T)
    model.steps.append(model.weights)
    # R: ValueError: all input arrays must have the same shape
    np.stack(model.steps)

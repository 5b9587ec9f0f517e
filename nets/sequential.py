"""Layers one after another, whose sizes are checked: by mypy and pyright, and as soon as they are put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, overload

from typing_extensions import override

from nets.layers import AnyLayer, Batch, D, Inputs, Layer, Outputs, Parameters, Real, SizeKeeping
from shapedmat import Matrix, ShapeError

# Sizes between layers, by names that tell a reader of mypy's messages which layer they are behind.
Before = TypeVar("Before", bound=int)
After1 = TypeVar("After1", bound=int)
After2 = TypeVar("After2", bound=int)
After3 = TypeVar("After3", bound=int)
After4 = TypeVar("After4", bound=int)
After5 = TypeVar("After5", bound=int)
After6 = TypeVar("After6", bound=int)
After7 = TypeVar("After7", bound=int)
After8 = TypeVar("After8", bound=int)
After = TypeVar("After", bound=int)

AnyMatrix: TypeAlias = Matrix[Any, Any, Any]
Sized: TypeAlias = Layer[Any, Any, Any]


@dataclass(init=False, repr=False, eq=False)
class Sequential(Layer[Real, Inputs, Outputs]):
    """Layers of which each takes what the one before it gives.

    Type checkers follow the sizes through up to four layers, and through up to eight where all have sizes, or where
    those that have alternate with those that keep them; other arrangements are checked when they are made, as all are.
    `then` adds to any sequence, however long, and keeps its type. `of` is for layers that only the program knows.

    >>> import numpy as np
    >>> from typing import Literal as L
    >>> from nets.activations import Activation
    >>> from nets.layers import Linear
    >>> hidden = Linear[np.float32, L[2], L[4]].initialized(seed=0)
    >>> last = Linear[np.float32, L[5], L[1]].initialized(seed=1)
    >>> Sequential(hidden, Activation("tanh"), last)  # mypy: Cannot infer value of ... "After1"
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: layer 3, Linear(5, 1), takes 5 inputs, but layer 1, Linear(2, 4), gives 4 outputs

    mypy's words mean that the size behind layer 1 would have to be two sizes at once. Sequences among the layers are
    taken apart: `layers` are those that compute.

    Raises:
        ShapeError: a layer does not take as many inputs as the last one before it that has a size gives outputs.
    """

    layers: tuple[AnyLayer, ...]

    # fmt: off
    @overload
    def __init__(self: Sequential[D, Before, After1], a: Layer[D, Before, After1], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After2], a: Layer[D, Before, After1], b: Layer[D, After1, After2],
        /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After1], a: Layer[D, Before, After1], b: SizeKeeping, /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After2], a: SizeKeeping, b: Layer[D, Before, After2], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After3], a: Layer[D, Before, After1], b: Layer[D, After1, After2],
        c: Layer[D, After2, After3], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After2], a: Layer[D, Before, After1], b: Layer[D, After1, After2],
        c: SizeKeeping, /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After3], a: Layer[D, Before, After1], b: SizeKeeping,
        c: Layer[D, After1, After3], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After1], a: Layer[D, Before, After1], b: SizeKeeping, c: SizeKeeping,
        /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After3], a: SizeKeeping, b: Layer[D, Before, After2],
        c: Layer[D, After2, After3], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After2], a: SizeKeeping, b: Layer[D, Before, After2], c: SizeKeeping,
        /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After3], a: SizeKeeping, b: SizeKeeping, c: Layer[D, Before, After3],
        /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After4], a: Layer[D, Before, After1], b: Layer[D, After1, After2],
        c: Layer[D, After2, After3], d: Layer[D, After3, After4], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After3], a: Layer[D, Before, After1], b: Layer[D, After1, After2],
        c: Layer[D, After2, After3], d: SizeKeeping, /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After4], a: Layer[D, Before, After1], b: Layer[D, After1, After2],
        c: SizeKeeping, d: Layer[D, After2, After4], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After2], a: Layer[D, Before, After1], b: Layer[D, After1, After2],
        c: SizeKeeping, d: SizeKeeping, /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After4], a: Layer[D, Before, After1], b: SizeKeeping,
        c: Layer[D, After1, After3], d: Layer[D, After3, After4], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After3], a: Layer[D, Before, After1], b: SizeKeeping,
        c: Layer[D, After1, After3], d: SizeKeeping, /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After4], a: Layer[D, Before, After1], b: SizeKeeping, c: SizeKeeping,
        d: Layer[D, After1, After4], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After1], a: Layer[D, Before, After1], b: SizeKeeping, c: SizeKeeping,
        d: SizeKeeping, /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After4], a: SizeKeeping, b: Layer[D, Before, After2],
        c: Layer[D, After2, After3], d: Layer[D, After3, After4], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After3], a: SizeKeeping, b: Layer[D, Before, After2],
        c: Layer[D, After2, After3], d: SizeKeeping, /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After4], a: SizeKeeping, b: Layer[D, Before, After2], c: SizeKeeping,
        d: Layer[D, After2, After4], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After2], a: SizeKeeping, b: Layer[D, Before, After2], c: SizeKeeping,
        d: SizeKeeping, /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After4], a: SizeKeeping, b: SizeKeeping, c: Layer[D, Before, After3],
        d: Layer[D, After3, After4], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After3], a: SizeKeeping, b: SizeKeeping, c: Layer[D, Before, After3],
        d: SizeKeeping, /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After4], a: SizeKeeping, b: SizeKeeping, c: SizeKeeping,
        d: Layer[D, Before, After4], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After5], a: Layer[D, Before, After1], b: Layer[D, After1, After2],
        c: Layer[D, After2, After3], d: Layer[D, After3, After4], e: Layer[D, After4, After5], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After5], a: Layer[D, Before, After1], b: SizeKeeping,
        c: Layer[D, After1, After3], d: SizeKeeping, e: Layer[D, After3, After5], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After4], a: SizeKeeping, b: Layer[D, Before, After2], c: SizeKeeping,
        d: Layer[D, After2, After4], e: SizeKeeping, /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After6], a: Layer[D, Before, After1], b: Layer[D, After1, After2],
        c: Layer[D, After2, After3], d: Layer[D, After3, After4], e: Layer[D, After4, After5],
        f: Layer[D, After5, After6], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After5], a: Layer[D, Before, After1], b: SizeKeeping,
        c: Layer[D, After1, After3], d: SizeKeeping, e: Layer[D, After3, After5], f: SizeKeeping, /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After6], a: SizeKeeping, b: Layer[D, Before, After2], c: SizeKeeping,
        d: Layer[D, After2, After4], e: SizeKeeping, f: Layer[D, After4, After6], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After7], a: Layer[D, Before, After1], b: Layer[D, After1, After2],
        c: Layer[D, After2, After3], d: Layer[D, After3, After4], e: Layer[D, After4, After5],
        f: Layer[D, After5, After6], g: Layer[D, After6, After7], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After7], a: Layer[D, Before, After1], b: SizeKeeping,
        c: Layer[D, After1, After3], d: SizeKeeping, e: Layer[D, After3, After5], f: SizeKeeping,
        g: Layer[D, After5, After7], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After6], a: SizeKeeping, b: Layer[D, Before, After2], c: SizeKeeping,
        d: Layer[D, After2, After4], e: SizeKeeping, f: Layer[D, After4, After6], g: SizeKeeping, /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After8], a: Layer[D, Before, After1], b: Layer[D, After1, After2],
        c: Layer[D, After2, After3], d: Layer[D, After3, After4], e: Layer[D, After4, After5],
        f: Layer[D, After5, After6], g: Layer[D, After6, After7], h: Layer[D, After7, After8], /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After7], a: Layer[D, Before, After1], b: SizeKeeping,
        c: Layer[D, After1, After3], d: SizeKeeping, e: Layer[D, After3, After5], f: SizeKeeping,
        g: Layer[D, After5, After7], h: SizeKeeping, /) -> None: ...
    @overload
    def __init__(self: Sequential[D, Before, After8], a: SizeKeeping, b: Layer[D, Before, After2], c: SizeKeeping,
        d: Layer[D, After2, After4], e: SizeKeeping, f: Layer[D, After4, After6], g: SizeKeeping,
        h: Layer[D, After6, After8], /) -> None: ...
    # Of five layers or more in other arrangements, and of more than eight, the sizes are not followed: two that keep
    # their size one behind the other, or two with sizes beside one that keeps its.
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: SizeKeeping, b: SizeKeeping, c: AnyLayer, d: AnyLayer, e: AnyLayer,
        /, *rest: AnyLayer) -> None: ...
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: AnyLayer, b: SizeKeeping, c: SizeKeeping, d: AnyLayer, e: AnyLayer,
        /, *rest: AnyLayer) -> None: ...
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: AnyLayer, b: AnyLayer, c: SizeKeeping, d: SizeKeeping, e: AnyLayer,
        /, *rest: AnyLayer) -> None: ...
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: AnyLayer, b: AnyLayer, c: AnyLayer, d: SizeKeeping, e: SizeKeeping,
        /, *rest: AnyLayer) -> None: ...
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: AnyLayer, b: AnyLayer, c: AnyLayer, d: AnyLayer, e: SizeKeeping,
        f: SizeKeeping, /, *rest: AnyLayer) -> None: ...
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: AnyLayer, b: AnyLayer, c: AnyLayer, d: AnyLayer, e: AnyLayer,
        f: SizeKeeping, g: SizeKeeping, /, *rest: AnyLayer) -> None: ...
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: AnyLayer, b: AnyLayer, c: AnyLayer, d: AnyLayer, e: AnyLayer,
        f: AnyLayer, g: SizeKeeping, h: SizeKeeping, /, *rest: AnyLayer) -> None: ...
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: Sized, b: Sized, c: SizeKeeping, d: AnyLayer, e: AnyLayer,
        /, *rest: AnyLayer) -> None: ...
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: AnyLayer, b: Sized, c: Sized, d: SizeKeeping, e: AnyLayer,
        /, *rest: AnyLayer) -> None: ...
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: AnyLayer, b: AnyLayer, c: Sized, d: Sized, e: SizeKeeping,
        /, *rest: AnyLayer) -> None: ...
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: AnyLayer, b: AnyLayer, c: AnyLayer, d: Sized, e: Sized,
        f: SizeKeeping, /, *rest: AnyLayer) -> None: ...
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: AnyLayer, b: AnyLayer, c: AnyLayer, d: AnyLayer, e: Sized,
        f: Sized, g: SizeKeeping, /, *rest: AnyLayer) -> None: ...
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: AnyLayer, b: AnyLayer, c: AnyLayer, d: AnyLayer, e: AnyLayer,
        f: Sized, g: Sized, h: SizeKeeping, /, *rest: AnyLayer) -> None: ...
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: SizeKeeping, b: Sized, c: Sized, d: AnyLayer, e: AnyLayer,
        /, *rest: AnyLayer) -> None: ...
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: AnyLayer, b: SizeKeeping, c: Sized, d: Sized, e: AnyLayer,
        /, *rest: AnyLayer) -> None: ...
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: AnyLayer, b: AnyLayer, c: SizeKeeping, d: Sized, e: Sized,
        /, *rest: AnyLayer) -> None: ...
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: AnyLayer, b: AnyLayer, c: AnyLayer, d: SizeKeeping, e: Sized,
        f: Sized, /, *rest: AnyLayer) -> None: ...
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: AnyLayer, b: AnyLayer, c: AnyLayer, d: AnyLayer, e: SizeKeeping,
        f: Sized, g: Sized, /, *rest: AnyLayer) -> None: ...
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: AnyLayer, b: AnyLayer, c: AnyLayer, d: AnyLayer, e: AnyLayer,
        f: SizeKeeping, g: Sized, h: Sized, /, *rest: AnyLayer) -> None: ...
    @overload
    def __init__(self: Sequential[Any, Any, Any], a: AnyLayer, b: AnyLayer, c: AnyLayer, d: AnyLayer, e: AnyLayer,
        f: AnyLayer, g: AnyLayer, h: AnyLayer, i: AnyLayer, /, *rest: AnyLayer) -> None: ...
    # fmt: on
    def __init__(self, *layers: Any) -> None:
        self.layers = tuple(_taken_apart(layers))
        _check(self.layers)

    @staticmethod
    def of(layers: Iterable[AnyLayer]) -> Sequential[Any, Any, Any]:
        """Return the sequence of any number of layers, of which a type checker need not know the sizes.

        Raises:
            ShapeError: the sizes of two disagree.
        """
        make: Any = Sequential
        made: Sequential[Any, Any, Any] = make(*layers)
        return made

    @overload
    def then(self, layer: Layer[Real, Outputs, After]) -> Sequential[Real, Inputs, After]: ...
    @overload
    def then(self, layer: SizeKeeping) -> Sequential[Real, Inputs, Outputs]: ...
    def then(self, layer: AnyLayer) -> Any:
        """Return the sequence with one more layer.

        >>> import numpy as np
        >>> from typing import Literal as L
        >>> from nets.activations import Activation
        >>> from nets.layers import Linear
        >>> one = Sequential(Linear[np.float32, L[2], L[3]].initialized())
        >>> one.then(Activation("sin")).then(Linear[np.float32, L[3], L[1]].initialized())
        Sequential(Linear(2, 3), Activation('sin'), Linear(3, 1))

        Raises:
            ShapeError: it does not take what the sequence gives.
        """
        return Sequential.of([*self.layers, layer])

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"

    @property
    def inputs(self) -> Inputs:
        """The inputs of the first layer that has a size.

        Raises:
            ShapeError: no layer has one.
        """
        inputs: Inputs = self._sized()[0].inputs
        return inputs

    @property
    def outputs(self) -> Outputs:
        """The outputs of the last layer that has a size.

        Raises:
            ShapeError: no layer has one.
        """
        outputs: Outputs = self._sized()[-1].outputs
        return outputs

    @property
    def parameters(self) -> Parameters:
        """The parameters of all layers: ``1.weights`` are those of the first."""
        return {f"{place}.{name}": each for place, name, each in self._numbered("parameters")}

    @property
    def state(self) -> Parameters:
        """All numbers of all layers: ``1.weights`` are those of the first."""
        return {f"{place}.{name}": each for place, name, each in self._numbered("state")}

    @override
    def load(self, state: Parameters) -> None:
        """Take over the numbers of the `state` of a sequence of the same layers."""
        for place, layer in enumerate(self.layers, start=1):
            start = f"{place}."
            layer.load({name.removeprefix(start): each for name, each in state.items() if name.startswith(start)})

    @property
    def description(self) -> dict[str, Any]:
        """The descriptions of the layers, in their order."""
        return {"layer": "Sequential", "layers": [layer.description for layer in self.layers]}

    @override
    def forward(self, x: Matrix[Real, Inputs, Batch]) -> Matrix[Real, Outputs, Batch]:
        """Return what the last layer gives.

        Raises:
            ShapeError: x has not a row for each input.
        """
        passed: AnyMatrix = self._checked(x)
        for layer in self.layers:
            passed = layer.forward(passed)
        return passed

    def activations(self, x: Matrix[Real, Inputs, Batch]) -> list[AnyMatrix]:
        """Return x, what the first layer gives for it, what the second gives for that, and so on.

        Raises:
            ShapeError: x has not a row for each input.
        """
        passed: list[AnyMatrix] = [self._checked(x)]
        for layer in self.layers:
            passed.append(layer.forward(passed[-1]))
        return passed

    def gradients(self, activations: list[AnyMatrix], gradient: AnyMatrix) -> Parameters:
        """Return the derivatives of the loss by all parameters, from that by the last of the activations."""
        return self._propagated(activations, gradient, whole=False)[1]

    @override
    def backward(
        self, x: Matrix[Real, Inputs, Batch], a: Matrix[Real, Outputs, Batch], gradient: Matrix[Real, Outputs, Batch]
    ) -> Matrix[Real, Inputs, Batch]:
        """Return the derivative of the loss by the input; what the layers give in between is computed again."""
        return self._propagated(self.activations(x), gradient, whole=True)[0]

    @override
    def parameter_gradients(
        self, x: Matrix[Real, Inputs, Batch], a: Matrix[Real, Outputs, Batch], gradient: Matrix[Real, Outputs, Batch]
    ) -> Parameters:
        """Return the derivatives by all parameters; what the layers give in between is computed again."""
        return self.gradients(self.activations(x), gradient)

    @override
    def to(self, device: str) -> Sequential[Real, Inputs, Outputs]:
        """Return the sequence with each layer on a device."""
        return Sequential.of([layer.to(device) for layer in self.layers])

    def _checked(self, x: AnyMatrix) -> AnyMatrix:
        if x.rows != self.inputs:
            raise ShapeError(f"x has {x.rows} rows, but the network takes {self.inputs} inputs: a sample is a column")
        return x

    def _propagated(
        self, activations: list[AnyMatrix], gradient: AnyMatrix, *, whole: bool
    ) -> tuple[AnyMatrix, Parameters]:
        """Go from the last layer to the first; unless the whole way, to the first that has parameters."""
        learning = [place for place, layer in enumerate(self.layers) if layer.parameters]
        first = 0 if whole else min(learning, default=len(self.layers))
        by_parameters: Parameters = {}
        for place in range(len(self.layers) - 1, first - 1, -1):
            layer, x, a = self.layers[place], activations[place], activations[place + 1]
            by_layer = layer.parameter_gradients(x, a, gradient)
            by_parameters |= {f"{place + 1}.{name}": each for name, each in by_layer.items()}
            if whole or place > first:
                gradient = layer.backward(x, a, gradient)
        return gradient, by_parameters

    def _sized(self) -> list[Layer[Any, Any, Any]]:
        sized = [layer for layer in self.layers if isinstance(layer, Layer)]
        if not sized:
            raise ShapeError("no layer of the network has a size: add one that has, such as Linear")
        return sized

    def _numbered(self, kind: str) -> list[tuple[int, str, AnyMatrix]]:
        return [
            (place, name, each)
            for place, layer in enumerate(self.layers, start=1)
            for name, each in getattr(layer, kind).items()
        ]


def _taken_apart(layers: Iterable[AnyLayer]) -> Iterable[AnyLayer]:
    for layer in layers:
        if isinstance(layer, Sequential):
            yield from layer.layers
        elif isinstance(layer, AnyLayer):
            yield layer
        else:
            raise TypeError(
                f"a network is made of layers, such as Linear and Activation, not of {type(layer).__name__}"
            )


def _check(layers: tuple[AnyLayer, ...]) -> None:
    last: tuple[int, Layer[Any, Any, Any]] | None = None
    for place, layer in enumerate(layers, start=1):
        if not isinstance(layer, Layer):
            continue
        if last is not None and layer.inputs != last[1].outputs:
            raise ShapeError(
                f"layer {place}, {layer}, takes {layer.inputs} inputs, "
                f"but layer {last[0]}, {last[1]}, gives {last[1].outputs} outputs"
            )
        last = place, layer

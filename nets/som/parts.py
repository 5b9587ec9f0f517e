"""The parts of a map by the names that settings, command lines and files give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias, TypeVar

from nets.som.metrics import Chebyshev, Cosine, Euclidean, Manhattan, Metric, SquaredEuclidean
from nets.som.neighbourhoods import Bubble, Gaussian, MexicanHat, Neighbourhood, Triangle, VarianceGaussian
from nets.som.schedules import Exponential, Inverse, Linear

TopologyName: TypeAlias = Literal["rectangular", "hexagonal"]
MetricName: TypeAlias = Literal["euclidean", "squared-euclidean", "cosine", "manhattan", "chebyshev"]
NeighbourhoodName: TypeAlias = Literal["gaussian", "variance-gaussian", "bubble", "triangle", "mexican-hat"]
ScheduleName: TypeAlias = Literal["exponential", "linear", "inverse"]
StartName: TypeAlias = Literal["principal", "random", "sampled"]
RuleName: TypeAlias = Literal["batch", "mini-batch", "online"]

METRICS: Final[Mapping[str, type[Metric]]] = {
    "euclidean": Euclidean,
    "squared-euclidean": SquaredEuclidean,
    "cosine": Cosine,
    "manhattan": Manhattan,
    "chebyshev": Chebyshev,
}
NEIGHBOURHOODS: Final[Mapping[str, type[Neighbourhood]]] = {
    "gaussian": Gaussian,
    "variance-gaussian": VarianceGaussian,
    "bubble": Bubble,
    "triangle": Triangle,
    "mexican-hat": MexicanHat,
}
SCHEDULES: Final[Mapping[str, type[Exponential | Linear | Inverse]]] = {
    "exponential": Exponential,
    "linear": Linear,
    "inverse": Inverse,
}

Part = TypeVar("Part")


def named(parts: Mapping[str, Part], name: str, setting: str) -> Part:
    """Return the part of a name.

    Raises:
        ValueError: there is none; the sentence lists those that there are.
    """
    if name not in parts:
        raise ValueError(f'{setting} is "{name}", but one of {", ".join(parts)} is wanted')
    return parts[name]


def name_of(parts: Mapping[str, type[object]], part: object) -> str:
    """Return the name of a part.

    Raises:
        ValueError: it is of a class of one's own, which has no name here.
    """
    for name, kind in parts.items():
        if type(part) is kind:
            return name
    raise ValueError(f"{type(part).__name__} has no name in a file: only {', '.join(parts)} have one")

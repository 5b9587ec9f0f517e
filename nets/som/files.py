"""Maps in safetensors files: the codebook, the latent coordinates, and the names of the parts; no pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from nets.som.map import SelfOrganizingMap
from nets.som.parts import METRICS, NEIGHBOURHOODS, name_of
from nets.som.topologies import Coordinates, Graph, Hexagonal, Rectangular, Topology
from shapedmat import Matrix
from shapedmat.errors import FileFormatError, ShapeError
from shapedmat.files import MAXIMUM_BYTES, load_matrices, save_matrices

MAXIMUM_GRAPH: Final = 20_000
"""The most neurons of a graph that are read: its distances take 8 bytes for each pair of them."""

_DESCRIPTION: Final = "self-organizing map"


def save_map(path: Path, som: SelfOrganizingMap[Any, Any, Any, Any]) -> None:
    """Save a map as a safetensors file, which is replaced whole or not at all.

    Raises:
        ValueError: the metric, the neighbourhood function or the topology is of a class of one's own.
        OSError: the file cannot be written.
    """
    topology, stored = _described(som.topology)
    description = {
        "metric": name_of(METRICS, som.metric),
        "neighbourhood": name_of(NEIGHBOURHOODS, som.neighbourhood_function),
        "topology": topology,
    }
    matrices = {"codebook": som.codebook, "latent": som.latent, **stored}
    save_matrices(path, matrices, {_DESCRIPTION: json.dumps(description)})


def load_map(path: Path, *, maximum_bytes: int = MAXIMUM_BYTES) -> SelfOrganizingMap[Any, Any, Any, Any]:
    """Load a map that `save_map` saved, onto the CPU.

    Args:
        path: the file.
        maximum_bytes: the largest file that is read.

    Raises:
        FileNotFoundError: there is no such file.
        FileFormatError: it is too large, not an intact safetensors file, or does not describe a map.
    """
    matrices, texts = load_matrices(path, maximum_bytes=maximum_bytes)
    if _DESCRIPTION not in texts:
        raise FileFormatError(f"{path} does not hold a self-organizing map; check which file this is")
    try:
        description = _entries(json.loads(texts[_DESCRIPTION]), metric=str, neighbourhood=str, topology=dict)
        codebook = _codebook(matrices)
        latent = _stored(matrices, "latent", (codebook.dtype.type,), codebook.rows)
        return SelfOrganizingMap(
            codebook,
            latent,
            metric=_part(METRICS, description["metric"]),
            neighbourhood_function=_part(NEIGHBOURHOODS, description["neighbourhood"]),
            topology=_topology(description["topology"], matrices, codebook.rows),
        )
    except (ValueError, ShapeError, RecursionError) as error:
        raise FileFormatError(f"{path} does not describe a map ({error}); save the map again") from error


def _described(topology: Topology[Any, Any]) -> tuple[dict[str, Any], dict[str, Matrix[Any, Any, Any]]]:
    """Return what JSON says of a topology, and the matrices that it needs."""
    # The type itself, since a subclass may have other distances.
    if type(topology) is Rectangular:
        sides: dict[str, Any] = {"rows": topology.rows, "columns": topology.columns, "toroidal": topology.toroidal}
        return {"kind": "rectangular", **sides, "diagonals": topology.diagonals}, {}
    if type(topology) is Hexagonal:
        sides = {"rows": topology.rows, "columns": topology.columns, "toroidal": topology.toroidal}
        return {"kind": "hexagonal", **sides}, {}
    if type(topology) is Coordinates:
        return {"kind": "coordinates", "reach": topology.reach}, {"positions": topology.positions}
    if type(topology) is Graph:
        edges = np.argwhere(np.triu(topology.adjacency.numpy())).astype(np.int64)
        return {"kind": "graph"}, {"positions": topology.positions, "edges": Matrix.from_array(edges)}
    raise ValueError(
        f"{type(topology).__name__} has no name in a file: "
        "only Rectangular, Hexagonal, Coordinates and Graph themselves have one"
    )


def _codebook(matrices: Mapping[str, Matrix[Any, Any, Any]]) -> Matrix[Any, Any, Any]:
    codebook = _stored(matrices, "codebook", (np.float32, np.float64))
    if 0 in codebook.shape:
        raise ValueError(f"a codebook of shape {codebook.shape}")
    return codebook


def _topology(
    description: dict[str, Any], matrices: Mapping[str, Matrix[Any, Any, Any]], neurons: int
) -> Topology[Any, Any]:
    kind = description.get("kind")
    if kind in ("rectangular", "hexagonal"):
        sides = _entries(description, rows=int, columns=int, toroidal=bool)
        # Compared before the lattice is made, which takes as much memory as it has neurons.
        if sides["rows"] * sides["columns"] != neurons:
            raise ValueError(f"{sides['rows']} × {sides['columns']} neurons with a codebook of {neurons}")
        if kind == "hexagonal":
            return Hexagonal(sides["rows"], sides["columns"], sides["toroidal"])
        diagonals = _entries(description, diagonals=bool)["diagonals"]
        return Rectangular(sides["rows"], sides["columns"], sides["toroidal"], diagonals)
    if kind == "coordinates":
        reach = _entries(description, reach=float)["reach"]
        return Coordinates(_stored(matrices, "positions", (np.float64,), neurons), reach)
    if kind == "graph":
        if neurons > MAXIMUM_GRAPH:
            raise ValueError(f"a graph of {neurons:,} neurons, where {MAXIMUM_GRAPH:,} are read at most")
        edges = _stored(matrices, "edges", (np.int64,))
        if edges.cols != 2:
            raise ValueError(f"edges of shape {edges.shape}, of which each joins 2 neurons")
        pairs = [(int(first), int(second)) for first, second in edges.numpy()]
        return Graph(neurons, pairs, _stored(matrices, "positions", (np.float64,), neurons))
    raise ValueError(f"no topology {kind!r}")


def _entries(description: Any, **kinds: type[object]) -> dict[str, Any]:
    """Return the entries of a JSON object that are wanted, each of its type."""
    if not isinstance(description, dict):
        raise ValueError(f"{description!r} in the place of an object")  # noqa: TRY004  # of a file, not of an argument
    for name, kind in kinds.items():
        if type(description.get(name)) is not kind:
            raise ValueError(f"{name} is {description.get(name)!r}")
    return {name: description[name] for name in kinds}


def _part(parts: Mapping[str, type[Any]], name: str) -> Any:
    if name not in parts:
        raise ValueError(f"no {name!r} among {', '.join(parts)}")
    return parts[name]()


def _stored(
    matrices: Mapping[str, Matrix[Any, Any, Any]],
    name: str,
    types: tuple[type[np.generic], ...],
    rows: int | None = None,
) -> Matrix[Any, Any, Any]:
    if name not in matrices:
        raise ValueError(f"no matrix {name}")
    if matrices[name].dtype.type not in types:
        raise ValueError(f"{name} of type {matrices[name].dtype}")
    if rows is not None and matrices[name].rows != rows:
        raise ValueError(f"{name} of shape {matrices[name].shape} with a codebook of {rows} rows")
    return matrices[name]

"""Maps in files: what is saved is loaded, and what is no map is refused in one sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nets.som import (
    Bubble,
    Coordinates,
    Cosine,
    Euclidean,
    Gaussian,
    Graph,
    Hexagonal,
    Rectangular,
    SelfOrganizingMap,
    VarianceGaussian,
)
from nets.som.files import load_map, save_map
from nets.som.parts import METRICS, NEIGHBOURHOODS
from shapedmat import Matrix
from shapedmat.errors import FileFormatError
from shapedmat.files import load_matrices, save_matrices

f64 = np.float64
TEXT = "self-organizing map"


def codebook(neurons: int = 6, dtype: Any = f64) -> Matrix[Any, Any, Any]:
    """Return some vectors of three features."""
    return Matrix.normal(neurons, 3, 5, dtype=dtype)


def small() -> SelfOrganizingMap[Any, Any, Any, Any]:
    """Return a map of 2 by 3 neurons."""
    return SelfOrganizingMap.on(Rectangular(2, 3), codebook())


def changed(path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> None:
    """Change the description and the matrices of a file in place."""
    matrices, texts = load_matrices(path)
    description = json.loads(texts[TEXT])
    change(description, matrices)
    save_matrices(path, matrices, {TEXT: json.dumps(description)})


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "topology",
    [
        Rectangular(2, 3),
        Rectangular(2, 3, toroidal=True, diagonals=True),
        Hexagonal(2, 3),
        Hexagonal(2, 3, toroidal=True),
        Coordinates(Matrix.normal(6, 4, 1, dtype=f64)),
        Coordinates(Matrix.normal(6, 1, 1, dtype=f64), reach=0.7),
        Graph(6, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0), (0, 3)]),
    ],
    ids=["rectangular", "moore-torus", "hexagonal", "hexagonal-torus", "coordinates", "reach", "graph"],
)
def test_what_is_saved_is_loaded(tmp_path: Path, topology: Any, dtype: Any) -> None:
    """Codebook, coordinates, distances, neighbours and parts are the same, bit for bit."""
    som = SelfOrganizingMap.on(topology, codebook(6, dtype), metric=Cosine(), neighbourhood_function=VarianceGaussian())
    save_map(tmp_path / "map.safetensors", som)
    loaded = load_map(tmp_path / "map.safetensors")
    assert dtype == loaded.codebook.dtype
    for mine, other in (
        (som.codebook, loaded.codebook),
        (som.latent, loaded.latent),
        (som.topology.positions, loaded.topology.positions),
        (som.topology.distances, loaded.topology.distances),
        (som.topology.adjacency, loaded.topology.adjacency),
    ):
        np.testing.assert_array_equal(mine.numpy(), other.numpy())
    assert (type(topology), Cosine(), VarianceGaussian()) == (
        type(loaded.topology),
        loaded.metric,
        loaded.neighbourhood_function,
    )


def test_a_map_of_its_coordinates_alone(tmp_path: Path) -> None:
    """A map that was given no topology has that of its coordinates."""
    som = SelfOrganizingMap(codebook(), Matrix.normal(6, 2, 1, dtype=f64))
    save_map(tmp_path / "map.safetensors", som)
    np.testing.assert_array_equal(
        som.topology.distances.numpy(), load_map(tmp_path / "map.safetensors").topology.distances.numpy()
    )


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_has_a_name(tmp_path: Path, metric: str) -> None:
    """It is loaded as it was."""
    save_map(tmp_path / "m", SelfOrganizingMap.on(Rectangular(2, 3), codebook(), metric=METRICS[metric]()))
    assert METRICS[metric]() == load_map(tmp_path / "m").metric


@pytest.mark.parametrize("name", NEIGHBOURHOODS)
def test_every_neighbourhood_has_a_name(tmp_path: Path, name: str) -> None:
    """It is loaded as it was."""
    function = NEIGHBOURHOODS[name]()
    save_map(tmp_path / "m", SelfOrganizingMap.on(Rectangular(2, 3), codebook(), neighbourhood_function=function))
    assert function == load_map(tmp_path / "m").neighbourhood_function


def test_no_pickle(tmp_path: Path) -> None:
    """The file is a header of JSON and the numbers."""
    save_map(tmp_path / "m", small())
    content = (tmp_path / "m").read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    assert {"__metadata__", "codebook", "latent"} == header.keys()
    assert {
        "metric": "euclidean",
        "neighbourhood": "gaussian",
        "topology": {"kind": "rectangular", "rows": 2, "columns": 3, "toroidal": False, "diagonals": False},
    } == json.loads(header["__metadata__"][TEXT])


def test_parts_of_ones_own_are_not_saved(tmp_path: Path) -> None:
    """A subclass has no name in a file, and no file is written."""

    class Mine(Euclidean):
        pass

    class Narrow(Bubble):
        pass

    class Wide(Rectangular):
        pass

    for som, sentence in (
        (SelfOrganizingMap.on(Rectangular(2, 3), codebook(), metric=Mine()), "Mine has no name in a file: only euclid"),
        (
            SelfOrganizingMap.on(Rectangular(2, 3), codebook(), neighbourhood_function=Narrow()),
            "Narrow has no name in a file: only gaussian",
        ),
        (SelfOrganizingMap.on(Wide(2, 3), codebook()), "Wide has no name in a file: only Rectangular"),
    ):
        with pytest.raises(ValueError, match=f"^{sentence}"):
            save_map(tmp_path / "m", som)
    assert [] == list(tmp_path.iterdir())


def test_files_that_are_no_maps(tmp_path: Path) -> None:
    """Other safetensors files, other files, and none."""
    save_matrices(tmp_path / "other", {"w": codebook()})
    with pytest.raises(FileFormatError, match=r"other does not hold a self-organizing map; check which file this is$"):
        load_map(tmp_path / "other")
    (tmp_path / "text").write_text("something else, and long enough")
    with pytest.raises(FileFormatError, match="text"):
        load_map(tmp_path / "text")
    with pytest.raises(FileNotFoundError, match="none does not exist; check the path"):
        load_map(tmp_path / "none")


def _without(name: str) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    def change(description: dict[str, Any], matrices: dict[str, Any]) -> None:
        del matrices[name]

    return change


def _with(name: str, matrix: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    def change(description: dict[str, Any], matrices: dict[str, Any]) -> None:
        matrices[name] = matrix

    return change


def _saying(name: str, value: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    def change(description: dict[str, Any], matrices: dict[str, Any]) -> None:
        (description if name in description else description["topology"])[name] = value

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_without("codebook"), "no matrix codebook"),
        (_without("latent"), "no matrix latent"),
        (_with("codebook", Matrix.zeros(6, 3, dtype=np.int64)), "codebook of type int64"),
        (_with("codebook", Matrix.zeros(0, 3, dtype=f64)), "a codebook of shape (0, 3)"),
        (_with("latent", Matrix.zeros(6, 2, dtype=np.float32)), "latent of type float32"),
        (
            _with("latent", Matrix.zeros(5, 2, dtype=f64)),
            "latent of shape (5, 2) with a codebook of 6 rows",
        ),
        (_with("codebook", codebook() * np.nan), "the codebook has numbers that are not finite"),
        (_saying("metric", "mahalanobis"), "no 'mahalanobis' among euclidean,"),
        (_saying("metric", 5), "metric is 5"),
        (_saying("neighbourhood", "square"), "no 'square' among gaussian,"),
        (_saying("topology", []), "topology is []"),
        (_saying("kind", "triangular"), "no topology 'triangular'"),
        (_saying("rows", 10**12), f"{10**12} × 3 neurons with a codebook of 6"),
        (_saying("rows", -2), "-2 × 3 neurons with a codebook of 6"),
        (_saying("rows", True), "rows is True"),
        (_saying("toroidal", 1), "toroidal is 1"),
        (_saying("topology", {"kind": "coordinates", "reach": 1.0}), "no matrix positions"),
        (_saying("topology", {"kind": "graph"}), "no matrix edges"),
        (
            _saying("topology", {"kind": "hexagonal", "rows": 3, "columns": 2, "toroidal": True}),
            "a hexagonal torus has",
        ),
    ],
)
def test_descriptions_of_no_map(tmp_path: Path, change: Any, reason: str) -> None:
    """Whatever is wrong in the file is one sentence that says what."""
    path = tmp_path / "map.safetensors"
    save_map(path, small())
    changed(path, change)
    with pytest.raises(FileFormatError, match=re.escape(f"{path} does not describe a map ({reason}")):
        load_map(path)


def test_graphs_that_are_none(tmp_path: Path) -> None:
    """Edges that lead nowhere, or do not join everything, are refused."""
    path = tmp_path / "map.safetensors"
    som = SelfOrganizingMap.on(Graph(3, [(0, 1), (1, 2)]), codebook(3))
    for edges, reason in (
        ([[0, 1], [1, 9]], "there is no edge (1, 9) among 3 neurons"),
        ([[0, 1], [0, 1]], "no path joins neurons 0 and 2"),
        ([[0, 1, 2]], "edges of shape (1, 3), of which each joins 2 neurons"),
    ):
        save_map(path, som)
        changed(path, _with("edges", Matrix.from_rows(edges, dtype=np.int64)))
        with pytest.raises(FileFormatError, match=re.escape(reason)):
            load_map(path)


def test_a_description_that_is_not_json(tmp_path: Path) -> None:
    """Text of another kind is refused."""
    path = tmp_path / "map.safetensors"
    for text in ("{", "[]", "[" * 100_000):
        save_matrices(path, {"codebook": codebook()}, {TEXT: text})
        with pytest.raises(FileFormatError, match="does not describe a map"):
            load_map(path)


def test_the_size_is_limited(tmp_path: Path) -> None:
    """A larger file than is allowed is not read."""
    save_map(tmp_path / "m", SelfOrganizingMap.on(Hexagonal(2, 3), codebook(), neighbourhood_function=Gaussian()))
    with pytest.raises(FileFormatError, match="at most 100 are read"):
        load_map(tmp_path / "m", maximum_bytes=100)

"""The names of the parts of a map."""

from __future__ import annotations

from typing import get_args

import pytest

from nets.som import Cosine, parts


@pytest.mark.parametrize(
    ("names", "table"),
    [
        (parts.MetricName, parts.METRICS),
        (parts.NeighbourhoodName, parts.NEIGHBOURHOODS),
        (parts.ScheduleName, parts.SCHEDULES),
    ],
)
def test_every_name_has_a_part(names: object, table: dict[str, type[object]]) -> None:
    """What type checkers accept is what there is."""
    assert list(get_args(names)) == list(table)


def test_a_part_and_its_name() -> None:
    """Each is found by the other."""
    assert Cosine is parts.named(parts.METRICS, "cosine", "metric")
    assert "cosine" == parts.name_of(parts.METRICS, Cosine())


def test_a_name_that_there_is_not() -> None:
    """The error lists those that there are."""
    with pytest.raises(ValueError, match=r'^schedule is "steps", but one of exponential, linear, inverse is wanted$'):
        parts.named(parts.SCHEDULES, "steps", "schedule")


def test_a_part_without_a_name() -> None:
    """A class of one's own, even one derived from a part, has none."""

    class Mine(Cosine):
        pass

    with pytest.raises(ValueError, match=r"^Mine has no name in a file: only euclidean, .* have one$"):
        parts.name_of(parts.METRICS, Mine())

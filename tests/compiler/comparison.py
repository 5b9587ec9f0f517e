"""Runs functions twice, as they are and by their traces, and compares what they return and do to their arguments."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from shapedmat import Matrix
from shapedmat.compiler import trace
from shapedmat.compiler.guards import guard
from shapedmat.compiler.interpretation import Interpreter


def run_traced(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """Return what a function returns, by its trace, and do to the arguments what it does."""
    traced = trace(function, arguments, keywords)
    leaves = guard(traced.signature)(arguments, keywords)
    assert leaves is not None
    return traced.finish(arguments, keywords, Interpreter(traced)(leaves))


def assert_traced_is_eager(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> None:
    """Check that a function and its trace return the same, and leave the same in their arguments."""
    eager, traced = copy.deepcopy((arguments, keywords)), copy.deepcopy((arguments, keywords))
    with np.errstate(all="ignore"):
        expected = function(*eager[0], **eager[1])
        actual = run_traced(function, *traced[0], **traced[1])
    assert_same(expected, actual)
    assert_same(eager, traced)


def assert_same(expected: Any, actual: Any) -> None:
    """Check that two structures of matrices and numbers are of the same types and have the same values."""
    assert type(expected) is type(actual)
    if isinstance(expected, Matrix):
        assert (expected.dtype, expected.shape) == (actual.dtype, actual.shape)
        np.testing.assert_array_equal(actual.numpy(), expected.numpy())
    elif isinstance(expected, dict):
        assert list(expected) == list(actual)
        assert_same(list(expected.values()), list(actual.values()))
    elif isinstance(expected, tuple | list):
        assert len(expected) == len(actual)
        for one, other in zip(expected, actual, strict=True):
            assert_same(one, other)
    elif dataclasses.is_dataclass(expected):
        for each in dataclasses.fields(expected):
            assert_same(getattr(expected, each.name), getattr(actual, each.name))
    elif isinstance(expected, partial):  # a deep copy is not equal
        assert_same((expected.func, expected.args), (actual.func, actual.args))
    else:
        np.testing.assert_equal(actual, expected)

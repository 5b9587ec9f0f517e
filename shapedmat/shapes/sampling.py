"""Rules for arrays of random numbers: draws from distributions, from a population, and of whole vectors."""

from __future__ import annotations

from shapedmat.dimensions import Dim, Equality, add, compare
from shapedmat.errors import ShapeError
from shapedmat.shapes.broadcasting import assign, broadcast
from shapedmat.shapes.lengths import sizes, vector_length
from shapedmat.shapes.order import at_most
from shapedmat.shapes.shape import Shape, count, normalize_axis, show


def draw(size: Shape | None, *parameters: Shape, action: str = "draw numbers with parameters of") -> Shape:
    """Return the shape of random numbers: of this size, to which the parameters must broadcast, or else of theirs.

    >>> draw((5, 2), (2,)), draw(None, (3, 1), (2,))
    ((5, 2), (3, 2))

    Raises:
        ShapeError: a size is negative, or the parameters do not broadcast.
    """
    common = broadcast(*parameters, action=action)
    if size is None:
        return common
    return assign(sizes(size, action="draw numbers of shape"), common, action="broadcast")


def draw_vectors(size: Shape | None, parameters: Shape, counts: Shape = (), *, action: str) -> Shape:
    """Return the shape of random vectors that are as long as the last axis of their parameters.

    >>> draw_vectors((5,), (3,), action="draw"), draw_vectors(None, (2, 3), (4, 1), action="draw")
    ((5, 3), (4, 2, 3))

    Raises:
        ShapeError: the parameters have no axis, a size is negative, or what is given beside them does not broadcast.
    """
    if not parameters:
        raise ShapeError(f"cannot {action} {show(parameters)}: it has no axes")
    return *draw(size, counts, parameters[:-1], action=action), parameters[-1]


def draw_distributions(size: Shape | None, parameters: Shape, *, action: str) -> Shape:
    """Return the shape of random vectors whose parameters are one vector.

    Raises:
        ShapeError: the parameters are no vector, or a size is negative.
    """
    return *draw(size), vector_length(parameters, action=action)


def multivariate_normal(mean: Shape, covariance: Shape, size: Shape | None = None) -> Shape:
    """Return the shape of vectors drawn around a mean.

    >>> multivariate_normal((2,), (2, 2), (5,))
    (5, 2)
    >>> multivariate_normal((2,), (3, 3))
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: cannot draw around the mean (2,) with the covariance (3, 3): (2, 2) is wanted

    Raises:
        ShapeError: the mean is no vector, the covariance is not square and as large, or a size is negative.
    """
    length = vector_length(mean, action="draw around the mean")
    if len(covariance) != 2 or any(compare(dim, length) is Equality.DIFFERENT for dim in covariance):
        pair = f"the mean {show(mean)} with the covariance {show(covariance)}"
        raise ShapeError(f"cannot draw around {pair}: {show((length, length))} is wanted")
    return *draw(size), length


def choice(
    population: Shape,
    size: Shape | None = None,
    *,
    replace: bool | None = True,
    probabilities: Shape | None = None,
    axis: int = 0,
) -> Shape:
    """Return the shape of a sample from a population along one of its axes; `replace` is None where it is not known.

    >>> choice((10, 3), (2, 5)), choice((10, 3))
    ((2, 5, 3), (3,))
    >>> choice((3,), (5,), replace=False)
    Traceback (most recent call last):
    shapedmat.errors.ShapeError: cannot choose 5 of 3 without replacement: too few

    Raises:
        ShapeError: there is no such axis, the probabilities are not one vector as long as it, a size is negative, or
            there are too few to choose from.
    """
    place = normalize_axis(population, axis, action="choose from")
    total = population[place]
    if probabilities is not None and len(probabilities) != 1:
        raise ShapeError(f"cannot choose with probabilities {show(probabilities)}: a vector is wanted")
    if probabilities is not None and compare(probabilities[0], total) is Equality.DIFFERENT:
        raise ShapeError(f"cannot choose from {total} with {probabilities[0]} probabilities: the numbers differ")
    sample = draw(size)
    wanted: Dim = 1 if size is None else count(sample)
    if (replace is False and at_most(add(total, 1), wanted)) or (total == 0 and at_most(1, wanted)):
        how = " without replacement" if replace is False else ""
        raise ShapeError(f"cannot choose {wanted} of {total}{how}: too few")
    return (*population[:place], *sample, *population[place + 1 :])

"""Random numbers: the methods of generators, and the functions of ``np.random``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from shapedmat import shapes
from shapedmat.mypy_plugin.results import Result
from shapedmat.mypy_plugin.rules import Call, Rule
from shapedmat.mypy_plugin.sites import Untracked, closed
from shapedmat.mypy_plugin.types import is_integer
from shapedmat.shapes import Shape

Find = Callable[[Call], Result]

_PARAMETERS: Final = {
    "beta": "a b",
    "binomial": "n p",
    "chisquare": "df",
    "exponential": "scale",
    "f": "dfnum dfden",
    "gamma": "shape scale",
    "geometric": "p",
    "gumbel": "loc scale",
    "hypergeometric": "ngood nbad nsample",
    "laplace": "loc scale",
    "logistic": "loc scale",
    "lognormal": "mean sigma",
    "logseries": "p",
    "negative_binomial": "n p",
    "noncentral_chisquare": "df nonc",
    "noncentral_f": "dfnum dfden nonc",
    "normal": "loc scale",
    "pareto": "a",
    "poisson": "lam",
    "power": "a",
    "rayleigh": "scale",
    "standard_cauchy": "",
    "standard_t": "df",
    "triangular": "left mode right",
    "uniform": "low high",
    "vonmises": "mu kappa",
    "wald": "mean scale",
    "weibull": "a",
    "zipf": "a",
}
"""The parameters of each distribution, all of which broadcast; the size of the result comes after them."""


def _size(call: Call) -> Shape | None:
    call.given("size")
    return call.dims("size") if call.gives("size") else None


def _draw(*names: str) -> Find:
    def find(call: Call) -> Result:
        size = _size(call)
        try:
            parameters = [call.optional_shape(name) or () for name in names]
        except Untracked:
            if size is None:
                raise
            parameters = []
        return shapes.draw(size, *parameters) if size is not None else shapes.draw(None, *parameters) or None

    return find


def _drawn(parameters: str, further: str = "") -> Rule:
    return Rule(f"{parameters} size {further}", _draw(*parameters.split()))


def _sizes(call: Call) -> Result:
    return shapes.draw(call.site.dims(call.rest)) or None


def _permutation(call: Call) -> Result:
    if is_integer(call.site.type_of(call.expression("x"))):
        return shapes.draw((call.dim("x"),))
    axis = call.integer("axis", 0)
    shape = call.shape("x")
    return shapes.along(shape, axis, action="permute") if shape else None


def _permuted(call: Call) -> Result:
    call.given("axis")
    shape = call.open_shape("x")
    return shapes.along(closed(shape), call.integer("axis"), action="permute") if call.gives("axis") else shape or None


def _choice(call: Call) -> Result:
    population = (call.dim("a"),) if is_integer(call.site.type_of(call.expression("a"))) else call.shape("a")
    if not population:
        raise Untracked
    try:
        replace: bool | None = call.flag("replace", default=True)
    except Untracked:
        replace = None
    try:
        probabilities = call.optional_shape("p")
    except Untracked:
        probabilities = None
    axis = call.integer("axis", 0)
    return shapes.choice(population, _size(call), replace=replace, probabilities=probabilities, axis=axis) or None


def _multivariate_normal(call: Call) -> Result:
    return shapes.multivariate_normal(call.shape("mean"), call.shape("cov"), _size(call))


def _vectors(name: str, action: str) -> Find:
    return lambda call: shapes.draw_distributions(_size(call), call.shape(name), action=action)


def _multinomial(call: Call) -> Result:
    return shapes.draw_vectors(_size(call), call.shape("pvals"), call.shape("n"), action="draw from categories with")


_DISTRIBUTIONS: Final[dict[str, Rule]] = {
    **{name: _drawn(parameters) for name, parameters in _PARAMETERS.items()},
    "dirichlet": Rule("alpha size", _vectors("alpha", "draw from the Dirichlet distribution of")),
    "multivariate_normal": Rule("mean cov size check_valid tol * method", _multivariate_normal),
}

_OF_GENERATORS: Final[dict[str, Rule]] = {
    **_DISTRIBUTIONS,
    "integers": _drawn("low high", "dtype endpoint"),
    "random": _drawn("", "dtype out"),
    "standard_normal": _drawn("", "dtype out"),
    "standard_exponential": _drawn("", "dtype method out"),
    "standard_gamma": _drawn("shape", "dtype out"),
    "choice": Rule("a size replace p axis shuffle", _choice, element="a"),
    "permutation": Rule("x axis", _permutation, element="x"),
    "permuted": Rule("x * axis out", _permuted, element="x"),
    "multinomial": Rule("n pvals size", _multinomial),
    "multivariate_hypergeometric": Rule("colors nsample size method", _vectors("colors", "draw from the colors")),
}

_OF_RANDOM_STATES: Final[dict[str, Rule]] = {
    **_DISTRIBUTIONS,
    **dict.fromkeys(("rand", "randn"), Rule("*sizes", _sizes)),
    **dict.fromkeys(
        ("random", "random_sample", "ranf", "sample", "standard_normal", "standard_exponential", "tomaxint"), _drawn("")
    ),
    "standard_gamma": _drawn("shape"),
    "randint": _drawn("low high", "dtype"),
    "random_integers": _drawn("low high"),
    "choice": Rule("a size replace p", _choice, element="a"),
    "permutation": Rule("x", _permutation, element="x"),
    "multinomial": Rule("n pvals size", _vectors("pvals", "draw from categories with")),
}

FUNCTIONS: Final[dict[str, Rule]] = {f"mtrand.{name}": rule for name, rule in _OF_RANDOM_STATES.items()}
"""The functions, by their names and that of their module."""

CALLS: Final[dict[str, Rule]] = {
    **{f"numpy.random._generator.Generator.{name}": rule for name, rule in _OF_GENERATORS.items()},
    **{f"numpy.random.mtrand.RandomState.{name}": rule for name, rule in _OF_RANDOM_STATES.items()},
}
"""The methods, by their full names."""

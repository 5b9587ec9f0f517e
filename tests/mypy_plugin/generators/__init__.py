"""The expressions of which random programs are made: one generator for each family of NumPy's functions."""

from tests.mypy_plugin.generators import construction as construction
from tests.mypy_plugin.generators import elements as elements
from tests.mypy_plugin.generators import joining as joining
from tests.mypy_plugin.generators import layout as layout
from tests.mypy_plugin.generators import products as products
from tests.mypy_plugin.generators import reductions as reductions
from tests.mypy_plugin.generators import selection as selection
from tests.mypy_plugin.generators.arguments import GENERATORS as GENERATORS

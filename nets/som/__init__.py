"""Self-organizing maps: topology, neighbourhood, schedule, metric and training rule are parts that fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nets.som.batch import Batch as Batch
from nets.som.batch import MiniBatch as MiniBatch
from nets.som.files import load_map as load_map
from nets.som.files import save_map as save_map
from nets.som.map import SelfOrganizingMap as SelfOrganizingMap
from nets.som.metrics import Chebyshev as Chebyshev
from nets.som.metrics import Cosine as Cosine
from nets.som.metrics import Euclidean as Euclidean
from nets.som.metrics import Manhattan as Manhattan
from nets.som.metrics import Metric as Metric
from nets.som.metrics import SquaredEuclidean as SquaredEuclidean
from nets.som.neighbourhoods import Bubble as Bubble
from nets.som.neighbourhoods import Gaussian as Gaussian
from nets.som.neighbourhoods import MexicanHat as MexicanHat
from nets.som.neighbourhoods import Neighbourhood as Neighbourhood
from nets.som.neighbourhoods import Triangle as Triangle
from nets.som.neighbourhoods import VarianceGaussian as VarianceGaussian
from nets.som.online import Online as Online
from nets.som.quality import distortion as distortion
from nets.som.quality import quantization_error as quantization_error
from nets.som.quality import topographic_error as topographic_error
from nets.som.schedules import Constant as Constant
from nets.som.schedules import Exponential as Exponential
from nets.som.schedules import Inverse as Inverse
from nets.som.schedules import Linear as Linear
from nets.som.schedules import Schedule as Schedule
from nets.som.search import best_matching_units as best_matching_units
from nets.som.starts import principal_codebook as principal_codebook
from nets.som.starts import random_codebook as random_codebook
from nets.som.starts import sampled_codebook as sampled_codebook
from nets.som.topologies import Coordinates as Coordinates
from nets.som.topologies import Graph as Graph
from nets.som.topologies import Hexagonal as Hexagonal
from nets.som.topologies import Rectangular as Rectangular
from nets.som.topologies import Topology as Topology
from nets.som.training import train as train
from nets.som.views import ClassMap as ClassMap
from nets.som.views import as_grid as as_grid
from nets.som.views import class_map as class_map
from nets.som.views import cluster_labels as cluster_labels
from nets.som.views import component_planes as component_planes
from nets.som.views import full_u_matrix as full_u_matrix
from nets.som.views import hit_map as hit_map
from nets.som.views import u_matrix as u_matrix

if TYPE_CHECKING:
    from nets.som.estimator import SOM as SOM


def __getattr__(name: str) -> Any:
    """Return the estimator, which imports scikit-learn: that takes a second, and the map itself does not need it."""
    if name == "SOM":
        from nets.som.estimator import SOM  # noqa: PLC0415  # as above

        return SOM
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Aliases of annotations, for programs in other modules."""

from typing import TypeAlias

import jaxtyping as jt
import numpy as np
from jaxtyping import Float as Float
from jaxtyping import Float64 as Real64

Points = Float[np.ndarray, "n 3"]
Matrix: TypeAlias = Real64[np.ndarray, "n m"]
Dotted = jt.Float[np.ndarray, "n m"]
Again = Points
MaybePoints = Points | None
ListOfPoints = list[Points]

"""The shape rules: one function for each, over dimensions that may be ints, expressions in names, or unknown.

A shape is a tuple of dimensions (`shapedmat.dimensions`). A rule takes shapes and returns a shape, or raises
`ShapeError` with one sentence. `Matrix` calls the rules with ints when a program runs; a static checker calls the same
rules with symbols, so that both say the same words. A rule raises only when the shapes are certainly wrong; whatever is
unknown passes, and what cannot be known of the result is `UNKNOWN`.
"""

from shapedmat.shapes.broadcasting import assign as assign
from shapedmat.shapes.broadcasting import broadcast as broadcast
from shapedmat.shapes.broadcasting import hadamard as hadamard
from shapedmat.shapes.indexing import Index as Index
from shapedmat.shapes.indexing import Indices as Indices
from shapedmat.shapes.indexing import Mask as Mask
from shapedmat.shapes.indexing import index as index
from shapedmat.shapes.indexing import slice_length as slice_length
from shapedmat.shapes.manipulation import concatenate as concatenate
from shapedmat.shapes.manipulation import hstack as hstack
from shapedmat.shapes.manipulation import reshape as reshape
from shapedmat.shapes.manipulation import transpose as transpose
from shapedmat.shapes.manipulation import vstack as vstack
from shapedmat.shapes.points import differences as differences
from shapedmat.shapes.points import distances as distances
from shapedmat.shapes.points import row_norms as row_norms
from shapedmat.shapes.products import diagonal as diagonal
from shapedmat.shapes.products import matmul as matmul
from shapedmat.shapes.products import outer as outer
from shapedmat.shapes.reductions import reduce as reduce
from shapedmat.shapes.reductions import reduce_nonempty as reduce_nonempty
from shapedmat.shapes.shape import Axes as Axes
from shapedmat.shapes.shape import Shape as Shape
from shapedmat.shapes.shape import along as along
from shapedmat.shapes.shape import count as count
from shapedmat.shapes.shape import normalize_axis as normalize_axis
from shapedmat.shapes.shape import same as same
from shapedmat.shapes.shape import show as show

"""Arrays laid out anew in ways that do not fit."""

import numpy as np
from jaxtyping import Float64
from numpy.lib.stride_tricks import sliding_window_view

from typecheck.plugin.arrays import array


def other_number_of_elements(x: Float64[np.ndarray, "n 4"] = array("n 4")) -> None:
    # E: cannot reshape (n, 4) to (n, 2, 3): the numbers of elements, 4*n and 6*n, differ [shape]
    # R: ValueError: cannot reshape array of size 20 into shape (5,2,3)
    x.reshape(len(x), 2, 3)


def other_number_of_elements_by_function(x: Float64[np.ndarray, "4 3"] = array("4 3")) -> None:
    # E: cannot reshape (4, 3) to (5, 2): the numbers of elements, 12 and 10, differ [shape]
    # R: ValueError: cannot reshape array of size 12 into shape (5,2)
    np.reshape(x, (5, 2))


def two_sizes_left_open(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot reshape (n, m) to (-1, -1): only one dimension can be -1 [shape]
    # R: ValueError: can only specify one unknown dimension
    x.reshape(-1, -1)


def not_a_multiple(x: Float64[np.ndarray, "4 3"] = array("4 3")) -> None:
    # E: cannot reshape (4, 3) to (5, -1): the number of elements, 12, is not a multiple of 5 [shape]
    # R: ValueError: cannot reshape array of size 12 into shape (5,newaxis)
    x.reshape(5, -1)


def axis_transposed_twice(x: Float64[np.ndarray, "b n m"] = array("b n m")) -> None:
    # E: cannot transpose (b, n, m) over axes (0, 1, 1): one axis is given twice [shape]
    # R: ValueError: repeated axis in transpose
    x.transpose(0, 1, 1)


def axis_not_transposed(x: Float64[np.ndarray, "b n m"] = array("b n m")) -> None:
    # E: cannot transpose (b, n, m) over axes (1, 0): 3 axes are wanted [shape]
    # R: ValueError: axes don't match array
    np.transpose(x, (1, 0))


def transposed_axis_out_of_range(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot transpose (n, m) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds for array of dimension 2
    x.transpose((0, 2))


def matrices_of_a_vector(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot transpose the matrices of (n,): at least 2 axes are wanted [shape]
    # R: ValueError: Input array must be at least 2-dimensional, but it is 1
    np.matrix_transpose(x)


def matrices_of_a_vector_by_attribute(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot transpose the matrices of (n,): at least 2 axes are wanted [shape]
    # R: ValueError: matrix transpose with ndim < 2 is undefined
    x.mT


def swapped_axis_out_of_range(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot swap axes of (n, m) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis2: axis 2 is out of bounds for array of dimension 2
    x.swapaxes(0, 2)


def moved_axis_out_of_range(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot move axes of (n, m) over axis 2: it has 2 axes [shape]
    # R: AxisError: source: axis 2 is out of bounds for array of dimension 2
    np.moveaxis(x, 2, 0)


def more_axes_than_places(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot move axes of (n, m): the numbers of axes and of places, 2 and 1, differ [shape]
    # R: ValueError: `source` and `destination` arguments must have the same number of elements
    np.moveaxis(x, (0, 1), 0)


def rolled_axis_out_of_range(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot roll an axis of (n, m) over axis 3: it has 2 axes [shape]
    # R: AxisError: axis 3 is out of bounds for array of dimension 2
    np.rollaxis(x, 3)


def added_axis_out_of_range(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot add axes to get (n, m, 1) over axis 3: it has 3 axes [shape]
    # R: AxisError: axis 3 is out of bounds for array of dimension 3
    np.expand_dims(x, 3)


def squeezed_axis_longer_than_1(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot squeeze (n, 3) over axis 1: its size is 3 and not 1 [shape]
    # R: ValueError: cannot select an axis to squeeze out which has size not equal to one
    x.squeeze(axis=1)


def squeezed_axis_out_of_range(x: Float64[np.ndarray, "n 1"] = array("n 1")) -> None:
    # E: cannot squeeze (n, 1) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds for array of dimension 2
    np.squeeze(x, 2)


def broadcast_to_another_size(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot broadcast (n, 3) to (n, 4): sizes 3 and 4 on axis -1 differ [shape]
    # R: ValueError: operands could not be broadcast together with remapped shapes
    np.broadcast_to(x, (len(x), 4))


def broadcast_to_fewer_axes(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot broadcast (n, 3) to (3,): 1 axis too many [shape]
    # R: ValueError: input operand has more dimensions than allowed by the axis remapping
    np.broadcast_to(x, (3,))


def arrays_that_do_not_broadcast(
    x: Float64[np.ndarray, "n 3"] = array("n 3"), y: Float64[np.ndarray, "n"] = array("n")
) -> None:
    # E: cannot broadcast (n, 3) and (n,): sizes 3 and n on axis -1 differ and neither is 1 [shape]
    # R: ValueError: shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is
    np.broadcast_arrays(x, y)


def shapes_that_do_not_broadcast(
    x: Float64[np.ndarray, "n 3"] = array("n 3"), y: Float64[np.ndarray, "m 3"] = array("m 3")
) -> None:
    # E: cannot broadcast (n, 3) and (m, 3): sizes n and m on axis -2 differ and neither is 1 [shape]
    # R: ValueError: shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is
    np.broadcast_shapes(x.shape, y.shape)


def flipped_axis_out_of_range(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot flip (n,) over axis 1: it has 1 axis [shape]
    # R: AxisError: axis 1 is out of bounds for array of dimension 1
    np.flip(x, axis=1)


def vector_flipped_left_to_right(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot flip (n,) over axis 1: it has 1 axis [shape]
    # R: ValueError: Input must be >= 2-d.
    np.fliplr(x)


def roll_along_no_axis(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot roll (n, m) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds for array of dimension 2
    np.roll(x, 1, axis=2)


def more_shifts_than_axes(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot roll (n, m) by numbers of (3,) over axes (0, 1): one number for each axis is wanted [shape]
    # R: ValueError: shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is
    np.roll(x, (1, 2, 3), axis=(0, 1))


def turned_vector(x: Float64[np.ndarray, "n"] = array("n")) -> None:
    # E: cannot rotate (n,) over axis 1: it has 1 axis [shape]
    # R: ValueError: Axes must be different.
    np.rot90(x)


def too_few_repeats(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot repeat (n, 3) over axis 1 by numbers of (2,): one number or numbers of (3,) are wanted [shape]
    # R: ValueError: operands could not be broadcast together with shape (3,) (2,)
    np.repeat(x, [1, 2], axis=1)


def repeated_axis_out_of_range(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot repeat (n, 3) over axis 2: it has 2 axes [shape]
    # R: AxisError: axis 2 is out of bounds for array of dimension 2
    x.repeat(2, axis=2)


def negative_size(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot resize (n, m) to (-1, 3): a size cannot be negative [shape]
    # R: ValueError: all elements of `new_shape` must be non-negative
    np.resize(x, (-1, 3))


def too_many_widths(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot pad (n, m) with 3 pairs of widths: one for each axis is wanted [shape]
    # R: ValueError: operands could not be broadcast together with remapped shapes
    np.pad(x, ((0, 0), (1, 1), (2, 2)))


def negative_width(x: Float64[np.ndarray, "n m"] = array("n m")) -> None:
    # E: cannot pad (n, m): a width cannot be negative [shape]
    # R: ValueError: index can't contain negative values
    np.pad(x, ((0, 0), (-1, 1)))


def deleted_out_of_range(x: Float64[np.ndarray, "n 4"] = array("n 4")) -> None:
    # E: cannot delete from (n, 4) over axis 1 at 4: its size is 4 [shape]
    # R: IndexError: index 4 is out of bounds for axis 1 with size 4
    np.delete(x, 4, axis=1)


def mask_of_another_length(
    x: Float64[np.ndarray, "n 4"] = array("n 4"), y: Float64[np.ndarray, "m"] = array("m")
) -> None:
    # E: cannot delete from (n, 4) over axis 0 by a mask of (m,): a mask of (n,) is wanted [shape]
    # R: ValueError: boolean array argument obj to delete must be one dimensional and match the
    np.delete(x, y > 1, axis=0)


def inserted_row_too_short(
    x: Float64[np.ndarray, "n 4"] = array("n 4"), y: Float64[np.ndarray, "3"] = array("3")
) -> None:
    # E: cannot insert into (n, 4) over axis 0 values of (3,): they do not broadcast to (1, 4) [shape]
    # R: ValueError: could not broadcast input array from shape (1,3) into shape (1,4)
    np.insert(x, 0, y, axis=0)


def window_too_large(x: Float64[np.ndarray, "n 4"] = array("n 4")) -> None:
    # E: cannot slide a window of (5,) over (n, 4): size 5 is larger than 4 on axis 1 [shape]
    # R: ValueError: window shape cannot be larger than input array shape
    sliding_window_view(x, 5, axis=1)


def window_of_too_few_sizes(x: Float64[np.ndarray, "n 4"] = array("n 4")) -> None:
    # E: cannot slide a window of (2,) over (n, 4): 2 sizes are wanted [shape]
    # R: ValueError: Since axis is `None`, must provide window_shape for all dimensions of `x`; got
    sliding_window_view(x, 2)


def view_of_larger_elements(x: Float64[np.ndarray, "n 3"] = array("n 3")) -> None:
    # E: cannot view (n, 3) of 8 bytes each as elements of 16 bytes: the last axis has 24 bytes, which is not a multiple [shape]
    # R: ValueError: When changing to a larger dtype, its size must be a divisor of the total size in bytes
    x.view(np.complex128)

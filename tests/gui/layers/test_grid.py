"""The shape of the grid; no Qt here."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.gui.layers.grid import best_shape

sides = st.floats(50, 4000)


def zoom(shape, canvas, image):
    return min(canvas[0] / shape[0] / image[0], canvas[1] / shape[1] / image[1])


@given(st.integers(1, 7), st.tuples(sides, sides), st.tuples(sides, sides))
def test_no_other_shape_draws_the_images_larger(n_cells, canvas, image):
    shape = best_shape(n_cells, canvas, image)

    others = [(math.ceil(n_cells / columns), columns) for columns in range(1, n_cells + 1)]
    assert shape[0] * shape[1] >= n_cells
    assert zoom(shape, canvas, image) == pytest.approx(max(zoom(each, canvas, image) for each in others))


@given(st.integers(1, 7), st.tuples(sides, sides), st.tuples(sides, sides))
def test_no_row_and_no_column_stays_empty(n_cells, canvas, image):
    rows, columns = best_shape(n_cells, canvas, image)

    assert (rows - 1) * columns < n_cells
    assert math.ceil(n_cells / rows) == columns


@pytest.mark.parametrize(("n_cells", "shape"), [(1, (1, 1)), (2, (1, 2)), (4, (2, 2)), (5, (2, 3)), (6, (2, 3))])
def test_square_radiographs_in_a_wide_window(n_cells, shape):
    assert best_shape(n_cells, (900, 1150), (512, 512)) == shape

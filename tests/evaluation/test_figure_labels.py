"""Tests of napari_kdland.evaluation.figure_labels."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from napari_kdland.evaluation.encodings import encodings
from napari_kdland.evaluation.figure_labels import spread
from napari_kdland.evaluation.further_figures import tradeoff

VALUES = st.lists(st.floats(0, 100), min_size=1, max_size=12)


@given(VALUES, st.floats(0.01, 10))
def test_names_end_up_apart_in_the_order_of_their_points(values, gap):
    moved = spread(values, gap)

    order = np.argsort(values, kind="stable")
    assert (np.diff(moved[order]) >= gap * (1 - 1e-6)).all()


@given(VALUES, st.floats(0.01, 10))
def test_names_that_are_apart_stay(values, gap):
    moved = spread(values, gap)

    assert_allclose(spread(moved, gap * (1 - 1e-9)), moved, atol=1e-6)


def test_names_of_equal_points_lie_about_them():
    assert_allclose(spread([5.0, 5.0, 5.0], 1.0), [4.0, 5.0, 6.0])


@given(VALUES)
def test_names_stay_within_the_axis_where_there_is_room(values):
    moved = spread(values, 5.0, within=(0.0, 100.0))

    assert moved.min() >= 0
    assert moved.max() <= 100
    assert (np.diff(np.sort(moved)) >= 5.0 - 1e-6).all()


def test_many_runs_of_nearly_one_error_are_named_within_the_axis():
    points = {f"run-{place}": (100.0, 14.0 + 0.01 * place) for place in range(16)}
    points |= {"teacher": (900.0, 13.0), "lost": (100.0, 49.0)}

    ax = tradeoff(points, encodings(points), ("Parameters", "Error")).axes[0]

    low, high = ax.get_ylim()
    assert all(low < text.get_position()[1] < high for text in ax.texts)


def test_runs_of_one_cost_and_error_are_all_named():
    points = dict.fromkeys(["one", "two", "three"], (100.0, 9.0)) | {"teacher": (900.0, 7.0)}

    ax = tradeoff(points, encodings(points), ("Parameters", "Error")).axes[0]

    places = {text.get_text().strip(): text.get_position()[1] for text in ax.texts}
    assert set(places) == set(points)
    assert len({round(y, 3) for y in places.values()}) == 4

"""Putting converted data into layers."""

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Labels, Points, Vectors
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.gui.layers.conversion import Strokes, marks_of
from napari_kdland.gui.layers.drawing import draw_marks, draw_rims, draw_strokes
from napari_kdland.gui.layers.style import HUMAN, TEACHER

pytestmark = pytest.mark.gui

NAMES = ("apex", "angle", "border")


@pytest.fixture
def layer():
    features = {"landmark": np.empty(0, dtype=object), "label": np.empty(0, dtype=object)}
    return Points(np.empty((0, 2)), features=features, text={"string": "{label}"})


def marks(points, style=HUMAN, **kwargs):
    return marks_of(Landmarks.placed(NAMES, np.array(points, dtype=float)), style, height=100, **kwargs)


def drawn(layer):
    return (
        layer.data.tolist(),
        list(layer.features["landmark"]),
        [str(symbol) for symbol in layer.symbol],
        layer.face_color.round(2).tolist(),
        list(layer.text.values),
    )


def test_what_is_drawn_does_not_depend_on_what_was_drawn_before(layer):
    one = marks([[1, 2], [3, 4], [np.nan, np.nan]], current="angle", title="Angle")
    others = [marks([[9, 9]] * 3, TEACHER), marks([[np.nan] * 2] * 3), marks([[5, 5], [np.nan] * 2, [6, 6]])]
    draw_marks(layer, one)
    expected = drawn(layer)

    for other in others:
        draw_marks(layer, other)
        draw_marks(layer, one)

        assert drawn(layer) == expected


def test_texts_and_colours_follow_the_states(layer):
    states = (LandmarkState.PLACED, LandmarkState.UNCERTAIN, LandmarkState.ABSENT)
    landmarks = Landmarks(NAMES, np.array([[1.0, 2.0], [3.0, 4.0], [np.nan, np.nan]]), states)

    draw_marks(layer, marks_of(landmarks, HUMAN, height=100))

    assert list(layer.text.values) == ["1", "2 ?"]
    assert_allclose(layer.face_color[:, 3], [1.0, 0.5])


def test_no_landmark_is_an_empty_layer(layer):
    draw_marks(layer, marks([[1, 2], [3, 4], [5, 6]]))

    draw_marks(layer, marks([[np.nan] * 2] * 3))

    assert len(layer.data) == 0
    assert layer.selected_data == set()


def test_rims_cannot_be_painted_over():
    layer, rims = Labels(np.zeros((8, 8), np.uint8)), np.ones((20, 30), np.uint8)

    draw_rims(layer, rims)

    assert layer.data is rims
    assert not layer.editable


def test_rims_that_are_shown_already_are_not_drawn_again():
    layer, rims, redrawn = Labels(np.zeros((8, 8), np.uint8)), np.ones((20, 30), np.uint8), []
    draw_rims(layer, rims)
    layer.events.data.connect(redrawn.append)

    draw_rims(layer, rims)

    assert redrawn == []


def test_a_layer_without_rims_widens_no_view():
    layer = Labels(np.zeros((8, 8), np.uint8))
    draw_rims(layer, np.ones((200, 300), np.uint8))

    draw_rims(layer, None)

    assert layer.extent.data[1].max() < 10


def test_new_points_do_not_let_the_viewer_measure_all_layers_anew(layer, monkeypatch):
    viewer, measured = ViewerModel(), []
    viewer.add_layer(layer)
    monkeypatch.setattr(type(viewer.dims), "__setattr__", lambda _, *change: measured.append(change))

    draw_marks(layer, marks([[1, 2], [3, 4], [5, 6]]))

    assert measured == []
    assert len(layer.data) == 3


def test_a_hidden_layer_takes_fewer_strokes_than_it_showed_last(make_napari_viewer):
    def strokes(count):
        return Strokes(np.ones((count, 2, 2)), np.ones((count, 4)), ("apex",) * count)

    layer = make_napari_viewer().add_layer(Vectors(np.empty((0, 2, 2))))
    draw_strokes(layer, strokes(5))
    layer.visible = False

    draw_strokes(layer, strokes(2))

    layer.visible = True
    assert len(layer.data) == len(layer.edge_color) == 2

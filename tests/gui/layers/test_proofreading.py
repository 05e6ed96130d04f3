"""Dragging predictions that are proofread, by hand-made events."""

import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Origin
from napari_kdland.gui.layers.style import STUDENTS, TEACHER
from tests.gui.layers.test_binding import select_and_shift
from tests.gui.layers.test_comparing import a_prediction, show
from tests.gui.layers.test_mouse import an_event
from tests.session.factories import NAMES, drain
from tests.session.proofread import POINTS, predict, rank

pytestmark = pytest.mark.gui


@pytest.fixture
def proof_desk(open_desk, runner):
    """A desk on which the second image, of val, is proofread."""
    predict(open_desk.session.project)
    open_desk.proofreading.open(rank(open_desk.session.project), run="student")
    drain(runner)
    return open_desk


def drag(desk, *path):
    """Press, move and release, as napari hands a gesture to the viewer."""
    event = an_event("mouse_press", *path[0])
    gestures = [callback(desk.viewer, event) for callback in desk.viewer.mouse_drag_callbacks]
    for gesture in gestures:
        next(gesture, None)
    kinds = [("mouse_move", each) for each in path[1:]] + [("mouse_release", path[-1])]
    for kind, place in kinds:
        handled = event.handled
        event.__dict__.update(an_event(kind, *place).__dict__)
        event.handled = handled
        for gesture in gestures:
            next(gesture, None)


def test_a_prediction_that_is_dragged_becomes_the_readers_point(proof_desk):
    drag(proof_desk, (10.0, 12.0), (15.0, 18.0), (16.0, 19.0))

    assert_allclose(proof_desk.session.landmarks["apex"], [16, 19])
    assert proof_desk.session.project.annotations.origin_of(2)["apex"] == Origin("reader", "ann")
    assert proof_desk.session.landmarks.n_known == 1


def test_a_press_on_a_prediction_chooses_its_landmark_and_places_nothing(proof_desk):
    drag(proof_desk, (40.0, 20.0))

    assert proof_desk.session.current == "border"
    assert proof_desk.session.landmarks.n_known == 0


def test_a_click_beside_predictions_places_as_ever(proof_desk):
    drag(proof_desk, (55.0, 45.0))

    assert_allclose(proof_desk.session.landmarks["angle"], [55, 45])


def test_where_a_readers_landmark_lies_on_a_prediction_the_readers_moves(proof_desk):
    proof_desk.session.editing.move("border", (10.0, 12.0))
    drag(proof_desk, (10.0, 12.0), (30.0, 30.0), (31.0, 31.0))

    assert_allclose(proof_desk.session.landmarks["border"], [31, 31])
    assert proof_desk.session.landmarks.n_known == 1


def test_a_prediction_dragged_out_of_the_image_is_refused_and_goes_back(proof_desk):
    drag(proof_desk, (10.0, 12.0), (-20.0, 12.0), (-30.0, 12.0))

    assert "would lie outside the image" in proof_desk.messages[-1]
    assert proof_desk.session.landmarks.n_known == 0
    assert_allclose(proof_desk.pool.reader.prediction.data, POINTS)


def test_the_prediction_of_a_locked_landmark_stays(proof_desk):
    proof_desk.session.project.locks.lock(2, ["apex"], reader="bob")
    proof_desk.session.locking.refresh()
    drag(proof_desk, (10.0, 12.0), (15.0, 18.0), (16.0, 19.0))

    assert "is locked and stays as it is" in proof_desk.messages[-1]
    assert proof_desk.session.landmarks.n_known == 0


def test_with_the_predictions_hidden_a_click_on_one_places(proof_desk):
    proof_desk.pool.show_runs(False)
    drag(proof_desk, (10.0, 12.0))

    assert_allclose(proof_desk.session.landmarks["angle"], [10, 12])


def test_without_a_queue_a_click_places(proof_desk):
    proof_desk.proofreading.close()
    drag(proof_desk, (10.0, 12.0))

    assert proof_desk.session.landmarks.n_known == 1


def test_the_viewer_is_let_go_of(proof_desk):
    before = len(proof_desk.viewer.mouse_drag_callbacks)
    proof_desk.proof_layer.close()

    assert len(proof_desk.viewer.mouse_drag_callbacks) == before - 1


def test_the_predictions_leave_the_image_to_a_comparison_and_come_back(proof_desk):
    layer = proof_desk.pool.reader.prediction
    assert layer.visible

    show(proof_desk, a_prediction(proof_desk, "big", TEACHER))
    assert not layer.visible
    proof_desk.session.choose("border")
    assert not layer.visible

    proof_desk.compared.clear()
    assert layer.visible


def test_who_proofreads_sees_the_predictions_beside_a_comparison_too(proof_desk):
    show(proof_desk, a_prediction(proof_desk, "big", TEACHER))

    proof_desk.proof_layer.come_forward(True)
    assert proof_desk.pool.reader.prediction.visible
    proof_desk.proof_layer.come_forward(False)
    assert not proof_desk.pool.reader.prediction.visible


def test_predictions_look_beside_a_comparison_as_their_run_looks_in_it(proof_desk):
    show(proof_desk, a_prediction(proof_desk, "big", TEACHER), a_prediction(proof_desk, "student", STUDENTS[2]))

    proof_desk.proof_layer.come_forward(True)

    assert {str(symbol) for symbol in proof_desk.pool.reader.prediction.symbol} == {STUDENTS[2].symbol}
    proof_desk.compared.clear()
    assert {str(symbol) for symbol in proof_desk.pool.reader.prediction.symbol} == {"disc"}


@pytest.mark.parametrize("rows", [{0}, {0, 1, 2}], ids=["one", "all"])
def test_predictions_that_napari_deletes_come_back_and_stay_in_step_with_their_names(proof_desk, rows):
    layer = proof_desk.pool.reader.prediction

    layer.selected_data = rows
    layer.remove_selected()

    assert_allclose(layer.data, POINTS)
    assert list(layer.features["landmark"]) == list(NAMES)
    drag(proof_desk, (40.0, 20.0), (45.0, 25.0))
    assert_allclose(proof_desk.session.landmarks["border"], [45, 25])
    assert proof_desk.session.landmarks.n_known == 1


def test_a_point_that_napari_adds_to_predictions_goes_again(proof_desk):
    proof_desk.pool.reader.prediction.add([50.0, 40.0])

    assert_allclose(proof_desk.pool.reader.prediction.data, POINTS)


def test_predictions_that_naparis_select_tool_drags_go_back_at_once_with_a_word(proof_desk):
    layer = proof_desk.pool.reader.prediction
    before = proof_desk.session.project.annotations.last_edit_id()

    select_and_shift(layer, (5.0, 5.0))

    assert_allclose(layer.data, POINTS)
    assert "What a run predicts stays as it is" in proof_desk.messages[-1]
    assert proof_desk.session.project.annotations.last_edit_id() == before


def test_a_compared_runs_landmarks_go_back_too_where_napari_drags_them(open_desk):
    (group,) = show(open_desk, a_prediction(open_desk, "big", TEACHER))
    before = group.landmarks.data.copy()

    select_and_shift(group.landmarks, (5.0, 5.0))

    assert_allclose(group.landmarks.data, before)
    assert "What a run predicts stays as it is" in open_desk.messages[-1]


def test_a_compared_runs_landmarks_come_back_where_napari_deletes_them(open_desk):
    (group,) = show(open_desk, a_prediction(open_desk, "big", TEACHER))
    before = group.landmarks.data.copy()

    group.landmarks.selected_data = set(range(len(before)))
    group.landmarks.remove_selected()

    assert_allclose(group.landmarks.data, before)
    open_desk.compared.clear()
    assert not group.landmarks.visible

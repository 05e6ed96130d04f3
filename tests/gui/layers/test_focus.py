"""Being taken to a landmark."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks
from napari_kdland.errors import UsageError
from napari_kdland.gui.compat import camera_of
from napari_kdland.gui.layers.focus import Focus
from tests.session.factories import NAMES, drain, wait_for

pytestmark = pytest.mark.gui

SEEN = Landmarks.placed(NAMES, np.array([[10.0, 11.0], [20.0, 30.0], [40.0, 20.0]]))


@pytest.fixture
def focus(open_desk):
    return Focus(open_desk.viewer, open_desk.session, open_desk.pool)


def at(desk):
    return tuple(camera_of(desk.viewer).center)[-2:]


def test_the_landmark_of_another_image_is_in_the_middle_when_the_image_has_come(focus, open_desk, runner):
    open_desk.session.image_changed.connect(lambda: focus.look(SEEN))
    zoom = camera_of(open_desk.viewer).zoom

    focus.go_to("image_2.png", "border")
    wait_for(runner, lambda: open_desk.session.record.name == "image_2.png")
    drain(runner)

    assert_allclose(at(open_desk), [40, 20])
    assert camera_of(open_desk.viewer).zoom > zoom
    assert open_desk.session.current == "border"


def test_where_the_reader_has_placed_it_counts_before_where_a_run_sees_it(focus, open_desk):
    open_desk.session.choose("apex")
    open_desk.session.editing.place((33.0, 12.0))

    focus.go_to("image_0.png", "apex")
    focus.look(SEEN)

    assert_allclose(at(open_desk), [33, 12])


def test_the_user_is_taken_there_once(focus, open_desk):
    focus.go_to("image_0.png", "apex")
    focus.look(SEEN)
    camera_of(open_desk.viewer).center = (5.0, 6.0)

    focus.look(SEEN)

    assert_allclose(at(open_desk), [5, 6])


def test_nothing_moves_until_somebody_has_seen_the_landmark(focus, open_desk):
    before = at(open_desk)
    focus.go_to("image_0.png", "apex")

    focus.look(None)
    assert_allclose(at(open_desk), before)

    focus.look(SEEN)
    assert_allclose(at(open_desk), [10, 11])


def test_an_image_that_is_gone_is_refused(focus):
    with pytest.raises(UsageError, match="gone"):
        focus.go_to("gone.png", "apex")

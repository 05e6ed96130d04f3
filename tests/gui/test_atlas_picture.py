"""The atlas picture in the panel."""

import pytest

from napari_kdland.anatomy import load_scheme
from napari_kdland.gui.atlas_picture import AtlasPicture
from tests.session.factories import a_project, drain

pytestmark = pytest.mark.gui


def test_a_chest_scheme_is_drawn_in_the_background_and_a_click_chooses(desk, runner, qtbot, tmp_path):
    desk.session.open(a_project(tmp_path, count=1, scheme=load_scheme("chest-10")))
    picture = AtlasPicture(desk)
    qtbot.addWidget(picture)
    assert picture.isHidden()

    drain(runner, 120.0)

    assert not picture.isHidden()
    names = desk.session.landmarks.names
    y, x = picture._places(picture.atlas)[names.index("left_lung_apex")]
    assert picture.landmark_at(y + 2, x - 2) == "left_lung_apex"
    assert picture.landmark_at(1, 1) is None

    desk.session.choose(names[3])
    y, x = picture._places(picture.atlas)[3]
    shot = picture.grab().toImage()
    around = [shot.pixelColor(round(x) + 7, round(y) + step).name() for step in (-1, 0, 1)]
    assert "#f0e442" in around


def test_a_scheme_of_ones_own_has_a_picture_once_another_image_is_labelled(open_desk, runner, qtbot):
    picture = AtlasPicture(open_desk)
    qtbot.addWidget(picture)
    assert picture.isHidden()

    open_desk.session.editing.place((30.0, 10.0))
    open_desk.session.paging.go_next()
    drain(runner)

    assert picture.atlas.landmarks.n_known == 1
    assert not picture.atlas.picture.any()

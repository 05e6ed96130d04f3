"""Choose a region and paint it."""

import pytest

from napari_kdland.project import Project

pytestmark = pytest.mark.gui


@pytest.fixture
def bar(region_desk):
    from napari_kdland.gui.region_bar import RegionBar

    return RegionBar(region_desk)


def texts(bar):
    return [bar.choice.itemText(place) for place in range(bar.choice.count())]


def test_the_regions_stand_in_the_list_in_the_schemes_order(bar):
    assert texts(bar) == ["LUNG", "HEART"]
    assert not bar.choice.itemIcon(0).isNull()


def test_the_button_starts_and_ends_the_painting(region_desk, bar):
    bar.choice.setCurrentIndex(1)
    bar.paint.click()
    assert region_desk.painting.region == "heart"

    bar.paint.click()
    assert not region_desk.painting.is_on


def test_choosing_another_region_while_painting_paints_that_one(region_desk, bar):
    bar.paint.click()
    bar.choice.setCurrentIndex(1)
    bar.choice.activated.emit(1)

    assert region_desk.painting.region == "heart"
    assert region_desk.brush.layer.selected_label == 2


def test_the_list_says_what_is_known(bar):
    bar.paint.click()
    bar.absent.click()

    assert texts(bar) == ["LUNG  (absent)", "HEART  (drawn)"]
    bar.unknown.click()
    assert texts(bar)[0] == "LUNG  (not known)"


def test_an_absent_region_is_saved(region_desk, bar):
    bar.paint.click()

    bar.absent.click()

    with Project.open(region_desk.session.project.path) as other:
        assert other.masks.load(1).states[0] == "absent"


def test_there_is_nothing_to_paint_where_the_scheme_has_no_regions(open_desk):
    from napari_kdland.gui.region_bar import RegionBar

    assert RegionBar(open_desk).isHidden()

"""The tour through the panels."""

import pytest

from napari_kdland.gui.panels import PANELS
from napari_kdland.gui.tour import STOPS, Tour

pytestmark = pytest.mark.gui


@pytest.fixture
def brought():
    return []


@pytest.fixture
def tour(qtbot, brought):
    tour = Tour(brought.append)
    qtbot.addWidget(tour)
    return tour


def test_it_stops_at_every_panel_in_their_order():
    assert [stop.panel for stop in STOPS] == [entry.name for entry in PANELS]


def test_it_brings_each_panel_to_the_front_in_turn(tour, brought):
    tour.start()
    for _ in STOPS:
        tour.on.click()

    assert brought == [stop.panel for stop in STOPS]
    assert tour.isHidden()


def test_it_can_be_ended_and_begins_anew_at_the_first_stop(tour, brought):
    tour.start()
    tour.on.click()
    tour.end.click()
    is_away = tour.isHidden()
    tour.start()

    assert is_away
    assert brought[-1] == STOPS[0].panel
    assert not tour.back.isEnabled()


def test_one_can_go_back(tour, brought):
    tour.start()
    tour.on.click()
    tour.back.click()

    assert brought == [STOPS[0].panel, STOPS[1].panel, STOPS[0].panel]

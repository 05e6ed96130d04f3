"""Plots that lead to images."""

from dataclasses import replace

import pytest

from napari_kdland.evaluation.found_by import FoundBy, FoundOfRun
from napari_kdland.evaluation.worst import Case
from napari_kdland.gui.error_plots import ErrorPlots
from napari_kdland.gui.layers.style import styles_of
from napari_kdland.gui.plot_points import Figure
from tests.gui.test_plot_points import NAMES, measured
from tests.session.factories import a_scheme

pytestmark = pytest.mark.gui


@pytest.fixture
def plots(qtbot):
    plots = ErrorPlots()
    qtbot.addWidget(plots)
    plots.show_measured({"big": measured(), "small": measured()}, styles_of(["big", "small"]), a_scheme())
    return plots


def test_each_image_of_each_run_is_a_point_at_each_landmark(plots):
    assert len(plots.points()) == 2 * 4 * 3


def test_one_landmark_can_be_plotted_alone_and_all_again(plots):
    plots.choose("angle")
    assert {point.data()[1].landmark for point in plots.points()} == {"angle"}
    assert plots.landmarks.text() == "angle"

    plots.choose(None)
    assert plots.wanted() == list(NAMES)
    assert plots.landmarks.text() == "All landmarks"


def test_a_click_on_a_point_tells_its_image_and_landmark(plots, qtbot):
    cloud = plots._clouds[1]

    with qtbot.waitSignal(plots.clicked) as told:
        cloud.sigClicked.emit(cloud, cloud.points()[5:6], None)

    assert told.args == [Case("image_1", "angle")]


@pytest.mark.parametrize("figure", list(Figure), ids=str)
def test_every_figure_is_drawn_with_its_unit(plots, figure):
    plots.figure.setCurrentText(figure)

    assert len(plots.points()) == 24
    assert plots.plot.getAxis("left").labelText


def test_only_runs_that_are_ticked_are_plotted(plots):
    plots.show_measured({"big": measured(), "small": measured()}, styles_of(["small"]), a_scheme())

    assert {point.data()[0] for point in plots.points()} == {"small"}


def test_what_holds_no_more_leaves_words_behind(plots):
    plots.show_measured({}, {}, None)

    assert plots._pages.currentIndex() == 0
    assert plots.points() == []


def test_figures_of_uncertainty_say_how_it_was_found_and_where_ways_are_mixed(plots):
    one, mixed = (FoundOfRun.of(map(FoundBy, ways), labels="") for ways in (["views"], ["views", "heatmap"]))
    found = {"big": replace(measured(), found_by=one), "small": replace(measured(), found_by=mixed)}
    plots.show_measured(found, styles_of(["big", "small"]), a_scheme())
    assert plots.found_by.isHidden()

    plots.figure.setCurrentText(Figure.RATIO)

    assert "Uncertainty of big: views, not calibrated; small: mixed" in plots.found_by.text()
    assert "The standard deviations of small are not of one kind" in plots.problem.text()

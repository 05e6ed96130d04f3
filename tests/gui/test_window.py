"""napari with the plugin open."""

import pytest

from napari_kdland.gui.window import show
from tests.session.factories import a_project

pytestmark = pytest.mark.gui


def test_a_project_and_an_image_are_shown(make_napari_viewer, qtbot, tmp_path):
    viewer = make_napari_viewer()

    widget = show(viewer, a_project(tmp_path), image="image_2")
    qtbot.waitUntil(lambda: widget.session.record is not None, timeout=20_000)

    assert widget.session.record.name == "image_2.png"
    assert [layer.name for layer in viewer.layers] == ["Radiograph", "Heatmap", "Prediction", "Reader"]
    widget.shut_down()


def test_a_comparison_comes_to_the_front(make_napari_viewer, tmp_path):
    viewer = make_napari_viewer()

    widget = show(viewer, a_project(tmp_path), compare=["teacher", "student"])

    assert widget._tabs.tabText(widget._tabs.currentIndex()) == "Compare"
    widget.shut_down()


def test_a_project_that_is_not_there_is_told_in_the_window(make_napari_viewer, tmp_path):
    viewer = make_napari_viewer()

    widget = show(viewer, tmp_path / "nothing.kdland")

    assert "nothing.kdland" in widget._line.text()
    assert widget.session.project is None
    widget.shut_down()

"""What the stories share; with Qt blocked, none that needs a window is collected."""

import pytest

from tests.session.factories import a_project
from tests.stories.hands import Hands


@pytest.fixture
def one_thread():
    """All numbers are added up in the same order, as in a process of its own that has one thread."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def hands(make_napari_viewer, qtbot, tmp_path):
    from napari_kdland.gui.main_widget import KdlandWidget

    viewer = make_napari_viewer(show=True)
    viewer.window.resize(1200, 800)
    widget = KdlandWidget(viewer)
    viewer.window.add_dock_widget(widget, name="KDLand", area="right")
    widget.session.reader = "ann"
    widget.session.open(a_project(tmp_path, size=(600, 500)))
    widget.bring_to_front("Annotate")
    qtbot.waitUntil(lambda: widget.session.record is not None, timeout=10_000)
    qtbot.wait(50)
    viewer.reset_view()
    hands = Hands(viewer, widget, qtbot)
    yield hands
    widget.shut_down()
    vars(hands).clear()  # napari counts whoever holds on to its window

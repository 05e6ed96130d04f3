"""What the tests of the window share; with Qt blocked, only those that need none are collected."""

import pytest

# Tests of pure conversion: they run without Qt, too.
_PURE = {
    "test_conversion.py",
    "test_ellipses.py",
    "test_grid.py",
    "test_event_words.py",
    "test_leaves.py",
    "test_pace.py",
    "test_plot_points.py",
    "test_positions.py",
    "test_shortcuts.py",
    "test_style.py",
    "test_swipe.py",
}


def pytest_ignore_collect(collection_path, config):
    if config.getoption("--block-qt") and collection_path.name.startswith("test_"):
        return collection_path.name not in _PURE or None
    return None


@pytest.fixture(autouse=True)
def _own_settings(tmp_path_factory, request):
    """Keep the list of recent projects out of the settings of whoever runs the tests."""
    if request.config.getoption("--block-qt"):
        return
    from qtpy.QtCore import QSettings

    folder = str(tmp_path_factory.mktemp("settings"))
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)


@pytest.fixture
def runner():
    from napari_kdland.session.job_runner import JobRunner

    runner = JobRunner()
    yield runner
    assert runner.close(), "a job did not end"


@pytest.fixture
def desk(qapp, runner):  # noqa: ARG001 - widgets need the application
    """A desk on a viewer without a window: fast, and enough for panels and layers."""
    from napari.components import ViewerModel

    from napari_kdland.gui.desk import Desk
    from napari_kdland.session.session import Session

    desk = Desk(ViewerModel(), Session(runner, "ann"), runner)
    desk.messages = []
    desk.said.connect(lambda text, _is_error: desk.messages.append(text))
    yield desk
    desk.is_closing = True
    runner.close()
    desk.close()
    desk.session.close()


@pytest.fixture
def open_desk(desk, runner, tmp_path):
    """A desk with a project of three images open, the first on screen."""
    from tests.session.factories import a_project, drain

    desk.session.open(a_project(tmp_path, splits=("train", "val", "test")))
    drain(runner)
    return desk


@pytest.fixture
def region_desk(desk, runner, tmp_path):
    """A desk with a project of landmarks and two regions open; the first image, on screen, has masks."""
    from tests.session.factories import a_project, a_scheme_of_regions, drain, some_regions

    desk.session.open(a_project(tmp_path, splits=("train", "val", "test"), scheme=a_scheme_of_regions()))
    drain(runner)
    desk.session.project.masks.save(desk.session.record.image_id, some_regions(), reader="ann")
    desk.session.reload_images()
    drain(runner)
    return desk


@pytest.fixture
def mask_desk(desk, runner, tmp_path):
    """A desk with a project of regions and no landmarks open; the first image, on screen, has masks."""
    from tests.session.factories import a_project, a_scheme_of_regions, drain, some_regions

    scheme = a_scheme_of_regions(landmarks=())
    desk.session.open(a_project(tmp_path, splits=("train", "val", "test"), scheme=scheme))
    drain(runner)
    desk.session.project.masks.save(desk.session.record.image_id, some_regions(), reader="ann")
    desk.session.reload_images()
    drain(runner)
    return desk

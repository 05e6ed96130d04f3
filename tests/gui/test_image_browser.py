"""The list of images by keyboard."""

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QWidget

from napari_kdland.gui.image_browser import ImageBrowser
from napari_kdland.gui.job_row import JobRow
from napari_kdland.gui.project_tasks import ProjectTasks
from napari_kdland.session.listing import Listing
from tests.session.factories import a_scheme, drain

pytestmark = pytest.mark.gui

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def browser(open_desk, qtbot):
    row, parent = JobRow(open_desk.runner, open_desk.names.all), QWidget()
    browser = ImageBrowser(open_desk, ProjectTasks(open_desk, row, parent))
    for widget in (row, parent, browser):
        qtbot.addWidget(widget)
    browser.show()
    browser.view._rest.setInterval(60_000)  # a slow machine does not end the walk; tests do
    return browser


@pytest.fixture
def opened(browser):
    rows = []
    browser.view.opened.connect(lambda index: rows.append(index.row()))
    return rows


def press(browser, *keys, held=Qt.KeyboardModifier.NoModifier):
    for key in keys:
        QTest.keyClick(browser.view, key, held)


def rest(browser):
    browser.view._rest.setInterval(0)


def test_enter_opens_the_image_of_the_row_at_once(browser, open_desk):
    press(browser, Qt.Key.Key_Down, Qt.Key.Key_Return)
    drain(open_desk.runner)

    assert open_desk.session.record.name == "image_1.png"
    assert not browser.view.is_walking


def test_a_walk_by_arrows_opens_only_the_image_where_it_rests(browser, open_desk, opened, qtbot):
    press(browser, Qt.Key.Key_Down, Qt.Key.Key_Down)
    assert opened == []
    rest(browser)
    qtbot.waitUntil(lambda: bool(opened), timeout=5000)
    drain(open_desk.runner)

    assert opened == [2]
    assert open_desk.session.record.name == "image_2.png"


@pytest.mark.parametrize(("keys", "row"), [(("Key_End",), 2), (("Key_End", "Key_Home", "Key_PageDown"), 2)])
def test_the_keys_for_long_ways_open_too(browser, opened, qtbot, keys, row):
    press(browser, *(getattr(Qt.Key, key) for key in keys))
    rest(browser)
    qtbot.waitUntil(lambda: bool(opened), timeout=5000)

    assert opened == [row]


def test_an_image_that_arrives_late_does_not_take_the_walk_back(browser, open_desk):
    press(browser, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Down)
    drain(open_desk.runner)

    assert open_desk.session.record.name == "image_1.png"
    assert browser.view.currentIndex().row() == 2


def test_with_shift_the_keys_select_and_open_nothing(browser, opened):
    press(browser, Qt.Key.Key_PageDown, held=SHIFT)

    assert len(browser.view.chosen()) > 1
    assert not browser.view.is_walking
    assert opened == []


def test_filters_that_nothing_fits_say_so_and_can_be_cleared(browser, open_desk):
    browser._text.setText("nowhere")
    browser._split.setCurrentIndex(browser._split.findData("val"))
    browser.filters.flagged.setCurrentIndex(1)
    browser.filters.changed.emit()
    assert browser.view.isHidden()
    assert browser.empty.text() == "None of the 3 images of the project fits the filters above."

    browser.empty.button.click()

    assert browser.empty.isHidden()
    assert browser.model.rowCount() == 3
    assert open_desk.session.listing == Listing()


def test_a_project_without_images_offers_to_import_some(browser, open_desk, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(browser._tasks, "choose_folder", lambda: asked.append(True))

    open_desk.session.create(tmp_path / "other", a_scheme())
    assert browser.empty.text().startswith("The project has no images yet.")
    browser.empty.button.click()

    assert asked == [True]


def test_a_filter_that_leaves_the_image_on_screen_out_shows_the_first_that_fits(browser, open_desk):
    open_desk.session.editing.place((10.0, 10.0))
    view, bar = browser.view, browser.view.verticalScrollBar()
    view.setFixedHeight(60)
    view.scrollToBottom()
    assert bar.value() > 0

    browser._known.setCurrentIndex(browser._known.findData("none"))

    assert browser.model.rowCount() == 2
    assert bar.value() == 0
    view.scrollToBottom()
    browser.hide()
    browser.show()
    assert bar.value() > 0

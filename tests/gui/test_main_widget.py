"""The dock widget in a real napari window: opening, closing, and what must not be left behind."""

import subprocess
import sys
import threading

import pytest
from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QCloseEvent
from qtpy.QtWidgets import QApplication, QLabel, QMessageBox

from napari_kdland.gui.closing import end_jobs
from napari_kdland.gui.empty_state import NeedsProject
from napari_kdland.gui.main_widget import KdlandWidget
from napari_kdland.gui.panels import PANELS
from napari_kdland.jobs import TrainingOrder
from napari_kdland.project import Project
from napari_kdland.recipes import load_recipe
from napari_kdland.session.job_runner import JobRunner
from napari_kdland.session.training_requests import TrainingRequest
from tests.session.factories import a_project, endless

pytestmark = pytest.mark.gui


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer()


def docked(viewer):
    widget = KdlandWidget(viewer)
    dock = viewer.window.add_dock_widget(widget, name="KDLand", area="right")
    return widget, dock


def job_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("job: ")]


def test_the_panels_stand_in_the_order_of_the_work(viewer):
    widget, _ = docked(viewer)

    tabs = [widget._tabs.tabText(index) for index in range(widget._tabs.count())]

    assert (
        tabs == [entry.name for entry in PANELS] == ["Project", "Annotate", "Train", "Predict", "Proofread", "Compare"]
    )
    widget.shut_down()


def test_a_panel_is_made_when_it_is_first_shown(viewer):
    widget, _ = docked(viewer)
    assert set(widget._panels) == {"Project"}

    widget.bring_to_front("Annotate")

    assert set(widget._panels) == {"Project", "Annotate"}
    widget.shut_down()


@pytest.mark.parametrize("entry", PANELS, ids=lambda entry: entry.name)
def test_every_panel_of_the_menu_opens_without_a_project(viewer, entry, monkeypatch):
    monkeypatch.setattr("napari_kdland.jobs.list_devices", lambda: iter(()))
    widget, _ = docked(viewer)

    widget.bring_to_front(entry.name)

    panel = widget.panel(entry.name)
    assert panel.isVisibleTo(widget) is not bool(panel.without_project)
    assert all(each.empty.isVisibleTo(widget) for each in widget._tabs.currentWidget().findChildren(NeedsProject))
    widget.shut_down()


def test_the_clock_brings_news_of_jobs(viewer, qtbot):
    widget, _ = docked(viewer)

    handle = widget.runner.start("train", lambda: endless([]))
    qtbot.waitUntil(lambda: len(handle.events) > 2, timeout=5000)

    widget.shut_down()


def test_closing_the_window_stops_the_jobs_which_save_first(viewer):
    widget, _ = docked(viewer)
    saved = []
    widget.runner.start("train", lambda: endless(saved))

    viewer.close()

    assert saved == ["checkpoint"]
    assert not widget._poll_timer.isActive()
    assert job_threads() == []


def test_closing_the_dock_stops_everything_and_gives_the_keys_back(viewer, tmp_path, qtbot):
    widget, dock = docked(viewer)
    widget.session.open(a_project(tmp_path))
    qtbot.waitUntil(lambda: widget.session.record is not None, timeout=5000)
    layer = widget.desk.pool.reader.landmarks

    viewer.window.remove_dock_widget(dock)

    assert widget.session.project is None
    assert "1" not in {str(key) for key in layer.keymap}
    assert job_threads() == []


def a_training(widget, monkeypatch, tmp_path, saved):
    """Begin a training that ends when it is stopped, with one more behind it."""
    monkeypatch.setattr("napari_kdland.jobs.foresee_training", lambda *_: endless(saved))
    widget.session.open(a_project(tmp_path, count=0))  # no image, none to be prepared first
    for name in ("first", "second"):
        order = TrainingOrder(load_recipe("supervised"), name=name)
        widget.desk.trainings.ask(TrainingRequest(order))


def test_a_dock_closed_over_a_training_says_that_it_was_saved(viewer, monkeypatch, tmp_path, qtbot):
    widget, dock = docked(viewer)
    saved, told = [], []
    monkeypatch.setattr("napari_kdland.gui.main_widget.show_info", told.append)
    a_training(widget, monkeypatch, tmp_path, saved)
    qtbot.waitUntil(lambda: len(widget.desk.trainings.handle.events) > 2, timeout=60000)

    viewer.window.remove_dock_widget(dock)

    assert saved == ["checkpoint"]
    assert told[0].startswith("The checkpoint is saved")
    assert "One more waits in the project" in told[0]
    assert job_threads() == []


def test_napari_closed_over_a_training_begins_none_of_those_that_wait(viewer, monkeypatch, tmp_path, qtbot):
    widget, _ = docked(viewer)
    saved = []
    a_training(widget, monkeypatch, tmp_path, saved)
    path = widget.session.project.path
    qtbot.waitUntil(lambda: len(widget.desk.trainings.handle.events) > 2, timeout=60000)

    viewer.close()

    assert saved == ["checkpoint"]
    assert "The checkpoint is saved" in widget.last_words
    with Project.open(path) as project:
        assert [each.title.split(":")[0] for each in project.waiting.all()] == ["second"]


@pytest.fixture
def asked(monkeypatch):
    """Answer questions with No, in place of a person; gives what was asked."""
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda *args: asked.append(args[2]) or QMessageBox.StandardButton.No)
    return asked


def test_every_way_of_closing_by_hand_asks_over_a_training(make_napari_viewer, qtbot, asked):
    viewer = make_napari_viewer(show=True)
    viewer.add_points()  # over an empty viewer, napari would remember that it was asked to quit
    widget, dock = docked(viewer)
    window, saved = widget.window(), []
    qtbot.waitUntil(widget.isVisible, timeout=5000)
    widget.runner.start("Train", lambda: endless(saved))

    window.close(quit_app=True, confirm_need=False)  # File > Exit, Ctrl+Q
    window.close()  # File > Close Window
    qtbot.mouseClick(dock.titleBarWidget().close_button, Qt.MouseButton.LeftButton)

    assert asked == ["Train is still running. Stop, save what was learnt, and close?"] * 3
    assert saved == []
    assert window.isVisible()
    widget.shut_down()


def test_a_yes_is_asked_for_once(make_napari_viewer, monkeypatch):
    viewer = make_napari_viewer(show=True)
    widget, _ = docked(viewer)
    saved, asked = [], []
    monkeypatch.setattr(QMessageBox, "question", lambda *args: asked.append(args[2]) or QMessageBox.StandardButton.Yes)
    widget.runner.start("Train", lambda: endless(saved))

    is_held = widget.eventFilter(widget._watched, QCloseEvent())
    viewer.close()

    assert not is_held
    assert (len(asked), saved) == (1, ["checkpoint"])


def test_a_yes_closes_the_dock_though_the_question_takes_the_release_of_its_button(
    make_napari_viewer, qtbot, monkeypatch
):
    viewer = make_napari_viewer(show=True)
    widget, dock = docked(viewer)
    saved = []
    qtbot.waitUntil(widget.isVisible, timeout=5000)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    widget.runner.start("Train", lambda: endless(saved))

    qtbot.mousePress(dock.titleBarWidget().close_button, Qt.MouseButton.LeftButton)

    qtbot.waitUntil(lambda: saved == ["checkpoint"], timeout=5000)
    assert not widget.runner.running


def test_a_script_that_closes_the_viewer_is_not_asked(make_napari_viewer, asked):
    viewer = make_napari_viewer(show=True)
    widget, _ = docked(viewer)
    saved = []
    widget.runner.start("Train", lambda: endless(saved))

    viewer.close()

    assert (asked, saved) == ([], ["checkpoint"])


def test_while_a_checkpoint_takes_its_time_a_note_is_seen(qapp):
    is_seen, runner = threading.Event(), JobRunner()

    def look():
        texts = [each.text() for each in qapp.topLevelWidgets() if isinstance(each, QLabel) and each.isVisible()]
        if "Saving the checkpoint ..." in texts:
            is_seen.set()

    def job():
        try:
            yield from endless([])
        finally:
            is_seen.wait(20)

    handle = runner.start("Train", job)
    while not handle.events:
        runner.poll()
    clock = QTimer()
    clock.timeout.connect(look)
    clock.start(10)

    assert end_jobs(runner)
    assert is_seen.is_set()
    assert not [each for each in qapp.topLevelWidgets() if isinstance(each, QLabel) and each.isVisible()]


def test_what_was_saved_is_told_once_when_the_project_is_opened_again(viewer, monkeypatch, tmp_path, qtbot):
    widget, _ = docked(viewer)
    a_training(widget, monkeypatch, tmp_path, [])
    path = widget.session.project.path
    qtbot.waitUntil(lambda: len(widget.desk.trainings.handle.events) > 2, timeout=60000)
    widget.shut_down()

    again, _ = docked(viewer)
    again.session.open(path)
    first = again._line.text()
    again.desk.say("")
    again.session.open(path)

    assert "first: Supervised" in first
    assert "The checkpoint is saved" in first
    assert again._line.text() == ""
    again.shut_down()


def test_a_second_shut_down_does_nothing(viewer):
    widget, _ = docked(viewer)

    widget.shut_down()
    widget.shut_down()

    assert widget.desk.is_closing


def test_a_refusal_is_shown_at_the_foot(viewer, tmp_path):
    widget, _ = docked(viewer)

    widget.desk.attempt(widget.session.open, tmp_path / "nothing.kdland")

    assert "nothing.kdland" in widget._line.text()
    assert widget._line.isVisibleTo(widget)
    widget.shut_down()


def test_an_error_at_the_foot_leads_to_its_details(viewer, tmp_path):
    widget, _ = docked(viewer)
    widget.desk.say("fine so far")
    is_offered_before = widget._more.isVisibleTo(widget)
    widget.desk.attempt(widget.session.open, tmp_path / "nothing.kdland")

    dialog = widget.show_details()

    assert not is_offered_before
    assert widget._more.isVisibleTo(widget)
    assert "nothing.kdland" in dialog.message.text()
    assert "fine so far" in dialog.text.toPlainText()
    assert str(tmp_path) not in dialog.text.toPlainText()
    widget.shut_down()


def test_it_is_as_wide_as_its_texts_need_and_fits_a_small_screen(viewer):
    widget, _ = docked(viewer)

    assert 400 <= widget.minimumWidth() <= widget.sizeHint().width() <= 460
    assert widget.minimumSizeHint().height() < 700
    widget.shut_down()


def test_opening_the_widget_loads_no_torch():
    code = "import sys, napari_kdland.gui.main_widget; sys.exit('torch' in sys.modules or 'monai' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_nothing_of_ours_is_left_on_the_desktop(viewer):
    before = set(QApplication.topLevelWidgets())
    widget, _ = docked(viewer)
    widget.desk.actions.show_sheet()
    widget.show_details()

    widget.shut_down()
    QApplication.processEvents()

    assert not [each for each in set(QApplication.topLevelWidgets()) - before if each.isVisible()]


def test_undo_goes_on_after_a_restart_for_a_reader_who_does_not_read_under_the_login_name(
    make_napari_viewer, qtbot, tmp_path
):
    path = a_project(tmp_path)

    def started():
        widget, _ = docked(make_napari_viewer())
        widget.session.open(path)
        qtbot.waitUntil(lambda: widget.session.record is not None, timeout=5000)
        return widget

    first = started()
    first.session.reader = "Dr. Kim"
    first.session.blind.set(True)
    first.session.editing.place((10.0, 20.0))
    first.shut_down()
    second = started()
    assert second.session.landmarks.n_known == 1
    assert second._line.text().startswith("You read blind as Dr. Kim")

    second.desk.actions.undo()

    assert second.session.landmarks.n_known == 0
    second.shut_down()

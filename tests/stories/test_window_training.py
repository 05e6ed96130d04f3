"""Trainings in a real window: watched, paused, stopped, queued, resumed, in a process of their own, discarded."""

import pytest

from napari_kdland.session.job_runner import JobStatus
from tests import makers

pytestmark = [
    pytest.mark.gui,
    pytest.mark.slow,
]

PATIENCE = 180_000


@pytest.fixture
def train(make_napari_viewer, tmp_path):
    from napari_kdland.gui.window import show

    viewer = make_napari_viewer(show=True)
    widget = show(viewer, makers.a_project(tmp_path))
    widget.bring_to_front("Train")
    yield widget.panel("Train")
    widget.shut_down()


def set_up(train, name, *, steps, recipe="supervised", in_child=False):
    train.setup.choose(recipe)
    train.setup.name.setText(name)
    train.setup.in_child.setChecked(in_child)
    form = train.setup.form
    form.widget_at("student", "backbone").value = "tiny"
    form.widget_at("input", "size").value = 64
    form.widget_at("training", "steps").value = steps
    form.widget_at("training", "validate_every").value = min(50, max(2, steps // 2))
    assert train.start_button.isEnabled(), train.setup.missing.text()


def runs_of(train):
    return {run.name: run for run in train.session.the_project().runs.all()}


def last_step(train):
    steps, _ = train.curves.points_of("val_radial_error_px")
    return steps[-1] if steps else 0


def status_of(train, name):
    return runs_of(train)[name].status if name in runs_of(train) else ""


def test_a_training_is_watched_paused_stopped_and_resumed_without_a_terminal(train, qtbot):
    set_up(train, "long", steps=20_000)
    train.start_button.click()
    qtbot.waitUntil(lambda: len(train.probes.tiles) == 2, timeout=PATIENCE)
    assert "of 20000" in train.pace_text.text()
    assert "white: the reader" in train.probes.said.text()
    qtbot.waitUntil(lambda: "of memory free" in train.shelf.card.facts.text(), timeout=PATIENCE)

    train.pause_button.click()
    qtbot.waitUntil(lambda: train.jobs.handle.status is JobStatus.PAUSED, timeout=PATIENCE)
    assert train.pause_button.text() == "Go on"
    steps = last_step(train)
    train.pause_button.click()
    qtbot.waitUntil(lambda: last_step(train) > steps, timeout=PATIENCE)

    train.stop_button.click()
    qtbot.waitUntil(lambda: not train.jobs.is_busy, timeout=PATIENCE)
    assert status_of(train, "long") == "stopped"
    assert (runs_of(train)["long"].folder / "best.safetensors").exists()
    assert runs_of(train)["long"].best_error_px is not None

    done = last_step(train)
    train.shelf.choose("long")
    train.resume(runs_of(train)["long"])
    qtbot.waitUntil(lambda: last_step(train) > done, timeout=PATIENCE)
    train.stop_button.click()
    qtbot.waitUntil(lambda: not train.jobs.is_busy, timeout=PATIENCE)


def test_what_is_started_meanwhile_waits_is_held_after_a_stop_and_goes_on(train, qtbot):
    queue = train.desk.trainings
    set_up(train, "first", steps=20_000)
    train.start_button.click()
    qtbot.waitUntil(lambda: train.start_button.text() == "Add to queue", timeout=PATIENCE)
    set_up(train, "second", steps=4, in_child=True)
    train.start_button.click()
    set_up(train, "third", steps=4)
    train.start_button.click()
    assert [each.title for each in queue.waiting] == ["second: Supervised", "third: Supervised"]

    qtbot.waitUntil(lambda: last_step(train) > 0, timeout=PATIENCE)
    train.stop_button.click()
    qtbot.waitUntil(lambda: not train.jobs.is_busy, timeout=PATIENCE)
    assert "was stopped" in queue.held
    assert len(queue.waiting) == 2

    queue.go_on()
    qtbot.waitUntil(lambda: status_of(train, "third") == "done" and not train.jobs.is_busy, timeout=PATIENCE)
    assert {name: run.status for name, run in runs_of(train).items()} == {
        "first": "stopped",
        "second": "done",
        "third": "done",
    }


def test_a_run_is_done_again_with_changes_and_another_is_discarded(train, qtbot, monkeypatch):
    from qtpy.QtWidgets import QMessageBox

    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    set_up(train, "first", steps=4)
    train.start_button.click()
    qtbot.waitUntil(lambda: status_of(train, "first") == "done" and not train.jobs.is_busy, timeout=PATIENCE)

    train.shelf.copy_wanted.emit(runs_of(train)["first"])
    assert train.setup.form.widget_at("training", "steps").value == 4
    train.setup.name.setText("again")
    train.setup.form.widget_at("training", "steps").value = 20_000
    train.start_button.click()
    qtbot.waitUntil(lambda: status_of(train, "again") == "running", timeout=PATIENCE)
    train.discard_button.click()
    qtbot.waitUntil(lambda: not train.jobs.is_busy, timeout=PATIENCE)

    assert set(runs_of(train)) == {"first"}

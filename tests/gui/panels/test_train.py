"""The Train panel."""

import os
import sys
import threading
import time

import pytest
from qtpy.QtWidgets import QMessageBox, QPushButton

from napari_kdland import jobs
from napari_kdland.errors import OutOfMemory, TrainingError
from napari_kdland.events import Advanced, Measured, Saved, Started, to_json
from napari_kdland.gui.doubt_box import DoubtBox
from napari_kdland.gui.pace import Pace
from napari_kdland.gui.panels.train import TrainPanel
from napari_kdland.recipes import load_recipe
from tests import makers
from tests.session.factories import drain, wait_for

pytestmark = pytest.mark.gui


@pytest.fixture(autouse=True)
def _no_devices(monkeypatch):
    """Leave torch alone: looking for devices takes seconds."""
    monkeypatch.setattr(jobs, "list_devices", lambda: iter(()))
    monkeypatch.setattr(jobs, "foresee_training", looking_ahead(a_foresight()))
    monkeypatch.setattr(jobs, "foresee_resumption", looking_ahead(a_foresight()))


@pytest.fixture
def panel(desk, qtbot, runner, tmp_path):
    desk.session.open(makers.a_project(tmp_path))
    panel = TrainPanel(desk)
    qtbot.addWidget(panel)
    drain(runner)
    return panel


def a_foresight(*warnings):
    return jobs.Foresight(300.0, 0.5, 2**30, 4 * 2**30, 20 * 2**20, 2**40, "Processor, 2 threads", warnings)


def looking_ahead(found):
    def look(_path, _order, **_how):
        yield Started("Checking before the start")
        if isinstance(found, Exception):
            raise found
        return found

    return look


def stand_in(monkeypatch, *, end=None, rounds=10_000):
    """Train nothing: make a run, tell steps, then end or raise."""
    from napari_kdland.project import Project

    def train(path, order):
        with Project.open(path, announce=False) as project:
            record = project.runs.create(order.name, recipe=order.recipe, seed=order.seed)
            with project.runs.training_lock(record.name):
                yield Saved("run", str(record.folder))
                yield Started("Training", rounds)
                try:
                    for step in range(1, rounds + 1):
                        yield Advanced(step)
                        with (record.folder / "events.jsonl").open("a") as file:
                            file.write(to_json(Measured(step, {"loss": 1 / step})) + "\n")
                        yield Measured(step, {"loss": 1 / step})
                        yield Measured(step, {"val_radial_error_px": 100 / step})
                        time.sleep(0.001)
                        if end is not None:
                            raise end
                except GeneratorExit:
                    project.runs.update(record.name, status="stopped", steps_done=step)
                    raise
                project.runs.update(record.name, status="done", steps_done=rounds)
                return project.runs.get(record.name)

    monkeypatch.setattr(jobs, "train_run", train)


def start_and_see_steps(panel, runner):
    panel.start()
    wait_for(runner, lambda: len(panel.curves.points_of("loss")[0]) > 3)


def button_of(widget, text):
    return next(each for each in widget.findChildren(QPushButton) if each.text() == text)


def test_what_there_is_to_train_on_is_counted(panel):
    assert panel.setup.counts.text() == (
        "3 labelled images in train, 3 unlabelled in train and pool, 2 labelled in val"
    )
    assert panel.start_button.isEnabled()


def test_the_order_holds_what_was_set(panel):
    panel.setup.labels.setValue(2)
    panel.setup.seed.setValue(7)
    panel.setup.name.setText("mine")
    panel.setup.form.widget_at("training", "steps").value = 11

    order = panel.setup.order()

    assert (order.labels, order.seed, order.name, order.recipe.training.steps) == (2, 7, "mine", 11)


def test_all_annotated_is_no_number(panel):
    assert panel.setup.order().labels is None


def test_a_recipe_that_needs_a_teacher_waits_for_one(panel):
    panel.setup.choose("kd")

    assert not panel.start_button.isEnabled()
    assert "Choose a run for each teacher" in panel.setup.missing.text()


def test_three_teachers_are_asked_for_where_the_recipe_wants_three(panel):
    panel.setup.choose("ensemble-kd")

    assert len(panel.setup.choice.teachers) == 3


def test_a_finished_run_can_teach(panel, desk):
    runs = desk.session.project.runs
    runs.create("big", recipe=load_recipe("supervised"))
    runs.update("big", status="done", steps_done=10)
    desk.session.runs_changed.emit()

    panel.setup.choose("kd")

    assert panel.setup.order().teachers == ("big",)
    assert panel.start_button.isEnabled()


def test_a_training_that_goes_on_names_the_run_it_begins_with(panel, desk):
    runs = desk.session.project.runs
    runs.create("first", recipe=load_recipe("supervised"))
    runs.update("first", status="done", steps_done=10)
    desk.session.runs_changed.emit()

    panel.setup.choose("continued")

    assert (panel.setup.order().start, panel.setup.order().teachers) == ("first", ())


def test_the_training_of_a_teacher_is_set_up_by_a_button(panel):
    panel.setup.choose("uncertainty-guided")

    panel.setup.set_up_teacher()

    recipe = panel.setup.order().recipe
    assert (recipe.name, recipe.student.backbone, recipe.student.dropout) == ("supervised", "teacher", 0.2)
    assert panel.setup.recipes.currentData() == "supervised"
    assert panel.start_button.isEnabled()


def test_a_recipe_for_regions_waits_for_a_scheme_with_regions(panel):
    panel.setup.choose("emkd-kits19")

    assert not panel.start_button.isEnabled()
    assert "has no regions" in panel.setup.missing.text()


def test_values_that_do_not_go_together_keep_start_shut_and_say_why(panel):
    panel.setup.form.widget_at("training", "unlabelled_batch").value = 4

    assert not panel.start_button.isEnabled()
    assert "unlabelled_batch" in panel.setup.missing.text()


def test_without_labels_it_says_what_to_do(desk, qtbot, runner, tmp_path):
    desk.session.open(makers.a_project(tmp_path, labelled=0))
    panel = TrainPanel(desk)
    qtbot.addWidget(panel)
    drain(runner)

    assert not panel.start_button.isEnabled()
    assert "No image of the train split has landmarks" in panel.setup.missing.text()
    wanted = []
    desk.wanted.connect(wanted.append)
    panel.setup.missing.button.click()
    assert wanted == ["Annotate"]
    assert not panel.shelf.empty.button.isEnabled()


def test_where_there_is_no_run_the_first_one_starts_by_one_button(panel, runner, monkeypatch):
    stand_in(monkeypatch, rounds=2)
    assert not panel.shelf.empty.isHidden()
    assert panel.shelf.table.isHidden()
    panel.setup.name.setText("first")

    panel.shelf.empty.button.click()
    drain(runner)

    assert panel.shelf.empty.isHidden()
    assert [run.name for run in panel.shelf.table.all] == ["first"]


def test_curves_and_pace_follow_the_training(panel, runner, monkeypatch):
    stand_in(monkeypatch)

    start_and_see_steps(panel, runner)
    panel.curves.redraw()
    panel._on_clock()

    steps, losses = panel.curves.points_of("loss")
    assert steps[:3] == [1, 2, 3]
    assert losses[1] == 0.5
    assert panel.curves.best_text.text().startswith("best ")
    assert "of 10000" in panel.pace_text.text()


def test_the_card_of_the_run_that_trains_tells_the_time_left_until_it_ends(panel, runner, monkeypatch):
    stand_in(monkeypatch)
    start_and_see_steps(panel, runner)
    panel._drawn = panel._run_name = "student"

    panel._on_clock()
    assert "of 10000" in panel.shelf.card.pace.text()
    assert panel.heartbeat.text() in panel.shelf.card.pace.text()

    panel._drawn = "teacher"
    panel._on_clock()
    assert panel.shelf.card.pace.text() == ""


def test_the_form_has_room_again_when_it_is_unfolded_after_a_training(panel, runner, monkeypatch):
    panel.resize(420, 900)
    panel.show()
    stand_in(monkeypatch, rounds=5)
    panel.start()
    drain(runner)

    panel._section.set_open(True)

    form, curves, runs = panel._parts.sizes()
    assert form > curves > runs


def test_choosing_a_run_leaves_the_open_form_its_room(panel, desk, runner):
    panel.resize(420, 900)
    panel.show()
    run = desk.session.project.runs.create("old", recipe=load_recipe("supervised"))
    (run.folder / "events.jsonl").write_text(to_json(Measured(1, {"loss": 1.0})) + "\n")
    desk.session.runs_changed.emit()

    panel.shelf.choose("old")
    drain(runner)

    form, curves, _ = panel._parts.sizes()
    assert curves > 0
    assert form > curves


def test_the_table_of_runs_follows_the_training(panel, runner, monkeypatch):
    looked = []
    stand_in(monkeypatch)
    monkeypatch.setattr(panel.shelf.table, "look_at", looked.append)

    start_and_see_steps(panel, runner)

    assert len(looked) > 3
    panel.stop()
    drain(runner)


def test_stopping_keeps_the_run(panel, desk, runner, monkeypatch):
    stand_in(monkeypatch)
    start_and_see_steps(panel, runner)

    panel.stop()
    drain(runner)

    (run,) = desk.session.project.runs.all()
    assert run.status == "stopped"
    assert "resume" in panel.jobs._said.text()
    assert panel.start_button.isEnabled()


def test_a_training_goes_on_while_another_project_is_opened(panel, desk, runner, monkeypatch, tmp_path):
    stand_in(monkeypatch, rounds=50)
    start_and_see_steps(panel, runner)

    desk.session.open(makers.a_project(tmp_path / "other"))
    drain(runner)

    assert panel.jobs.handle.status.value == "done"
    assert panel.shelf.table.rowCount() == 0


def test_who_discards_before_the_run_has_a_name_is_asked_in_a_whole_sentence(panel, monkeypatch):
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda _parent, _title, said: asked.append(said))

    panel.discard()

    assert asked == ["Stop before the run begins? Nothing has been learnt yet."]


def test_discarding_deletes_the_run_after_asking(panel, desk, runner, monkeypatch):
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    stand_in(monkeypatch)
    start_and_see_steps(panel, runner)

    panel.discard()
    drain(runner)

    assert desk.session.project.runs.all() == []


def test_a_paused_training_stands_still(panel, runner, monkeypatch):
    stand_in(monkeypatch)
    start_and_see_steps(panel, runner)

    panel.pause()
    assert panel.pause_button.text() == "Go on"
    assert panel.heartbeat.text() == "paused"
    panel.pause()
    assert panel.heartbeat.text() != "paused"
    assert panel.pause_button.text() == "Pause"

    panel.stop()
    drain(runner)


def test_a_taken_name_is_told_before_anything_starts(panel, desk):
    desk.session.project.runs.create("mine", recipe=load_recipe("supervised"))

    panel.setup.name.setText("mine")

    assert "run folder mine already" in panel.setup.missing.text()
    assert not panel.start_button.isEnabled()
    panel.setup.name.setText("mine-2")
    assert panel.start_button.isEnabled()


def test_a_name_is_given_away_by_starting_and_by_waiting(panel, runner, monkeypatch):
    stand_in(monkeypatch)
    panel.setup.name.setText("first")
    panel.start()
    assert "runs or waits" in panel.setup.problem()
    wait_for(runner, lambda: panel.setup.name.text() == "")

    panel.setup.name.setText("second")
    panel.start()

    assert panel.setup.name.text() == ""
    panel.setup.name.setText("second")
    assert "runs or waits" in panel.setup.problem()
    panel.stop()
    drain(runner)


def test_the_first_run_is_awaited_and_not_offered_again(panel, runner, monkeypatch):
    stand_in(monkeypatch, rounds=5)

    panel.start()

    assert "as soon as its training begins" in panel.shelf.empty.text()
    assert panel.shelf.empty.button.isHidden()
    drain(runner)


def test_a_training_is_called_by_the_name_of_its_run(panel, runner, monkeypatch):
    stand_in(monkeypatch)
    panel.setup.name.setText("mine")

    start_and_see_steps(panel, runner)

    assert panel.jobs._text.text() == "mine: Training"
    panel.stop()
    drain(runner)


def test_a_training_that_watches_as_the_next_one_will_speaks_of_no_next_one(panel, runner, monkeypatch):
    assert "The next training watches 2" in panel.probes.said.text()
    stand_in(monkeypatch, rounds=5)

    panel.start()

    assert "next training" not in panel.probes.said.text()
    drain(runner)
    assert "The next training watches 2" in panel.probes.said.text()


def test_a_run_that_trains_is_not_resumed(panel, desk, runner, monkeypatch):
    stand_in(monkeypatch)
    start_and_see_steps(panel, runner)

    button_of(panel.shelf, "Resume").click()

    assert "is training" in desk.messages[-1]
    assert desk.trainings.waiting == ()
    panel.stop()
    drain(runner)


def test_memory_running_out_offers_half_the_batch(panel, runner, monkeypatch):
    stand_in(monkeypatch, end=OutOfMemory("cuda:0 has no memory left for 8 + 0 images."))

    panel.start()
    drain(runner)
    assert "no memory left" in panel.jobs._said.text()
    assert not panel.halve_button.isHidden()

    panel._halve()
    assert panel.setup.order().recipe.training.labelled_batch == 4


def test_half_the_batch_is_that_of_the_training_that_failed(panel, desk, runner, monkeypatch):
    stand_in(monkeypatch, end=OutOfMemory("cuda:0 has no memory left for 8 + 0 images."))
    panel.setup.seed.setValue(7)
    panel.setup.form.widget_at("training", "labelled_batch").value = 8
    steps = panel.setup.form.recipe().training.steps
    panel.start()
    panel.setup.seed.setValue(0)
    panel.setup.form.widget_at("training", "labelled_batch").value = 2
    drain(runner)

    panel.halve_button.click()

    order = panel.setup.order()
    assert (order.seed, order.recipe.training.labelled_batch, order.recipe.training.steps) == (7, 4, 2 * steps)
    assert f"4 images a step in place of 8, and {2 * steps} steps in place of {steps}" in desk.messages[-1]


def test_half_the_batch_is_still_offered_when_the_next_has_begun(panel, runner, monkeypatch):
    stand_in(monkeypatch, end=OutOfMemory("cuda:0 has no memory left for 8 + 0 images."))
    panel.setup.name.setText("first")
    panel.start()
    panel.setup.name.setText("second")
    panel.start()
    stand_in(monkeypatch)

    wait_for(runner, lambda: len(panel.curves.points_of("loss")[0]) > 3 and panel._run_name == "second")

    assert panel._too_big.order.name == "first"
    assert not panel.halve_button.isHidden()
    panel.stop()
    drain(runner)


def test_a_bug_in_a_training_leaves_the_panel_ready(panel, runner, monkeypatch):
    stand_in(monkeypatch, end=RuntimeError("CUDA error: device-side assert triggered"))

    panel.start()
    drain(runner)

    assert "unexpected" in panel.jobs._said.text()
    assert panel.start_button.isEnabled()


def test_a_run_with_regions_shows_its_dice(panel, desk):
    assert panel.shelf.table.isColumnHidden(5)

    desk.session.project.runs.create("masks", recipe=load_recipe("supervised"))
    desk.session.project.runs.update("masks", status="done", best_error_px=3.0, best_dice=0.925)
    desk.session.runs_changed.emit()

    assert not panel.shelf.table.isColumnHidden(5)
    assert [panel.shelf.table.item(0, column).text() for column in (4, 5)] == ["3.00", "92.5"]


def test_resume_asks_for_the_chosen_run(panel, desk, runner, monkeypatch):
    asked = []
    monkeypatch.setattr(
        jobs, "resume_run", lambda _path, run, device, probes: asked.append((run, device, len(probes))) or iter(())
    )
    desk.session.project.runs.create("half", recipe=load_recipe("supervised"))
    desk.session.runs_changed.emit()
    panel.shelf.table.selectRow(0)

    button_of(panel.shelf, "Resume").click()
    drain(runner)

    assert asked == [("half", "auto", 2)]


def test_a_run_goes_on_over_doubts_only_when_the_user_says_so(panel, desk, runner, monkeypatch):
    monkeypatch.setattr(jobs, "foresee_resumption", looking_ahead(a_foresight("The disk is nearly full.")))
    monkeypatch.setattr(jobs, "resume_run", pytest.fail)
    desk.session.project.runs.create("half", recipe=load_recipe("supervised"))

    panel.resume(desk.session.project.runs.get("half"))
    drain(runner)

    (box,) = panel.findChildren(DoubtBox)
    assert "nearly full" in box.text() + box.informativeText()
    box.close()


def test_resume_without_a_choice_is_answered_in_words(panel, desk):
    button_of(panel.shelf, "Resume").click()

    assert "No run is selected" in desk.messages[-1]


def test_a_silence_is_seen_to_grow(panel, runner, monkeypatch):
    stand_in(monkeypatch)
    start_and_see_steps(panel, runner)
    now = [time.monotonic()]
    panel.pace = Pace(lambda: now[0])
    panel.pace.begin(10)

    now[0] += 12
    panel._on_clock()

    assert panel.heartbeat.text() == "last event 12 s ago"
    assert "color" in panel.heartbeat.styleSheet()
    panel.stop()
    drain(runner)
    panel._on_clock()
    assert panel.heartbeat.text() == ""


def test_the_running_run_is_chosen_and_its_card_shown(panel, runner, monkeypatch):
    stand_in(monkeypatch)
    panel.setup.name.setText("mine")

    start_and_see_steps(panel, runner)
    wait_for(runner, lambda: panel.shelf.story is not None)

    assert panel.shelf.table.chosen().name == "mine"
    assert "mine" in panel.shelf.card.facts.text()
    assert ": loss " in panel.shelf.card.log.text()
    panel.stop()
    drain(runner)


def test_choosing_a_run_draws_its_curves_and_the_training_goes_on_unseen(panel, desk, runner, monkeypatch):
    old = desk.session.project.runs.create("old", recipe=load_recipe("supervised"))
    (old.folder / "events.jsonl").write_text(to_json(Measured(7, {"loss": 3.0})) + "\n")
    stand_in(monkeypatch)
    start_and_see_steps(panel, runner)

    panel.shelf.choose("old")
    wait_for(runner, lambda: panel.shelf.story is not None and panel.shelf.story.run.name == "old")
    wait_for(runner, lambda: len(panel.jobs.handle.events) > 30)

    assert panel.curves.points_of("loss") == ([7], [3.0])
    panel.stop()
    drain(runner)


def test_a_run_fills_the_form_with_what_it_was_trained_by(panel, desk, runner):
    runs = desk.session.project.runs
    for name in ("first", "second"):
        runs.create(name, recipe=makers.a_tiny_recipe())
        runs.update(name, status="done", best_error_px={"first": 1.0, "second": 2.0}[name])
    recipe = makers.a_tiny_recipe("kd", "training.steps=77")
    runs.create("student", recipe=recipe, labels=2, seed=5, teachers=("second",))
    desk.session.runs_changed.emit()
    panel.shelf.choose("student")
    drain(runner)

    button_of(panel.shelf, "Duplicate ...").click()

    order = panel.setup.order()
    assert (order.recipe, order.labels, order.seed, order.teachers) == (recipe, 2, 5, ("second",))
    assert order.name is None
    assert panel.setup.recipes.currentData() == "kd"


def test_a_second_training_waits_and_begins_when_the_first_is_done(panel, desk, runner, monkeypatch):
    stand_in(monkeypatch, rounds=40)
    panel.setup.name.setText("first")
    start_and_see_steps(panel, runner)
    assert panel.start_button.text() == "Add to queue"

    panel.setup.name.setText("second")
    panel.start_button.click()
    assert panel.shelf.tabText(2) == "Waiting (1)"
    assert panel.queue.list.item(0).text().startswith("1. second")
    assert "waits for its turn" in desk.messages[-1]
    drain(runner)

    assert [run.name for run in desk.session.project.runs.all()] == ["first", "second"]
    assert panel.shelf.tabText(2) == "Waiting (0)"
    assert panel.start_button.text() == "Start"


def test_what_waits_can_be_moved_removed_and_held(panel, desk, runner, monkeypatch):
    stand_in(monkeypatch)
    start_and_see_steps(panel, runner)
    for name in ("b", "c", "d"):
        panel.setup.name.setText(name)
        panel.start_button.click()
    queue = panel.queue

    queue.list.setCurrentRow(2)
    queue.up.click()
    queue.list.setCurrentRow(0)
    queue.remove.click()
    queue.hold.click()

    assert [queue.list.item(row).text()[:4] for row in range(2)] == ["1. d", "2. c"]
    assert "Held by you" in queue.state.text()
    panel.stop()
    drain(runner)
    assert len(desk.session.project.runs.all()) == 1


@pytest.mark.parametrize(("choice", "n_runs"), [("Start all the same", 1), ("Back", 0)])
def test_what_may_go_wrong_is_asked_before_it_starts(panel, desk, runner, monkeypatch, choice, n_runs):
    monkeypatch.setattr(jobs, "foresee_training", looking_ahead(a_foresight("Few labels of Dot (1).")))
    stand_in(monkeypatch, rounds=3)
    panel.start()
    drain(runner)
    assert "Few labels of Dot (1)." in panel.jobs._said.text()
    assert desk.session.project.runs.all() == []

    (box,) = panel.findChildren(DoubtBox)
    assert box.text() == "Few labels of Dot (1)."
    button_of(box, choice).click()
    drain(runner)

    assert len(desk.session.project.runs.all()) == n_runs
    assert desk.trainings.waiting == ()
    panel.release()


def test_what_cannot_work_makes_no_run(panel, desk, runner, monkeypatch):
    refusal = TrainingError("A step takes about 900.0 GiB of memory, and this machine has 16.0 GiB. Lower the batch.")
    monkeypatch.setattr(jobs, "foresee_training", looking_ahead(refusal))
    stand_in(monkeypatch)

    panel.start()
    drain(runner)

    assert "900.0 GiB" in panel.jobs._said.text()
    assert desk.session.project.runs.all() == []


def test_checking_starts_nothing_and_another_setting_takes_its_words_back(panel, desk, runner, monkeypatch):
    monkeypatch.setattr(jobs, "foresee_training", looking_ahead(a_foresight("The disk is nearly full.")))
    view = panel.setup.foresight

    view.check.click()
    drain(runner)
    assert view.found.text().startswith("Takes about 5 min")
    assert view.warned.text() == "The disk is nearly full."
    assert desk.session.project.runs.all() == []

    panel.setup.form.widget_at("training", "steps").value = 11
    assert view.found.isHidden()


def test_that_there_is_no_gpu_is_said(panel):
    from types import SimpleNamespace

    assert panel.setup.no_gpu.isHidden()

    panel.setup._on_devices(SimpleNamespace(result=(SimpleNamespace(name="cpu", title="Processor", free_bytes=None),)))

    assert "No GPU was found" in panel.setup.no_gpu.text()
    assert not panel.setup.no_gpu.isHidden()


def test_devices_are_listed_with_their_free_memory(panel):
    from types import SimpleNamespace

    device = SimpleNamespace(name="cuda:0", title="Big GPU", free_bytes=3 * 2**30, total_bytes=8 * 2**30)

    panel.setup._on_devices(SimpleNamespace(result=(device,)))

    assert panel.setup.device.itemText(1) == "Big GPU, 3.0 GiB free"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a priority for each thread")
def test_a_training_lets_the_window_go_first(panel, runner, monkeypatch):
    seen = []

    def train(_path, _order):
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        yield Started("Training", 1)

    monkeypatch.setattr(jobs, "train_run", train)
    panel.start()
    drain(runner)

    assert seen[0] > os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

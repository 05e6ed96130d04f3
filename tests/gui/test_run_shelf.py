"""The runs of a project with their cards."""

import shutil
from dataclasses import replace

import pytest
from qtpy.QtWidgets import QInputDialog, QMessageBox

from napari_kdland.gui.run_card import RunCard, facts_of
from napari_kdland.gui.run_shelf import RunShelf
from napari_kdland.jobs import DataFacts, RunStory
from napari_kdland.recipes import load_recipe
from tests import makers
from tests.session.factories import drain

pytestmark = pytest.mark.gui


@pytest.fixture
def shelf(desk, qtbot, runner, tmp_path):
    desk.session.open(makers.a_project(tmp_path))
    runs = desk.session.project.runs
    big = runs.create("big", recipe=load_recipe("supervised"))
    (big.folder / "best.safetensors").write_bytes(bytes(3 * 2**20))
    runs.create("kid", recipe=load_recipe("kd"), teachers=("big",))
    shelf = RunShelf(desk)
    qtbot.addWidget(shelf)
    desk.session.runs_changed.connect(shelf.look_at_project)
    shelf.look_at_project()
    drain(runner)
    return shelf


def test_what_runs_take_on_the_disk_is_told_for_each_and_for_all(shelf):
    assert [shelf.table.item(row, 6).text() for row in range(2)] == ["0.0", "3.0"]
    assert shelf.disk.text() == "2 runs, 3.0 MiB on disk"
    assert shelf.tabText(0) == "Runs (2)"


def test_the_card_shows_the_chosen_run(shelf, runner):
    shelf.choose("kid")
    drain(runner)

    text = shelf.card.facts.text()
    assert "kid" in text
    assert "Teachers" in text
    assert "big" in text


def test_a_run_whose_folder_was_deleted_by_hand_says_so(shelf, desk, runner):
    shutil.rmtree(desk.session.project.runs.get("kid").folder)

    shelf.choose("kid")
    drain(runner)

    assert "is gone" in shelf.card.problem.text()
    assert not shelf.card.problem.isHidden()


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("own", "text"),
    [
        (12.5, "4.50 px worse than big (8.00 px) on val"),
        (6.0, "2.00 px better than big (8.00 px) on val"),
        (8.0, "as good as big on val"),
        (None, ""),
    ],
)
def test_a_student_is_held_against_its_teacher_on_its_card(desk, own, text):
    run = replace(desk.session.project.runs.get("kid"), best_error_px=own)

    rows = dict(facts_of(RunStory(run, teachers_px={"big": 8.0}), now=0.0))

    assert rows.get("Beside teachers", "") == text


def test_deleting_a_teacher_names_its_students_first(shelf, desk, runner, monkeypatch):
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda *args: asked.append(args[2]) or QMessageBox.StandardButton.Yes)
    shelf.choose("big")

    shelf.delete()
    drain(runner)

    assert "teacher or beginning of kid" in asked[0]
    assert "3.0 MiB" in asked[0]
    assert [run.name for run in desk.session.project.runs.all()] == ["kid"]
    assert desk.messages[-1] == "big was deleted."


def test_a_run_that_is_not_to_be_deleted_stays(shelf, desk, monkeypatch):
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.No)
    shelf.choose("kid")

    shelf.delete()

    assert len(desk.session.project.runs.all()) == 2


def test_a_renamed_run_stays_chosen(shelf, desk, runner, monkeypatch):
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: (" new ", True))
    shelf.choose("big")

    shelf.rename()
    drain(runner)

    assert shelf.table.chosen().name == "new"
    assert desk.session.project.runs.get("kid").teachers == ("new",)
    assert desk.messages[-1] == "big is called new now."


@pytest.mark.usefixtures("shelf")
def test_a_run_in_another_window_says_how_long_it_has_been_silent(desk, qtbot):
    run = desk.session.project.runs
    run.update("kid", status="running")
    card = RunCard(clock=lambda: 1000.0)
    qtbot.addWidget(card)

    story = RunStory(run.get("kid"), heard=930.0, data=DataFacts("f" * 64, 1, 2, 3), device="cpu", precision="32-true")
    card.show_story(replace(story, free_bytes=3 * 2**30))

    assert "running, last event 70 s ago" in card.facts.text()
    assert "1 labelled, 2 unlabelled, 3 to validate on" in card.facts.text()
    assert "cpu, 32-true; 3.0 GiB of memory free" in card.facts.text()


@pytest.mark.usefixtures("shelf")
def test_a_card_tells_of_one_silence_and_not_of_two(desk, qtbot):
    desk.session.project.runs.update("kid", status="running")
    card = RunCard(clock=lambda: 1000.0)
    qtbot.addWidget(card)
    card.show_story(RunStory(desk.session.project.runs.get("kid"), heard=930.0))

    card.tell_pace("step 3 of 10 · last event 2 s ago")
    assert "70 s" not in card.facts.text()

    card.tell_pace("")
    assert "70 s" in card.facts.text()


def test_a_run_that_trains_elsewhere_is_followed(shelf, desk, runner):
    shelf.show()
    desk.session.project.runs.update("kid", status="running", steps_done=1)
    shelf.look_at_project()
    shelf.choose("kid")
    drain(runner)

    desk.session.project.runs.update("kid", steps_done=40)
    shelf._follow()
    drain(runner)

    assert shelf.story.run.steps_done == 40
    assert "40" in shelf.card.facts.text()

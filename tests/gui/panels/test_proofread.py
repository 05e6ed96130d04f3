"""The Proofread panel, against a real session and a viewer without a window."""

import pytest
from numpy.testing import assert_allclose
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QInputDialog

from napari_kdland import jobs
from napari_kdland.events import Started
from napari_kdland.gui.panels.predict import PredictPanel
from napari_kdland.gui.panels.proofread import ProofreadPanel
from napari_kdland.gui.panels.train import TrainPanel
from napari_kdland.project import ImageScore
from napari_kdland.session.job_runner import JobStatus
from tests.gui.test_tones import themed
from tests.session.factories import a_project, drain
from tests.session.proofread import POINTS, RUNS, predict, rank

pytestmark = pytest.mark.gui

APART = POINTS.copy()
APART[1] += [3, 4]


@pytest.fixture
def proof_desk(desk, runner, tmp_path):
    """A desk with a project of three images of train, pool and pool, and predictions of a teacher and a student."""
    desk.session.open(a_project(tmp_path, splits=("train", "pool", "pool")))
    drain(runner)
    predict(desk.session.project, runs=("teacher",))
    predict(desk.session.project, points=APART, runs=("student",))
    return desk


@pytest.fixture
def panel(proof_desk, qtbot):
    panel = ProofreadPanel(proof_desk)
    qtbot.addWidget(panel)
    return panel


@pytest.fixture
def opened(panel, proof_desk, runner):
    panel.open(rank(proof_desk.session.project))
    drain(runner)
    return panel


def looked_ahead():
    yield Started("Checking")
    return jobs.Foresight(1.0, 0.1, 2**20, None, 2**20, 2**30, "Processor")


def cell(panel, row, column):
    return panel.model.index(row, column).data()


def test_without_a_trained_run_it_says_what_to_do(open_desk, qtbot):
    panel = ProofreadPanel(open_desk)
    qtbot.addWidget(panel)

    assert not panel.make_button.isEnabled()
    assert panel._hint.text() == "There is no trained run yet. Train one in the Train panel."
    assert panel._work.isHidden()
    wanted = []
    open_desk.wanted.connect(wanted.append)
    panel._hint.button.click()
    assert wanted == ["Train"]


def test_a_queue_without_a_line_says_so_and_opens_all_splits_on_request(panel, proof_desk, runner):
    panel.setup.split.setCurrentIndex(panel.setup.split.findData("val"))

    panel.open(rank(proof_desk.session.project))
    assert panel._work.isHidden()
    assert panel._hint.text() == "No image of val is in the queue of disagreement of runs."
    panel._hint.button.click()
    drain(runner)

    assert panel.setup.split.currentData() is None
    assert panel.model.rowCount() == 3


def test_without_a_project_it_says_so(desk, qtbot):
    panel = ProofreadPanel(desk)
    qtbot.addWidget(panel)

    assert panel._hint.text() == "No project is open. Open one in the Project panel."


def test_the_newest_student_is_ticked_with_its_teacher(proof_desk, qtbot):
    predict(proof_desk.session.project, runs=("other",))
    panel = ProofreadPanel(proof_desk)
    qtbot.addWidget(panel)

    assert panel.setup.chosen() == ("teacher", "other")


def test_too_few_runs_are_asked_for(panel):
    assert panel.setup.chosen() == RUNS

    panel.setup.choose("disagreement", ["student"])
    assert not panel.make_button.isEnabled()
    assert panel._hint.text() == "Disagreement of runs: tick 1 more run."

    panel.setup.choose("uncertainty", ["student"])
    assert panel.make_button.isEnabled()


def test_making_a_queue_scores_the_images_and_opens_it_with_the_students_predictions(panel, proof_desk, runner):
    panel.make()
    drain(runner)

    assert panel.jobs.handle.status is JobStatus.DONE, panel.jobs.handle.details
    assert panel.model.rowCount() == 3
    assert cell(panel, 0, 2) == "5.0 px"
    assert proof_desk.proofreading.run == panel.run.currentText() == "student"
    assert panel.progress.format() == "0 of 3 reviewed"
    assert all(button.isEnabled() for button in panel.card.judging)
    assert_allclose(proof_desk.pool.reader.prediction.data[1], [23, 34])


def test_a_queue_that_was_made_before_can_be_opened_again(panel, proof_desk, runner):
    assert panel.open_button.isHidden()
    rank(proof_desk.session.project)
    panel.setup.choose("disagreement", RUNS)
    assert not panel.open_button.isHidden()

    panel.open_button.click()
    drain(runner)

    assert panel.model.rowCount() == 3


def test_what_cannot_be_ranked_is_said_in_the_panel(panel, runner):
    panel.setup.choose("suspicion", ["student"])
    panel.make()
    drain(runner)

    assert "no image of train, val, pool has one that a reader placed" in panel.jobs._said.text()
    assert panel._work.isHidden()


def test_open_predictions_are_on_the_image_and_accepted_ones_give_way_to_the_label(opened, proof_desk):
    layer = proof_desk.pool.reader.prediction
    assert layer.visible
    assert len(layer.data) == 3

    proof_desk.actions.proof.accept()

    assert_allclose(layer.data, POINTS[[0, 2]])
    assert_allclose(proof_desk.pool.reader.landmarks.data, [[23, 34]])
    assert "1 accepted" in opened.card.about.text()
    assert "2 open" in opened.card.about.text()


def test_the_words_of_the_verdicts_follow_the_theme_and_the_landmark_stands_out(opened):
    card = opened.card
    opened.setStyleSheet(themed("dark"))
    opened.show()
    on_dark = card.chip.text(), card.about.text()

    opened.setStyleSheet(themed("light"))

    assert card.chip.text() != on_dark[0]
    assert card.about.text() != on_dark[1]
    assert "font-weight: bold" in card.chip.styleSheet()


@pytest.mark.usefixtures("opened")
def test_the_current_landmarks_prediction_stands_out(proof_desk):
    assert proof_desk.session.current == "angle"
    assert_allclose(proof_desk.pool.reader.prediction.face_color[:, 3], [0.6, 1, 0.6])

    proof_desk.session.choose("apex")
    assert_allclose(proof_desk.pool.reader.prediction.face_color[:, 3], [1, 0.6, 0.6])


@pytest.mark.usefixtures("opened")
def test_accept_all_names_what_stays_open(proof_desk):
    proof_desk.session.locking.toggle("border")

    proof_desk.actions.proof.accept_all()

    said = (
        "2 predictions accepted; undo takes all of them back. Still open, because locked or outside the image: border."
    )
    assert proof_desk.messages[-1] == said


@pytest.mark.usefixtures("opened")
def test_accept_all_and_one_undo(proof_desk):
    proof_desk.actions.proof.accept_all()
    assert proof_desk.messages[-1] == "3 predictions accepted; undo takes all of them back."
    assert proof_desk.session.landmarks.n_known == 3
    assert not proof_desk.pool.reader.prediction.visible

    proof_desk.actions.undo()
    assert proof_desk.session.landmarks.n_known == 0
    assert len(proof_desk.pool.reader.prediction.data) == 3


def test_r_rejects_a_prediction_and_resets_what_the_reader_placed(opened, proof_desk):
    keys = proof_desk.actions._table
    keys["not_yet"]()
    assert "1 rejected" in opened.card.about.text()

    proof_desk.session.editing.move("apex", (5.0, 5.0))
    proof_desk.session.choose("apex")
    keys["not_yet"]()
    assert proof_desk.session.landmarks.n_known == 0


def test_the_readers_own_point_stays_until_replace_is_pressed(opened, proof_desk):
    proof_desk.session.editing.move("angle", (5.0, 5.0))
    proof_desk.session.choose("angle")

    proof_desk.actions.proof.accept()
    assert "has a label already, placed by ann" in proof_desk.messages[-1]
    assert_allclose(proof_desk.session.landmarks["angle"], [5, 5])
    assert "labelled" in opened.card.chip.text()
    assert "placed by ann" in opened.card.about.text()

    proof_desk.actions.proof.replace()
    assert_allclose(proof_desk.session.landmarks["angle"], [23, 34])


def test_reviewing_counts_colours_and_goes_on(opened, proof_desk, runner):
    first = proof_desk.session.record.name
    proof_desk.actions.proof.review_and_go_on()
    drain(runner)

    assert proof_desk.session.record.name != first
    assert opened.progress.format() == "1 of 3 reviewed"
    assert cell(opened, 0, 3) == "ann"
    assert opened.view.currentIndex().row() == 1

    opened.view.clicked.emit(opened.model.index(0, 0))
    drain(runner)
    assert opened.card.marks.text().startswith("Reviewed by ann on 20")
    opened.card.back_button.click()
    assert opened.progress.format() == "0 of 3 reviewed"
    assert not opened.card.back_button.isEnabled()


@pytest.mark.usefixtures("opened")
def test_the_last_image_of_the_queue_says_so(proof_desk, runner):
    for _ in range(3):
        proof_desk.actions.proof.review_and_go_on()
        drain(runner)

    assert proof_desk.messages[-1] == "No image of the queue is left that nobody has reviewed."


def test_a_flag_asks_for_a_note_and_shows_it(opened, proof_desk, monkeypatch):
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("pacemaker", True))
    opened.card.unflag_button.click()
    proof_desk.actions.proof.flag()
    assert cell(opened, 0, 4) == "pacemaker"
    assert "Flagged by ann" in opened.card.marks.text()

    opened.card.unflag_button.click()
    assert cell(opened, 0, 4) == ""


@pytest.mark.usefixtures("opened")
def test_a_flag_that_is_not_given_is_not_set(proof_desk, monkeypatch):
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("pacemaker", False))
    proof_desk.actions.proof.flag()

    assert proof_desk.proofreading.marking.flag is None


def test_another_runs_predictions_can_be_shown(opened, proof_desk):
    opened.run.setCurrentText("teacher")
    opened.run.activated.emit(0)

    assert_allclose(proof_desk.pool.reader.prediction.data, POINTS)


def test_the_queue_can_be_of_landmarks_or_of_one_split(opened, proof_desk, runner):
    assert opened.view.isColumnHidden(1)
    opened.setup.lines.setCurrentIndex(1)
    drain(runner)
    assert opened.model.rowCount() == 9
    assert cell(opened, 0, 1) == "angle"
    assert not opened.view.isColumnHidden(1)

    opened.setup.split.setCurrentIndex(opened.setup.split.findData("train"))
    drain(runner)
    assert opened.model.rowCount() == 3
    assert {line.split for line in proof_desk.proofreading.queue.lines} == {"train"}


def test_a_split_that_is_not_in_the_queue_is_refused(opened, proof_desk):
    opened.setup.split.setCurrentIndex(opened.setup.split.findData("val"))

    assert "no images of val in this queue" in proof_desk.messages[-1]
    assert opened.model.rowCount() == 3


def test_closing_the_queue_takes_the_predictions_off_the_image(opened, proof_desk):
    proof_desk.proofreading.close()

    assert not proof_desk.pool.reader.prediction.visible
    assert opened._work.isHidden()
    assert opened._section._is_open


@pytest.mark.usefixtures("opened")
def test_the_predict_panel_leaves_the_predictions_alone_while_they_are_proofread(proof_desk, runner, qtbot):
    predict_panel = PredictPanel(proof_desk)
    qtbot.addWidget(predict_panel)
    assert len(proof_desk.pool.reader.prediction.data) == 3

    proof_desk.actions.proof.go_on()
    drain(runner)
    assert len(proof_desk.pool.reader.prediction.data) == 3

    proof_desk.proofreading.close()
    assert len(proof_desk.pool.reader.prediction.data) == 0


def test_edits_since_the_queue_was_made_are_counted(opened, proof_desk):
    proof_desk.actions.proof.accept()

    assert opened.age.text().endswith("Edits since: 1. Make it again to score them.")


def test_the_next_round_is_trained_as_the_run_with_the_labels_of_the_pool(
    opened, proof_desk, qtbot, runner, monkeypatch
):
    trained = []
    monkeypatch.setattr(jobs, "list_devices", lambda: iter(()))
    monkeypatch.setattr(jobs, "foresee_training", lambda _path, _order: looked_ahead())
    monkeypatch.setattr(jobs, "train_run", lambda _path, order: trained.append(order) or iter(()))
    train = TrainPanel(proof_desk)
    qtbot.addWidget(train)
    drain(runner)
    in_front = []
    proof_desk.wanted.connect(in_front.append)
    proof_desk.actions.proof.accept_all()
    assert opened.joins.text() == "Put the labelled images of the pool into train (1)"

    opened.next_button.click()

    assert in_front == ["Train"]
    assert proof_desk.session.project.records.get(2).split == "train"
    said = "1 images of the pool joined train. The next round begins, as student was trained, with all labels"
    assert proof_desk.messages[-1].startswith(said)
    drain(runner)
    assert [(order.recipe.name, order.labels) for order in trained] == [("supervised", None)]


def test_a_next_round_that_cannot_begin_says_why_beside_the_filled_form(opened, proof_desk, qtbot, runner, monkeypatch):
    monkeypatch.setattr(jobs, "list_devices", lambda: iter(()))
    monkeypatch.setattr(jobs, "train_run", pytest.fail)
    train = TrainPanel(proof_desk)
    qtbot.addWidget(train)
    drain(runner)

    opened.next_button.click()
    drain(runner)

    assert proof_desk.messages[-1] == train.setup.missing.text() != ""
    assert train.jobs.handle is None


def test_images_stay_in_the_pool_where_that_is_wanted(opened, proof_desk):
    proof_desk.actions.proof.accept_all()
    opened.joins.setChecked(False)

    opened.next_button.click()

    assert proof_desk.session.project.records.get(2).split == "pool"


def test_a_queue_made_for_a_project_that_was_closed_meanwhile_is_not_opened(panel, proof_desk, runner):
    panel.make()
    proof_desk.session.close()
    drain(runner)

    assert proof_desk.proofreading.queue is None


def test_the_table_names_its_columns_and_the_unit_of_the_score(panel, proof_desk):
    scores = {1: ImageScore(1.0), 2: ImageScore(2.0)}
    panel.open(proof_desk.session.project.scores.save("uncertainty", ["student"], scores))

    header = [panel.model.headerData(column, Qt.Orientation.Horizontal) for column in range(5)]
    assert header == ["Image", "Landmark", "Score", "Reviewed", "Flag"]
    assert cell(panel, 0, 2) == "2.0 px"


def test_who_reads_is_shown_and_changed_where_predictions_are_accepted(opened, proof_desk):
    opened.reader.field.setText("bob")
    opened.reader.field.editingFinished.emit()

    proof_desk.actions.proof.review_and_go_on()

    assert opened.reader.isVisibleTo(opened)
    assert cell(opened, 0, 3) == "bob"


def test_only_ones_own_review_can_be_taken_back_after_a_change_of_reader(opened, proof_desk):
    proof_desk.session.paging.go_to(2)
    proof_desk.proofreading.marking.mark_reviewed()
    assert opened.card.back_button.isEnabled()

    proof_desk.session.reader = "bob"

    assert not opened.card.back_button.isEnabled()


def test_to_a_blind_reader_it_says_why_no_prediction_is_shown(opened, proof_desk):
    proof_desk.session.blind.set(True)

    assert opened.card.chip.text() == "You read blind: no run's prediction is shown"
    proof_desk.session.blind.set(False)
    assert "You read blind" not in opened.card.chip.text()

"""The Predict panel."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog

from napari_kdland import jobs
from napari_kdland.anatomy import Landmarks
from napari_kdland.evaluation.abstention import Limit
from napari_kdland.events import Started
from napari_kdland.gui.certainty import CertaintyChoice
from napari_kdland.gui.panels.predict import PredictPanel
from napari_kdland.jobs.limits import chosen_limit
from napari_kdland.recipes import load_recipe
from napari_kdland.recipes.asking import Asking
from tests.session.factories import NAMES, drain, some_regions

pytestmark = pytest.mark.gui

# How the runs were asked, beside what of.
asked_how = []
POINTS = np.array([[10.0, 10.0], [20.0, 30.0], [40.0, 20.0]])


@pytest.fixture
def asked(monkeypatch):
    asked = []
    asked_how.clear()

    def predict_run(_path, run, chosen, *, out=None, asking=None, limit=None):
        asked.append((run, chosen, out))
        asked_how.append((asking, limit))
        yield Started("Predicting", 1)
        return jobs.PredictionResult({"image_0.png": Landmarks.placed(NAMES, POINTS)}, ("bad.dcm is cut short.",))

    def predict_heatmaps(_path, run, image_id):
        asked.append((run, image_id))
        yield Started("Predicting", 1)
        heatmaps = np.zeros((3, 32, 32), np.float16)
        heatmaps[0, 3, 3], heatmaps[1, 4, 4] = 0.5, 1.0
        return jobs.ShownPrediction(run, Landmarks.placed(NAMES, POINTS), heatmaps, 2.0, (0.5, 0.5))

    monkeypatch.setattr(jobs, "predict_run", predict_run)
    monkeypatch.setattr(jobs, "predict_heatmaps", predict_heatmaps)
    return asked


@pytest.fixture
def panel(open_desk, qtbot):
    runs = open_desk.session.project.runs
    runs.create("small", recipe=load_recipe("supervised"))
    runs.update("small", status="done", steps_done=10)
    panel = PredictPanel(open_desk)
    qtbot.addWidget(panel)
    return panel


def test_without_a_trained_run_there_is_nothing_to_press(open_desk, qtbot):
    panel = PredictPanel(open_desk)
    qtbot.addWidget(panel)

    assert not panel.predict_button.isEnabled()
    assert "Train one" in panel._hint.text()
    wanted = []
    open_desk.wanted.connect(wanted.append)
    panel._hint.button.click()
    assert wanted == ["Train"]


def test_the_image_on_screen_gets_points_and_heatmap(panel, open_desk, runner, asked):
    panel.predict()
    drain(runner)

    group = open_desk.pool.reader
    assert asked == [("small", open_desk.session.record.image_id)]
    assert_allclose(group.prediction.data, POINTS)
    assert group.prediction.visible
    assert group.heatmap.visible
    assert group.heatmap.data.max() == 0.5  # of the current landmark, the first


def test_who_reads_blind_is_told_that_no_prediction_is_shown(panel, open_desk):
    open_desk.session.blind.set(True)
    assert "not while you read blind" in panel.shows.text()

    open_desk.session.blind.set(False)
    assert "blind" not in panel.shows.text()


def test_the_readers_own_landmarks_are_not_touched(panel, open_desk, runner, asked):
    panel.predict()
    drain(runner)

    assert open_desk.session.landmarks.n_known == 0
    assert open_desk.session.project.annotations.last_edit_id() == 0
    assert len(asked) == 1


def test_the_next_image_is_predicted_too_while_it_is_ticked(panel, open_desk, runner, asked):
    panel.predict()
    drain(runner)

    open_desk.session.paging.go_next()
    drain(runner)

    assert asked[-1] == ("small", open_desk.session.record.image_id)
    assert open_desk.pool.reader.prediction.visible


def test_unticking_hides_the_prediction(panel, open_desk, runner, asked):
    panel.predict()
    drain(runner)

    panel.shows.setChecked(False)

    assert not open_desk.pool.reader.prediction.visible
    assert not open_desk.pool.reader.heatmap.visible
    assert len(asked) == 1


def test_a_split_goes_to_the_project_and_to_a_table(panel, runner, asked, tmp_path):
    panel.where.setCurrentIndex(panel.where.findData("pool"))
    panel.out.edit.setText(str(tmp_path / "out.csv"))

    panel.predict()
    drain(runner)

    assert asked == [("small", jobs.ChosenImages(split="pool"), tmp_path / "out.csv")]
    assert "1 images were predicted" in panel.jobs._said.text()
    assert "bad.dcm is cut short." in panel.jobs._said.text()


@pytest.mark.usefixtures("asked")
def test_a_way_and_a_limit_go_along(panel, runner):
    panel.where.setCurrentIndex(panel.where.findData("pool"))
    panel.certainty.way.setCurrentText("dropout")
    panel.certainty.passes.setValue(4)
    panel.certainty.beyond.setValue(12.5)
    panel.certainty.level.setCurrentIndex(2)

    panel.predict()
    drain(runner)

    assert asked_how == [(Asking("dropout", passes=4), Limit(12.5, 0.95))]


def test_an_ensemble_wants_runs_beside_the_one_that_predicts(panel, open_desk, runner, asked):
    runs = open_desk.session.project.runs
    runs.create("other", recipe=load_recipe("supervised"))
    runs.update("other", status="done", steps_done=10)
    open_desk.session.runs_changed.emit()
    panel.run.setCurrentText("small")
    said = []
    open_desk.said.connect(lambda text, _: said.append(text))
    panel.where.setCurrentIndex(panel.where.findData("pool"))
    panel.certainty.way.setCurrentText("ensemble")

    panel.predict()
    assert asked == []
    assert "Name runs for an ensemble" in said[-1]

    panel.certainty.others.item(0).setCheckState(Qt.CheckState.Checked)
    open_desk.session.runs_changed.emit()
    panel.predict()
    drain(runner)
    assert asked_how == [(Asking("ensemble", ("other",)), Limit())]


def test_the_limit_of_a_run_is_kept_with_it_and_marks_the_image_on_screen_anew(panel, open_desk, runner, asked):
    panel.predict()
    drain(runner)
    panel.certainty.beyond.setValue(8)

    panel.predict()
    drain(runner)

    project = open_desk.session.project
    assert chosen_limit(project, "small") == Limit(8.0, 0.9)
    assert [each[0] for each in asked] == ["small", "small"]
    fresh = CertaintyChoice()
    fresh.look_at(project, "small")
    assert fresh.limit() == Limit(8.0, 0.9)
    fresh.deleteLater()


def test_what_is_typed_stays_while_runs_come_and_go(panel, open_desk):
    panel.certainty.beyond.setValue(8)

    open_desk.session.runs_changed.emit()

    assert panel.certainty.limit() == Limit(8.0, 0.9)


def test_a_folder_is_asked_for(panel, runner, asked, tmp_path, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    panel.where.setCurrentIndex(panel.where.findData("folder"))

    panel.predict()
    drain(runner)

    assert asked[0][1] == jobs.ChosenImages(paths=(tmp_path,))


def test_closing_the_file_dialog_predicts_nothing(panel, asked, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([], ""))
    panel.where.setCurrentIndex(panel.where.findData("files"))

    panel.predict()

    assert asked == []
    assert not panel.jobs.is_busy


def says_regions(monkeypatch, *, landmarks):
    def predict_heatmaps(_path, run, _image_id):
        yield Started("Predicting", 1)
        heatmaps = np.zeros((len(landmarks), 8, 8), np.float16)
        return jobs.ShownPrediction(run, Landmarks.not_yet(landmarks), heatmaps, 8.0, regions=some_regions(shift=2))

    monkeypatch.setattr(jobs, "predict_heatmaps", predict_heatmaps)


def a_panel(desk, qtbot):
    desk.session.project.runs.create("small", recipe=load_recipe("supervised"))
    desk.session.project.runs.update("small", status="done", steps_done=10)
    panel = PredictPanel(desk)
    qtbot.addWidget(panel)
    return panel


def test_predicted_regions_lie_over_the_readers_with_gaps(region_desk, qtbot, runner, monkeypatch):
    says_regions(monkeypatch, landmarks=NAMES)
    panel = a_panel(region_desk, qtbot)

    panel.predict()
    drain(runner)

    group = region_desk.pool.reader
    assert group.predicted_masks.visible
    assert group.predicted_masks.data is region_desk.forecasts.get("small", 1).outlined.dashed
    assert group.masks.visible


def test_predicted_regions_go_with_the_prediction_and_with_the_key(region_desk, qtbot, runner, monkeypatch):
    says_regions(monkeypatch, landmarks=NAMES)
    panel = a_panel(region_desk, qtbot)
    panel.predict()
    drain(runner)
    layer = region_desk.pool.reader.predicted_masks

    region_desk.companions.show_masks(False)
    assert not layer.visible

    region_desk.companions.show_masks(True)
    panel.shows.setChecked(False)
    assert not layer.visible


def test_a_run_without_landmarks_shows_its_regions_alone(mask_desk, qtbot, runner, monkeypatch):
    says_regions(monkeypatch, landmarks=())
    panel = a_panel(mask_desk, qtbot)

    panel.predict()
    drain(runner)

    assert mask_desk.pool.reader.predicted_masks.visible
    assert not mask_desk.pool.reader.heatmap.visible

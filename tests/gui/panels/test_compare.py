"""The Compare panel."""

import threading

import numpy as np
import pytest

from napari_kdland import jobs
from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.evaluation import RegionFigures, compare, compare_regions, sum_up
from napari_kdland.evaluation.found_by import FoundBy
from napari_kdland.events import Started
from napari_kdland.gui.compat import grid_of
from napari_kdland.gui.error_tables import image_dice
from napari_kdland.gui.layers.scene import CURRENT, Spread, View
from napari_kdland.gui.layers.style import STUDENTS, TEACHER
from napari_kdland.gui.panels.compare import ComparePanel
from napari_kdland.gui.split_figures import verdict_lines
from napari_kdland.project import Annotation
from napari_kdland.recipes import load_recipe
from tests.evaluation.factories import a_prediction, a_truth
from tests.session.factories import NAMES, drain, some_regions, wait_for

pytestmark = pytest.mark.gui

TRUTH = np.array([[10.0, 10.0], [20.0, 30.0], [40.0, 20.0]])
OFFSETS = {"big": 1.0, "small": 3.0}
SPREAD = np.tile(4.0 * np.eye(2), (3, 1, 1))


def said_by(run):
    return Landmarks.placed(NAMES, TRUTH + np.array([0.0, OFFSETS[run]]))


@pytest.fixture
def asked(monkeypatch):
    asked = []

    def predict(_path, run, image_id):
        asked.append((run, image_id))
        yield Started("Predicting", 1)
        return jobs.ShownPrediction(run, said_by(run), np.ones((3, 8, 8), np.float16), 4.0, (1.5, 1.5), None, SPREAD)

    def compare_runs(_path, runs, *, baseline, split, report):
        asked.append((runs, baseline, split, report))
        yield Started("Measuring", 1)
        truth = {f"image_{i}": Landmarks.placed(NAMES, TRUTH) for i in range(3)}
        return compare({run: dict.fromkeys(truth, said_by(run)) for run in runs}, truth, baseline=baseline)

    monkeypatch.setattr(jobs, "predict_heatmaps", predict)
    monkeypatch.setattr(jobs, "compare_runs", compare_runs)
    return asked


@pytest.fixture
def panel(open_desk, qtbot):
    project = open_desk.session.project
    for name in OFFSETS:
        project.runs.create(name, recipe=load_recipe("supervised"), teachers=["/runs/big"] if name == "small" else [])
        project.runs.update(name, status="done", steps_done=10, best_error_px=3.0)
    image_id = open_desk.session.record.image_id
    rows = [
        Annotation(image_id, name, LandmarkState.PLACED, tuple(point))
        for name, point in zip(NAMES, TRUTH.tolist(), strict=True)
    ]
    project.annotations.edit_many(rows, reader="ann")
    open_desk.session.reload_images()
    panel = ComparePanel(open_desk)
    qtbot.addWidget(panel)
    return panel


def column(table, index):
    return [table.item(row, index).text() for row in range(table.rowCount())]


def test_without_a_trained_run_it_points_to_the_train_panel(open_desk, qtbot):
    panel = ComparePanel(open_desk)
    qtbot.addWidget(panel)

    assert panel._pages.currentIndex() == 0


def test_chosen_runs_stand_side_by_side_with_the_reader(panel, open_desk, runner, asked):
    panel.choose(["big", "small"])
    drain(runner)

    groups = open_desk.pool.runs(2)
    assert grid_of(open_desk.viewer).enabled
    assert [group.landmarks.name for group in groups] == ["big", "small"]
    assert len(asked) == 2


def test_a_run_that_taught_another_has_the_teachers_style(panel):
    panel.choose(["big", "small"])
    panel.baseline.setCurrentText("small")

    styles = panel.styles()

    assert styles["big"] is TEACHER
    assert styles["small"] is not STUDENTS[0]  # the baseline


def test_the_errors_of_this_image_are_in_pixels_without_spacing(panel, runner, asked):
    panel.choose(["big", "small"])
    drain(runner)

    table = panel.image_errors
    assert table.horizontalHeaderItem(0).text() == "Error, px"
    assert column(table, 0) == [*NAMES, "Mean"]
    assert column(table, 1) == ["1.0"] * 4
    assert column(table, 2) == ["3.0"] * 4
    assert len(asked) == 2


def test_correcting_a_landmark_changes_its_error_at_once(panel, open_desk, runner, asked):
    panel.choose(["big"])
    drain(runner)

    open_desk.session.editing.move("apex", (10.0, 11.0))

    assert panel.image_errors.item(0, 1).text() == "0.0"
    assert len(asked) == 1


def test_the_next_image_is_predicted_and_coming_back_is_not(panel, open_desk, runner, asked):
    panel.choose(["big"])
    drain(runner)
    open_desk.session.paging.go_next()
    drain(runner)
    assert len(asked) == 2

    open_desk.session.paging.go_previous()
    drain(runner)

    assert len(asked) == 2


def test_cells_stay_while_the_next_image_is_being_predicted(panel, open_desk, runner, asked, monkeypatch):
    panel.choose(["big"])
    drain(runner)
    hidden, (group,), go_on = [], open_desk.pool.runs(1), threading.Event()
    group.radiograph.events.visible.connect(hidden.append)
    predict = jobs.predict_heatmaps
    monkeypatch.setattr(jobs, "predict_heatmaps", lambda *args: go_on.wait(20) and predict(*args))

    open_desk.session.paging.go_next()
    wait_for(runner, lambda: open_desk.session.record.name == "image_1.png")
    n_before = len(group.landmarks.data)
    go_on.set()
    drain(runner)

    assert (n_before, len(group.landmarks.data)) == (0, 3)
    assert group.radiograph.data is open_desk.session.radiograph.values
    assert hidden == []
    assert len(asked) == 2


def test_choosing_none_leaves_the_grid(panel, open_desk, runner, asked):
    panel.choose(["big"])
    drain(runner)

    panel.choose([])

    assert not grid_of(open_desk.viewer).enabled
    assert panel.image_errors.rowCount() == 0
    assert len(asked) == 1


def test_overlaid_instead_of_side_by_side(panel, open_desk, runner, asked):
    panel.choose(["big"])
    drain(runner)

    panel.view.view.setCurrentText(View.OVERLAY)

    assert not grid_of(open_desk.viewer).enabled
    assert open_desk.pool.runs(1)[0].landmarks.visible
    assert len(asked) == 1


def test_the_heatmap_follows_the_current_landmark(panel, open_desk, runner, asked, monkeypatch):
    panel.choose(["big"])
    panel.view.heatmap.setCurrentText(CURRENT)
    drain(runner)
    seen = []
    monkeypatch.setattr(
        open_desk.compared, "show", lambda scene, _runs, wish: seen.append((scene.current, wish.heatmap))
    )

    open_desk.session.choose("border")

    assert seen == [("border", CURRENT)]
    assert len(asked) == 1


def test_a_split_is_measured_against_the_baseline(panel, runner, asked):
    panel.choose(["big", "small"])
    panel.baseline.setCurrentText("small")
    panel.figures.split.setCurrentText("val")

    panel.measure()
    drain(runner)

    assert asked[-1] == (("big", "small"), "small", "val", None)
    errors = panel.figures.split_errors
    assert [errors.verticalHeaderItem(row).text() for row in range(2)] == ["small (baseline)", "big"]
    assert errors.item(1, 0).text() == "1.0  (-2.0)"
    assert "3 images of val" in panel.figures.verdict.text()


@pytest.mark.usefixtures("asked")
def test_figures_stay_while_other_runs_begin_and_go_once_their_own_run_trains_on(panel, open_desk, runner):
    project = open_desk.session.project
    panel.choose(["big"])
    panel.measure()
    drain(runner)
    rows = panel.figures.split_errors.rowCount()

    project.runs.create("later", recipe=load_recipe("supervised"), labels=1, seed=0, device="cpu")
    open_desk.session.refresh()
    assert rows == panel.figures.split_errors.rowCount() > 0

    project.runs.update("big", status="running")
    open_desk.session.refresh()
    assert panel.figures.split_errors.rowCount() == 0


@pytest.mark.usefixtures("asked")
def test_figures_go_when_the_project_is_opened_anew_as_after_a_change_of_its_scheme(panel, open_desk, runner):
    panel.choose(["big"])
    panel.measure()
    drain(runner)
    assert panel.figures.split_errors.rowCount() > 0

    open_desk.session.open(open_desk.session.project.path)

    assert panel.figures.split_errors.rowCount() == 0


@pytest.mark.usefixtures("asked")
def test_figures_that_come_after_the_project_was_closed_end_in_no_error(panel, open_desk, runner):
    panel.choose(["big"])
    panel.measure()

    open_desk.session.close()
    drain(runner)

    assert panel.figures.jobs.handle.status.is_final


def test_a_report_goes_where_it_is_asked_for(panel, runner, asked, tmp_path):
    panel.choose(["big"])

    panel.measure(tmp_path / "report.html")
    drain(runner)

    assert asked[-1][3] == tmp_path / "report.html"
    assert "report.html" in panel.figures.jobs._said.text()


def test_runs_that_have_learnt_more_are_predicted_anew(panel, open_desk, runner, asked):
    panel.choose(["big"])
    drain(runner)

    open_desk.session.runs_changed.emit()
    drain(runner)

    assert panel.chosen() == ["big"]
    assert len(asked) == 2


def region_figures(truth, found):
    dice = image_dice(found, truth)
    nothing = np.full(2, 2.5)
    flags = np.ones(2, dtype=bool)
    return RegionFigures(truth.names, dice, nothing, nothing, None, None, flags, flags, flags)


@pytest.fixture
def with_regions(monkeypatch):
    """Let runs know regions: big finds them 1 pixel off, small 3."""

    def predict(_path, run, _image_id):
        yield Started("Predicting", 1)
        heatmaps = np.zeros((3, 8, 8), np.float16)
        regions = some_regions(shift=int(OFFSETS[run]))
        return jobs.ShownPrediction(run, said_by(run), heatmaps, 8.0, (3.5, 3.5), regions)

    def compare_runs(_path, runs, *, baseline, split, report):  # noqa: ARG001 - the job's own signature
        yield Started("Measuring", 1)
        truth = some_regions()
        return compare_regions(
            {
                run: sum_up({"image_0.png": region_figures(truth, some_regions(shift=int(OFFSETS[run])))})
                for run in runs
            },
            baseline=baseline,
        )

    monkeypatch.setattr(jobs, "predict_heatmaps", predict)
    monkeypatch.setattr(jobs, "compare_runs", compare_runs)


def a_panel(desk, qtbot):
    for name in OFFSETS:
        desk.session.project.runs.create(name, recipe=load_recipe("supervised"))
        desk.session.project.runs.update(name, status="done", steps_done=10, best_dice=0.9)
    panel = ComparePanel(desk)
    qtbot.addWidget(panel)
    panel.choose(["big", "small"])
    return panel


@pytest.mark.usefixtures("with_regions")
def test_the_dice_of_this_image_stands_below_the_errors(region_desk, qtbot, runner):
    panel = a_panel(region_desk, qtbot)
    drain(runner)

    rows = column(panel.image_errors, 0)
    assert rows == [*NAMES, "Mean", "■ LUNG, Dice %", "■ HEART, Dice %", "Mean, Dice %"]
    assert column(panel.image_errors, 1)[4:] == ["96.7", "96.0", "96.3"]
    assert column(panel.image_errors, 2)[4:] == ["90.0", "88.0", "89.0"]


@pytest.mark.usefixtures("with_regions")
def test_runs_show_their_regions_in_their_cells(region_desk, qtbot, runner):
    panel = a_panel(region_desk, qtbot)
    drain(runner)
    groups = region_desk.pool.runs(2)
    assert [group.masks.visible for group in groups] == [True, True]

    panel.view.regions.setChecked(False)

    assert [group.masks.visible for group in groups] == [False, False]
    assert not region_desk.pool.reader.masks.visible


@pytest.mark.usefixtures("with_regions")
def test_dice_is_measured_once_for_an_image(region_desk, qtbot, runner, monkeypatch):
    measured = []
    monkeypatch.setattr(
        "napari_kdland.gui.panels.compare.image_dice", lambda *_: measured.append(1) or np.array([0.5, 0.5])
    )
    a_panel(region_desk, qtbot)
    drain(runner)
    n_measured = len(measured)

    region_desk.session.editing.place((10.0, 20.0))

    assert len(measured) == n_measured == 2


@pytest.mark.usefixtures("with_regions")
def test_without_landmarks_regions_are_compared_alone(mask_desk, qtbot, runner):
    panel = a_panel(mask_desk, qtbot)
    drain(runner)
    assert panel.image_errors.horizontalHeaderItem(0).text() == "Dice, %"
    assert column(panel.image_errors, 0) == ["■ LUNG", "■ HEART", "Mean"]

    panel.measure()
    drain(runner)

    table = panel.figures.region_errors
    assert panel.figures.split_errors.isHidden()
    assert column(table, 0) == ["All regions", "", "■ LUNG", "", "■ HEART", ""]
    assert column(table, 1) == ["big", "small"] * 3
    assert column(table, 2)[2:4] == ["96.7", "90.0"]
    assert table.item(2, 2).font().bold()


def test_a_project_without_regions_has_neither_switch_nor_table_for_them(panel, runner, asked):
    panel.choose(["big"])
    panel.measure()
    drain(runner)

    assert panel.view.regions.isHidden()
    assert panel.figures.region_errors.isHidden()
    assert len(asked) == 2


def test_readers_are_offered_where_several_have_read(panel, open_desk, runner, asked):
    assert panel.sources.count() == 2
    image_id = open_desk.session.record.image_id
    open_desk.session.project.annotations.edit(image_id, "apex", LandmarkState.PLACED, (13.0, 14.0), reader="bob")

    open_desk.session.runs_changed.emit()
    panel.choose(["big", "bob (reader)"])
    drain(runner)

    groups = open_desk.pool.runs(2)
    assert [group.landmarks.name for group in groups] == ["big", "bob (reader)"]
    assert groups[1].landmarks.data.tolist() == [[13.0, 14.0]]
    assert panel.chosen() == ["big"]
    assert {run for run, _ in asked} == {"big"}


def test_who_reads_blind_sees_no_other_reading(panel, open_desk, runner, asked):
    project, image_id = open_desk.session.project, open_desk.session.record.image_id
    project.annotations.edit(image_id, "apex", LandmarkState.PLACED, (13.0, 14.0), reader="bob")
    open_desk.session.runs_changed.emit()
    panel.choose(["bob (reader)"])
    assert len(open_desk.pool.runs(1)[0].landmarks.data) == 1

    open_desk.session.blind.set(True)
    drain(runner)

    assert len(open_desk.pool.runs(1)[0].landmarks.data) == 0
    assert asked == []
    assert "You read blind" in panel._hint.text()
    open_desk.session.blind.set(False)
    assert panel._hint.text() == ""


def test_the_legend_names_every_source_on_screen(panel, runner, asked):
    panel.choose(["big", "small"])
    drain(runner)
    assert panel._legend.names == ("Reader", "big", "small")

    panel.choose([])

    assert panel._legend.names == ()
    assert len(asked) == 2


def test_the_slider_parts_a_swipe_and_the_mouse_moves_the_slider(panel, open_desk, runner, asked):
    panel.choose(["big", "small"])
    panel.view.view.setCurrentText(View.SWIPE)
    drain(runner)
    big, small = open_desk.pool.runs(2)

    panel.view.split.setValue(0)
    assert (len(big.landmarks.data), len(small.landmarks.data)) == (0, 3)

    open_desk.compared._drag_split(49.5)
    assert panel.view.split.value() == 1000
    assert (len(big.landmarks.data), len(small.landmarks.data)) == (3, 0)
    assert len(asked) == 2


def test_ellipses_come_from_the_runs_covariance(panel, open_desk, runner, asked):
    panel.view.errors.setChecked(False)
    panel.choose(["big"])
    panel.view.spread.setCurrentText(Spread.MOST)
    drain(runner)

    assert len(open_desk.pool.runs(1)[0].errors.data) == 3 * 40
    assert len(asked) == 1


def test_discs_hold_the_truth_at_the_chosen_level_in_the_layers_that_there_are(
    panel, open_desk, runner, asked, monkeypatch
):
    def predict(_path, run, image_id):
        asked.append((run, image_id))
        heatmaps, radii = np.ones((3, 8, 8), np.float16), {0.8: np.full(3, 2.0), 0.95: np.full(3, np.inf)}
        found_by = FoundBy("heatmap", 5)
        yield Started("Predicting", 1)
        return jobs.ShownPrediction(run, said_by(run), heatmaps, covariance=SPREAD, found_by=found_by, radii_px=radii)

    monkeypatch.setattr(jobs, "predict_heatmaps", predict)
    panel.view.errors.setChecked(False)
    panel.choose(["big"])
    drain(runner)
    layers = list(open_desk.viewer.layers)

    panel.view.spread.setCurrentText(Spread.DISC_80)
    starts = open_desk.pool.runs(1)[0].errors.data[:, 0]
    assert np.allclose(np.linalg.norm(starts[:40] - said_by("big").points[0], axis=1), 2.0)
    assert "in 80 % of cases (big: heatmap, calibrated on 5 images of val)" in panel.view.spread_note.said.text()
    assert "2.0 px" in panel.view.spread_note.said.toolTip()

    panel.view.spread.setCurrentText(Spread.DISC_95)
    assert len(open_desk.pool.runs(1)[0].errors.data) == 0
    assert "needs 19 annotated images of val, and there are 5" in panel.view.spread_note.missing.text()
    assert list(open_desk.viewer.layers) == layers

    panel.choose([])
    assert panel.view.spread_note.isHidden()


def test_a_click_on_a_figure_opens_its_worst_image_at_the_landmark(panel, open_desk, runner, asked, monkeypatch):
    def compare_runs(_path, runs, *, baseline, split, report):  # noqa: ARG001 - the job's own signature
        yield Started("Measuring", 1)
        truth = {f"image_{i}.png": Landmarks.placed(NAMES, TRUTH) for i in range(3)}
        far = Landmarks.placed(NAMES, TRUTH + np.array([[0.0, 0.0], [0.0, 9.0], [0.0, 0.0]]))
        return compare({run: truth | {"image_2.png": far} for run in runs}, truth, baseline=baseline)

    monkeypatch.setattr(jobs, "compare_runs", compare_runs)
    panel.choose(["big"])
    panel.figures.split.setCurrentText("test")
    panel.measure()
    drain(runner)

    panel.figures.split_errors.cellClicked.emit(0, 0)
    drain(runner)

    assert open_desk.session.record.name == "image_2.png"
    assert open_desk.session.current == "angle"
    assert len(panel.plots.points()) == 9
    assert asked


def test_figures_are_taken_apart_by_landmark_on_request_and_put_together_again(panel, runner, asked):
    panel.choose(["big", "small"])
    panel.measure()
    drain(runner)
    figures = panel.figures

    figures.by.setCurrentText("By landmark")

    assert (figures.split_errors.isHidden(), figures.apart.isHidden()) == (True, False)
    assert figures.apart.rowCount() == (1 + 2) * len(NAMES)
    figures.by.setCurrentText("All landmarks")
    assert (figures.split_errors.isHidden(), figures.apart.isHidden()) == (False, True)
    assert asked


def test_a_scheme_without_groups_says_so_and_shows_all_landmarks(panel, open_desk, runner, asked):
    panel.choose(["big", "small"])
    panel.measure()
    drain(runner)

    panel.figures.by.setCurrentText("By group")

    assert "names no groups" in open_desk.messages[-1]
    assert not panel.figures.split_errors.isHidden()
    assert asked


def test_a_report_has_one_row_for_all_seeds_where_that_is_ticked(panel, runner, asked, monkeypatch, tmp_path):
    def compare_seeds(*given, **wishes):
        asked.append("seeds")
        comparison = yield from jobs.compare_runs(*given, **wishes)
        return jobs.SeedComparison(comparison, {}, None)

    monkeypatch.setattr(jobs, "compare_seeds", compare_seeds)
    panel.choose(["big", "small"])
    panel.figures.group_seeds.setChecked(True)

    panel.measure()
    drain(runner)
    assert "seeds" not in asked
    panel.measure(tmp_path / "report.html")
    drain(runner)

    assert "seeds" in asked
    assert panel.figures.split_errors.rowCount() == 2


def test_a_figure_without_an_image_says_so(panel, open_desk, runner, asked):
    panel.choose(["big"])
    panel.measure()
    drain(runner)
    metrics = panel.figures.split_errors._metrics
    place = [metric.name for metric in metrics].index("n_missing")

    panel.figures.split_errors.cellClicked.emit(0, place)

    assert "No single image" in open_desk.messages[-1]
    assert asked


def test_a_window_that_closes_over_a_comparison_makes_no_layer_anew(panel, open_desk, runner, asked):
    panel.choose(["big", "small"])
    drain(runner)
    assert len(asked) == 2
    open_desk.viewer.layers.clear()
    open_desk.is_closing = True

    open_desk.session.close()

    assert not {"big", "small"} & {layer.name for layer in open_desk.viewer.layers}


def test_deleting_every_layer_in_naparis_list_does_not_end_a_comparison(panel, open_desk, runner, asked):
    panel.choose(["big", "small"])
    drain(runner)
    assert len(asked) == 2

    open_desk.viewer.layers.clear()
    open_desk.compared.fit_grid()
    panel.choose(["big"])
    drain(runner)

    assert "big" in [layer.name for layer in open_desk.viewer.layers if layer.visible]


def test_a_verdict_keeps_the_sign_before_a_small_p(qapp):  # noqa: ARG001 - a document needs the application
    from qtpy.QtGui import QTextDocument

    truth = a_truth(12)
    comparison = compare({"plain": a_prediction(truth, 9.0), "<good>": a_prediction(truth, 1.0, seed=2)}, truth)
    shown = QTextDocument()

    shown.setHtml("<br>".join(verdict_lines(comparison)))

    assert "<good>: better than plain" in shown.toPlainText()
    assert "p < 0.001, 12 images)" in shown.toPlainText()

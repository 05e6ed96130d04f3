"""Doubtful labels in the Proofread panel: from what the command found to the landmark on screen, with the reason."""

import imageio.v3 as iio
import numpy as np
import pytest
from numpy.testing import assert_allclose
from qtpy.QtCore import Qt

from napari_kdland import events, images, jobs
from napari_kdland.anatomy import Landmarks, LandmarkState, Scheme
from napari_kdland.gui.compat import camera_of
from napari_kdland.gui.panels.proofread import ProofreadPanel
from napari_kdland.project import Annotation, Project
from napari_kdland.recipes import load_recipe
from tests.session.factories import drain

pytestmark = pytest.mark.gui

NAMES = ("right_apex", "left_apex", "right_base", "left_base")
MEAN = np.array([[10.0, 12.0], [10.0, 40.0], [50.0, 8.0], [50.0, 44.0]])
SWAPPED, SHIFTED = "image_3.png", "image_6.png"


def a_doubtful_project(folder):
    """Make 13 annotated images: in one the apices are swapped, in another the left base lies 25 pixels too high."""
    scheme = Scheme.model_validate(
        {
            "name": "lungs",
            "landmarks": [{"name": name} for name in NAMES],
            "pairs": [NAMES[:2], NAMES[2:]],
        }
    )
    drawn = np.random.default_rng(0)
    with Project.create(folder / "doubtful", scheme) as project:
        for number in range(13):
            path = folder / f"image_{number}.png"
            iio.imwrite(path, drawn.integers(0, 255, (60, 52), dtype=np.uint8))
            record = project.records.add(images.read(path), path, split="train")
            points = MEAN + drawn.normal(0, 0.5, MEAN.shape)
            if record.name == SWAPPED:
                points[[0, 1]] = points[[1, 0]]
            if record.name == SHIFTED:
                points[3, 0] -= 25
            told = [
                Annotation(record.image_id, name, LandmarkState.PLACED, (float(y), float(x)))
                for name, (y, x) in zip(NAMES, points, strict=True)
            ]
            project.annotations.edit_many(told, reader="ann")
        return project.path


@pytest.fixture
def doubtful(desk, runner, tmp_path):
    """A project without a run, in which `kdland doubt` has looked."""
    path = a_doubtful_project(tmp_path)
    events.run(jobs.find_doubts(path, jobs.Inspection(folds=0), tmp_path / "doubts"))
    desk.session.open(path)
    drain(runner)
    return desk


@pytest.fixture
def panel(doubtful, qtbot):
    panel = ProofreadPanel(doubtful)
    qtbot.addWidget(panel)
    panel.setup.choose("doubtful-labels", ())
    return panel


def click(panel, name, runner):
    rows = {panel.model.index(row, 0).data(): row for row in range(panel.model.rowCount())}
    panel.view.clicked.emit(panel.model.index(rows[name], 0))
    drain(runner)


def test_a_click_in_the_list_of_doubts_opens_the_image_at_the_landmark_with_the_reason(panel, doubtful, runner):
    panel.open_button.click()
    drain(runner)

    click(panel, SHIFTED, runner)

    assert (doubtful.session.record.name, doubtful.session.current) == (SHIFTED, "left_base")
    assert panel.why.isVisibleTo(panel)
    assert panel.why.text().startswith("Left base lies 2")
    assert not any(button.isEnabled() for button in panel.card.judging)
    here = panel.view.currentIndex()
    assert "times the usual spread" in here.siblingAtColumn(0).data(Qt.ItemDataRole.ToolTipRole)
    click(panel, SWAPPED, runner)
    assert doubtful.session.record.name == SWAPPED
    assert doubtful.session.current in ("left_apex", "right_apex")
    assert panel.why.text().count("left and right look swapped") == 1


def test_the_doubted_landmark_comes_into_view_and_the_zoom_stays(panel, doubtful, runner):
    panel.open_button.click()
    drain(runner)
    camera = camera_of(doubtful.viewer)
    camera.zoom, camera.center = 80.0, (0.0, 5.0, 5.0)

    click(panel, SHIFTED, runner)

    assert_allclose(camera.center[-2:], doubtful.session.landmarks["left_base"])
    assert camera.zoom == 80.0


def test_what_is_in_view_stays_where_it_is(panel, doubtful, runner):
    panel.open_button.click()
    drain(runner)
    camera = camera_of(doubtful.viewer)
    camera.zoom, camera.center = 1.0, (0.0, 30.0, 26.0)

    click(panel, SHIFTED, runner)

    assert_allclose(camera.center[-2:], [30, 26])


def test_doubts_are_looked_for_without_any_run(panel, doubtful, runner):
    assert panel.setup.problem() == ""

    panel.make()
    drain(runner)

    assert {panel.model.index(row, 0).data() for row in range(panel.model.rowCount())} == {SWAPPED, SHIFTED}
    assert panel.run.currentText() == "no run"
    assert not panel.next_button.isEnabled()
    assert panel.card.chip.text().endswith(" apex")
    doubtful.actions.proof.accept()
    assert "choose a run beside the queue" in doubtful.messages[-1]


def test_a_run_can_be_shown_beside_doubts_that_were_found_without_one(panel, doubtful, runner):
    predict_all(doubtful.session.project)
    doubtful.session.runs_changed.emit()
    panel.setup.choose("doubtful-labels", ["student"])
    panel.open_button.click()
    drain(runner)

    assert panel.run.currentText() == doubtful.proofreading.run == "student"
    assert doubtful.proofreading.is_on

    doubtful.session.project.runs.rename("student", "pupil")
    doubtful.session.runs_changed.emit()
    assert (doubtful.proofreading.run, panel.run.currentText()) == ("", "no run")


def predict_all(project):
    project.runs.create("student", recipe=load_recipe("supervised"))
    project.runs.update("student", status="done", steps_done=10)
    project.predictions.save_many("student", dict.fromkeys(range(1, 14), Landmarks.placed(NAMES, MEAN)))


def test_who_reads_blind_sees_neither_scores_nor_reasons_of_doubts_nor_flags(panel, doubtful, runner):
    project = doubtful.session.project
    project.flags.put(project.records.find(SHIFTED).image_id, "base 25 px off", reader="ben")
    panel.setup.lines.setCurrentIndex(1)
    panel.open_button.click()
    drain(runner)

    def everything():
        cells = [panel.model.index(row, column) for row in range(panel.model.rowCount()) for column in range(5)]
        roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
        seen = [str(cell.data(role)) for cell in cells for role in roles]
        return "\n".join([*seen, panel.why.text(), panel.why.toolTip(), panel.card.marks.text()])

    click(panel, SHIFTED, runner)
    hints = ("usual spread", "eft base", " SD", "base 25 px off")
    assert [hint for hint in hints if hint in everything()] == list(hints)

    doubtful.session.blind.set(True)
    drain(runner)

    assert not [hint for hint in hints if hint in everything()]
    assert SHIFTED in everything()
    assert "You read blind" in panel.why.text()

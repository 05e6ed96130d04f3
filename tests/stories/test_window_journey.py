"""The main job in a real napari window: train a teacher, distil a student, see both, close over a training, go on."""

import numpy as np
import pytest

from napari_kdland.project import Project
from napari_kdland.session.job_runner import JobStatus
from tests import makers

pytestmark = [
    pytest.mark.gui,
    pytest.mark.slow,
]

PATIENCE = 180_000


@pytest.fixture
def project(tmp_path):
    return makers.a_project(tmp_path)


def set_up(train, recipe, name, **training):
    train.setup.choose(recipe)
    train.setup.name.setText(name)
    form = train.setup.form
    form.widget_at("student", "backbone").value = "tiny"
    form.widget_at("input", "size").value = 64
    for key, value in {"steps": 4, "validate_every": 2, **training}.items():
        form.widget_at("training", key).value = value


def train_one(train, qtbot, recipe, name):
    set_up(train, recipe, name)
    assert train.start_button.isEnabled(), train.setup.missing.text()
    train.start_button.click()
    qtbot.waitUntil(lambda: not train.jobs.is_busy, timeout=PATIENCE)
    assert train.jobs.handle.status is JobStatus.DONE, train.jobs.handle.details


def test_from_labels_to_teacher_and_student_side_by_side(make_napari_viewer, qtbot, project):
    from napari_kdland.gui.compat import grid_of
    from napari_kdland.gui.window import show

    viewer = make_napari_viewer(show=True)
    widget = show(viewer, project, image="dots_04.png")
    train = widget.panel("Train")
    train_one(train, qtbot, "supervised", "teacher")
    train_one(train, qtbot, "kd", "student")
    widget.session.project.runs.get("student")
    steps, _ = train.curves.points_of("val_radial_error_px")
    assert steps == [2, 4]

    compare = widget.panel("Compare")
    compare.choose(["teacher", "student"])
    qtbot.waitUntil(lambda: compare.image_errors.columnCount() == 3, timeout=PATIENCE)
    assert grid_of(viewer).enabled
    assert widget.session.record.name == "dots_04.png"
    assert all(np.isfinite(layer.data).all() for layer in viewer.layers)

    compare.measure()
    qtbot.waitUntil(lambda: not compare.figures.jobs.is_busy, timeout=PATIENCE)
    errors = compare.figures.split_errors
    assert [errors.verticalHeaderItem(row).text() for row in range(2)] == ["teacher (baseline)", "student"]
    widget.shut_down()


def test_a_window_closed_over_a_training_leaves_a_run_that_goes_on(make_napari_viewer, qtbot, project):
    from napari_kdland.gui.window import show

    viewer = make_napari_viewer(show=True)
    widget = show(viewer, project)
    train = widget.panel("Train")
    set_up(train, "supervised", "long", steps=20_000)
    train.start_button.click()
    qtbot.waitUntil(lambda: bool(train.curves.points_of("loss")[0]), timeout=PATIENCE)

    viewer.close()

    with Project.open(project) as opened:
        run = opened.runs.get("long")
    assert run.status == "stopped"
    assert (run.folder / "last.safetensors").exists()

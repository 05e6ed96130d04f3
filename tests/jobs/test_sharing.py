"""Trained runs that are passed on: out of one project, into another."""

import shutil

import numpy as np
import pytest

from napari_kdland import jobs
from napari_kdland.errors import RunError, TrainingError
from napari_kdland.events import run
from napari_kdland.project import Project
from tests import makers

IMAGES = jobs.ChosenImages(split="test")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    path = makers.a_project(tmp_path_factory.mktemp("trained"))
    run(jobs.train_run(path, jobs.TrainingOrder(makers.a_tiny_recipe(), name="teacher")))
    order = jobs.TrainingOrder(makers.a_tiny_recipe("kd"), teachers=("teacher",), name="student")
    run(jobs.train_run(path, order))
    return path


@pytest.fixture
def project_path(trained, tmp_path):
    return shutil.copytree(trained.parent, tmp_path / "copy") / trained.name


def predicted(path, name, **kwargs):
    found = run(jobs.predict_run(path, name, IMAGES, **kwargs)).landmarks
    return {image: landmarks.points for image, landmarks in found.items()}


def test_a_run_predicts_the_same_after_it_was_passed_on(project_path, tmp_path):
    folder = run(jobs.export_run(project_path, "student", tmp_path / "passed"))
    record = run(jobs.import_run(project_path, folder, name="came-back"))

    before, after = predicted(project_path, "student"), predicted(project_path, "came-back")

    assert record.status == "done"
    assert before.keys() == after.keys()
    for image, points in before.items():
        np.testing.assert_array_equal(points, after[image])


def test_at_half_precision_it_takes_half_the_space_and_predicts_nearly_the_same(project_path, tmp_path):
    whole = run(jobs.export_run(project_path, "student", tmp_path / "whole"))
    half = run(jobs.export_run(project_path, "student", tmp_path / "half", half=True))
    run(jobs.import_run(project_path, half))

    sizes = [(folder / "best.safetensors").stat().st_size for folder in (whole, half)]
    before, after = predicted(project_path, "student"), predicted(project_path, "half")

    assert sizes[1] < 0.6 * sizes[0]
    for image, points in before.items():
        np.testing.assert_allclose(points, after[image], atol=0.5)


def test_what_is_passed_on_names_no_place_and_no_file(project_path, tmp_path):
    folder = run(jobs.export_run(project_path, "student", tmp_path / "passed"))

    text = "".join(path.read_text() for path in folder.iterdir() if path.suffix != ".safetensors")

    assert str(project_path.parent) not in text
    assert "dots_0" not in text
    assert "last.safetensors" not in {path.name for path in folder.iterdir()}


def test_a_run_keeps_its_teacher_and_its_figures(project_path):
    with Project.open(project_path) as project:
        before = project.runs.get("student")
    run(jobs.import_run(project_path, before.folder, name="again"))

    with Project.open(project_path) as project:
        after = project.runs.get("again")

    assert (after.teachers, after.labels, after.recipe) == (("teacher",), before.labels, "kd")
    assert after.best_error_px == before.best_error_px


def test_a_run_that_was_passed_on_can_teach(project_path, tmp_path):
    folder = run(jobs.export_run(project_path, "teacher", tmp_path / "passed", half=True))
    run(jobs.import_run(project_path, folder, name="guest"))

    record = run(jobs.train_run(project_path, jobs.TrainingOrder(makers.a_tiny_recipe("kd"), teachers=("guest",))))

    assert record.status == "done"


def test_a_run_of_other_landmarks_is_refused_with_their_names(project_path, tmp_path):
    Project.create(tmp_path / "four.kdland", makers.a_scheme(4)).close()
    folder = run(jobs.export_run(project_path, "teacher", tmp_path / "passed"))

    with pytest.raises(RunError, match="the project alone: dot_3"):
        run(jobs.import_run(tmp_path / "four.kdland", folder))


def test_a_run_that_has_seen_the_projects_test_images_is_refused(project_path, tmp_path):
    folder = run(jobs.export_run(project_path, "teacher", tmp_path / "passed"))
    with Project.open(project_path) as project:
        seen = project.records.page(0, 1, split="train")[0]
        project.splits.assign(seen.image_id, "test")

    with pytest.raises(TrainingError, match="was trained on 1 images"):
        run(jobs.import_run(project_path, folder, name="leak"))


def test_damaged_weights_are_refused_and_leave_no_run(project_path, tmp_path):
    folder = run(jobs.export_run(project_path, "teacher", tmp_path / "passed"))
    (folder / "best.safetensors").write_bytes(b"nothing")

    with pytest.raises(RunError, match="damaged"):
        run(jobs.import_run(project_path, folder))
    with Project.open(project_path) as project:
        assert [each.name for each in project.runs.all()] == ["teacher", "student"]


def test_a_folder_that_is_there_is_not_written_over(project_path, tmp_path):
    with pytest.raises(RunError, match="is there already"):
        run(jobs.export_run(project_path, "teacher", tmp_path))

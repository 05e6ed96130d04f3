"""Tests of napari_kdland.jobs.studying.checking: what is refused before anything is trained."""

from pathlib import Path

import pytest

from napari_kdland import events
from napari_kdland.anatomy import LandmarkState
from napari_kdland.errors import AnnotationError, KdlandError, RecipeError, RunError, TrainingError
from napari_kdland.images import read
from napari_kdland.jobs import TrainingOrder, train_run
from napari_kdland.jobs.studying import run_study
from napari_kdland.jobs.studying.checking import check_study, what_is_unequal
from napari_kdland.project import Annotation, Project
from napari_kdland.recipes.study import Study
from tests.jobs.studying.factories import SEARCH, SMALL, TUNING, a_study, a_tuned_study, with_teachers
from tests.makers import a_picture, a_project, a_scheme, a_tiny_recipe, annotate, dots


def assert_refused(path: Path, study: Study, kind: type[KdlandError], message: str) -> None:
    """Begin a study that must be refused before any run of it is planned."""
    with Project.open(path) as project:
        before = project.runs.all()

    with pytest.raises(kind, match=message):
        events.run(run_study(path, study, device="cpu"))

    with Project.open(path) as project:
        assert project.runs.all() == before


def trained(path: Path, name: str) -> Path:
    recipe = a_tiny_recipe("supervised", "training.steps=1")
    return events.run(train_run(path, TrainingOrder(recipe, device="cpu", name=name))).folder


def test_more_labels_than_there_are_are_refused(tmp_path: Path):
    study = a_study(text=SMALL.replace("[2]", "[2, 4]"))

    assert_refused(a_project(tmp_path), study, TrainingError, "has 3 annotated images in its train split; 4 are to be")


def test_trials_on_more_labels_than_there_are_are_refused(tmp_path: Path):
    study = a_study(f'recipe = "kd"\n{SEARCH}', more=f"{TUNING}labels = 9\n")

    assert_refused(a_project(tmp_path), study, TrainingError, "9 are to be trained on")


def test_a_recipe_on_unlabelled_images_is_refused_where_there_are_none(tmp_path: Path):
    path = a_project(tmp_path, train=2, labelled=2, pool=0)

    assert_refused(path, a_study(), TrainingError, "The recipe kd learns from unlabelled images, but with 2 labels")


def test_tuning_without_labelled_validation_images_is_refused(tmp_path: Path):
    path = a_project(tmp_path, val=0)

    assert_refused(path, a_tuned_study(), TrainingError, "tunes settings on val, but no image of that split")


def test_a_study_that_could_not_be_measured_is_refused(tmp_path: Path):
    path = a_project(tmp_path, test=0)

    assert_refused(path, a_study("supervised"), AnnotationError, "is measured on test, but no image of that split")


def test_a_landmark_that_no_label_has_is_refused(tmp_path: Path):
    path = a_project(tmp_path, labelled=0)
    with Project.open(path) as project:
        placed = [
            Annotation(record.image_id, name, LandmarkState.PLACED, (30.0, 40.0))
            for record in project.records.page(0, 2, split="train")
            for name in ("dot_0", "dot_1")
        ]
        project.annotations.edit_many(placed, reader="A")

    message = r"None of the 2 labelled images \(k = 2\) has a point for dot_2"
    assert_refused(path, a_study("supervised"), TrainingError, message)


def test_a_channel_that_the_images_do_not_have_is_refused(tmp_path: Path):
    study = a_study('recipe = "kd"\nset = [\'teacher.channels=["standard", "bone"]\']')

    message = "wants the channel 'bone', which 8 of the 8 images of dots"
    assert_refused(a_project(tmp_path), study, TrainingError, message)


def test_regions_without_masks_are_refused(tmp_path: Path):
    study = a_study('recipe = "supervised"\nset = ["heads.regions=true"]')

    assert_refused(a_project(tmp_path), study, TrainingError, "learns regions, but none of the 2 labelled images")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('recipe = "supervised"\nset = ["student.backbone=tinny"]', "There is no backbone 'tinny'. There are: tiny"),
        ('recipe = "kd"\nset = ["terms.0.loss=spatial-kk"]', "There is no loss term 'spatial-kk'"),
        ('recipe = "kd"\nset = ["target.kind=softt"]', "There is no target 'softt'. There are: soft"),
        ('recipe = "kd"\nset = ["terms.0.schedule.kind=ramp"]', "There is no schedule 'ramp'"),
        ('recipe = "supervised"\nset = ["base.loss=mse"]', "There is no loss of heatmaps 'mse'"),
    ],
)
def test_blocks_that_do_not_exist_are_refused(tmp_path: Path, row: str, message: str):
    assert_refused(a_project(tmp_path), a_study(row), RecipeError, f"The recipe .* cannot be used: {message}")


def test_a_searched_block_that_does_not_exist_is_refused(tmp_path: Path):
    search = '[recipes.search]\n"weighting.kind" = { choices = ["none", "confident"] }\n'
    study = a_study(f'recipe = "kd"\n{search}', more=TUNING)

    assert_refused(a_project(tmp_path), study, RecipeError, "There is no weighting 'confident'")


def test_a_teacher_that_is_not_there_is_refused(tmp_path: Path):
    study = with_teachers(a_study("kd"), runs=("beta",))

    assert_refused(a_project(tmp_path), study, RunError, r"There is no run 'beta' in dots \(runs: none\)")


def test_a_teacher_of_another_scheme_is_refused(tmp_path: Path):
    elsewhere = tmp_path / "b.kdland"
    with Project.create(elsewhere, a_scheme(2)) as project:
        file = a_picture(tmp_path / "b.png", dots(5, 2), seed=5)
        annotate(project, project.records.add(read(file), file, split="train").image_id, dots(5, 2))
    folder = trained(elsewhere, "theirs")

    study = with_teachers(a_study("kd"), runs=(str(folder),))
    assert_refused(a_project(tmp_path / "a"), study, RunError, "The teacher theirs was trained on other landmarks")


def test_teachers_that_are_too_few_unfinished_or_know_the_test_images_are_refused(tmp_path: Path):
    path = a_project(tmp_path)
    trained(path, "alpha")
    few, one = (with_teachers(a_study(recipe), runs=("alpha",)) for recipe in ("ensemble-kd", "kd"))

    assert_refused(path, few, TrainingError, "wants 3 teachers, but the study names 1 under teachers.runs")
    with Project.open(path) as project:
        project.splits.assign(project.records.page(0, 1, split="train")[0].image_id, "test")
    assert_refused(path, one, TrainingError, "The teacher alpha was trained on 1 images that are in .* test split")
    with Project.open(path) as project:
        project.runs.update("alpha", status="stopped")
    assert_refused(path, one, RunError, "The teacher alpha is not trained to its end")


def test_foreign_teachers_are_known_by_their_folder_wherever_the_work_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path, folder = a_project(tmp_path / "a"), trained(a_project(tmp_path / "b"), "teacher")
    monkeypatch.chdir(folder.parent)

    with Project.open(path) as project:
        study = check_study(project, with_teachers(a_study("kd"), runs=("teacher",)))

    assert study.teachers.runs == (str(folder),)


def test_unequal_rows_are_told():
    row = 'recipe = "fpd"\nset = ["training.steps=9"]'

    cost, tuning = what_is_unequal(a_study("supervised", row, f'recipe = "kd"\n{SEARCH}', more=TUNING))

    assert cost == "Not compared at equal cost: 4 steps of 8 images, but fpd 9 steps of 8 images."
    assert tuning == "Not tuned, but compared with recipes that are: supervised, fpd."


def test_equal_rows_need_no_word():
    assert what_is_unequal(a_study("supervised", "kd")) == ()

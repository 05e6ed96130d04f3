from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_kdland.anatomy import LandmarkState
from napari_kdland.engine.training_data import TrainingData
from napari_kdland.errors import RecipeError, RunError, TrainingError
from napari_kdland.events import run
from tests.engine.factories import NAMES, a_recipe, a_run, a_training, labelled_image, some_data

PLACED, NOT_YET = LandmarkState.PLACED, LandmarkState.NOT_YET


def test_training_without_labels_is_refused(tmp_path: Path):
    with pytest.raises(TrainingError, match=r"no labelled images to train on. Annotate at least one"):
        run(a_training(tmp_path, data=some_data(labelled=0)))


def test_a_landmark_that_no_label_has_is_named(tmp_path: Path):
    images = np.zeros((2, 64, 64), np.uint16)
    known = [labelled_image(0, PLACED, NOT_YET), labelled_image(1, PLACED, NOT_YET)]

    with pytest.raises(TrainingError, match=r"No labelled image has a point for spot \(2 labelled images looked at\)"):
        run(a_training(tmp_path, data=TrainingData.prepare(images, known, landmarks=NAMES)))


def test_images_of_another_size_than_the_recipe_wants_are_refused(tmp_path: Path):
    with pytest.raises(TrainingError, match="images are 64 px wide, the recipe's input 96 px"):
        run(a_training(tmp_path, a_recipe("supervised", "input.size=96")))


def test_labels_of_another_scheme_are_refused(tmp_path: Path):
    with pytest.raises(TrainingError, match="labels have 2 landmarks, the scheme 3"):
        run(a_training(tmp_path, landmarks=("a", "b", "c")))


def test_a_recipe_that_needs_unlabelled_images_and_has_none_says_so(tmp_path: Path):
    teacher = a_run(tmp_path / "teacher")

    with pytest.raises(TrainingError, match=r"learns from 2 unlabelled images a step, but there are none"):
        run(a_training(tmp_path / "kd", a_recipe("kd"), some_data(unlabelled=0), teachers=[teacher]))


def test_a_recipe_without_its_teachers_names_the_command_that_makes_them(tmp_path: Path):
    with pytest.raises(TrainingError, match=r"ensemble-kd wants 3 teacher runs, found 0. .*kdland train PROJECT"):
        run(a_training(tmp_path, a_recipe("ensemble-kd")))


def test_a_teacher_of_another_scheme_is_refused_with_both_lists(tmp_path: Path):
    teacher = a_run(tmp_path / "teacher", landmarks=("dot", "stain"))

    with pytest.raises(RunError, match=r"other landmarks: dot, stain; this project has dot, spot"):
        run(a_training(tmp_path / "kd", a_recipe("kd"), teachers=[teacher]))


def test_a_teacher_may_have_its_landmarks_in_another_order(tmp_path: Path):
    teacher = a_run(tmp_path / "teacher", landmarks=NAMES[::-1])

    assert run(a_training(tmp_path / "kd", a_recipe("kd"), teachers=[teacher])).steps == 4


def test_mirroring_a_scheme_without_pairs_is_refused(tmp_path: Path):
    with pytest.raises(RecipeError, match="names no left-right pairs"):
        run(a_training(tmp_path, a_recipe("supervised", "augmentation.flip=true")))


def test_a_run_is_not_gone_on_with_under_another_recipe(tmp_path: Path):
    a_run(tmp_path)

    with pytest.raises(RunError, match="cannot be resumed: recipe changed since it was started"):
        run(a_training(tmp_path, a_recipe("supervised", "training.steps=9"), resume=True))


def test_a_run_is_not_gone_on_with_on_other_labels(tmp_path: Path):
    a_run(tmp_path)

    with pytest.raises(RunError, match="cannot be resumed: n_labelled, n_unlabelled changed"):
        run(a_training(tmp_path, data=some_data(labelled=2, unlabelled=4), resume=True))


def test_nothing_is_written_before_everything_is_checked(tmp_path: Path):
    with pytest.raises(TrainingError, match="no labelled images"):
        run(a_training(tmp_path / "run", data=some_data(labelled=0)))

    assert not (tmp_path / "run").exists()


def test_validation_images_without_points_are_as_good_as_none(tmp_path: Path):
    data = some_data()
    unknown = replace(data, validation_points=np.full_like(data.validation_points, np.nan))

    assert run(a_training(tmp_path, data=unknown)).best_error_px is None

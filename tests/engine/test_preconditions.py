from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_kdland.anatomy import LandmarkState
from napari_kdland.engine.checkpoints import load_run
from napari_kdland.engine.preconditions import check_data, check_same_run, check_start, check_teachers
from napari_kdland.engine.training_data import TrainingData
from napari_kdland.errors import RecipeError, RunError, TrainingError
from napari_kdland.events import run
from napari_kdland.recipes import Recipe
from tests.engine.factories import (
    NAMES,
    a_recipe,
    a_run,
    a_run_of,
    a_training,
    labelled_image,
    some_data,
    with_channels,
    with_masks,
)

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


def test_a_channel_that_the_images_do_not_have_is_answered_with_those_that_they_have():
    with pytest.raises(
        TrainingError, match=r"names the channel 'bone', which the images do not have \(they have: their"
    ):
        check_data(some_data(), a_recipe("supervised", 'input.channels=["bone"]'), NAMES)
    with pytest.raises(TrainingError, match=r"'bone', .* \(they have: plain, inverted\). Import it, or change"):
        check_data(with_channels(some_data()), a_recipe("kd", 'teacher.channels=["plain","bone"]'), NAMES)


@pytest.mark.parametrize(
    ("setting", "lacking", "found"),
    [
        ('input.channels=["plain","inverted"]', 6, "1 of 8 images lack one of the channels plain, inverted"),
        ('teacher.channels=["plain","inverted"]', 4, "1 of 6 images lack one of the channels plain, inverted"),
    ],
)
def test_images_that_lack_a_channel_are_counted(setting: str, lacking: int, found: str):
    with pytest.raises(TrainingError, match=rf"{found} that the recipe kd wants. Import them"):
        check_data(lacking_a_channel(lacking), a_recipe("kd", setting), NAMES)


def test_validation_images_may_lack_what_only_the_teacher_sees():
    recipe = a_recipe("kd", 'input.channels=["plain"]', 'teacher.channels=["plain","inverted"]')

    check_data(lacking_a_channel(7), recipe, NAMES)


def lacking_a_channel(row: int) -> TrainingData:
    """Three labelled, three unlabelled and two validation images, of which one has no second channel."""
    data = with_channels(some_data())
    planes = data.planes.copy()
    planes[row, 1] = -1
    return replace(data, planes=planes)


def test_regions_without_any_mask_cannot_be_learnt():
    recipe = a_recipe("supervised", "heads.regions=true")
    masked = with_masks(some_data())
    without = replace(masked, masks=replace(masked.masks, labelled=np.full(3, -1)))

    for data in (some_data(), without):
        with pytest.raises(TrainingError, match=r"learns region masks, but no labelled image has one. Import some"):
            check_data(data, recipe, NAMES)


def test_a_network_of_regions_alone_wants_no_landmarks():
    recipe = a_recipe("supervised", "heads.regions=true", "heads.landmarks=false")
    data = with_masks(some_data())

    check_data(replace(data, weights=np.zeros_like(data.weights)), recipe, NAMES)


REGIONAL = a_recipe("supervised", "heads.regions=true")


def test_a_teacher_of_other_regions_is_refused_with_both_lists(tmp_path: Path):
    teacher = a_run_of(tmp_path, REGIONAL, regions=("liver", "tumour"))

    with pytest.raises(RunError, match=r"knows the regions liver, tumour, the recipe kd wants liver, kidney"):
        check_teachers([teacher], a_recipe("kd", "heads.regions=true"), NAMES, ("liver", "kidney"))


def test_a_teacher_without_regions_cannot_teach_any(tmp_path: Path):
    with pytest.raises(RunError, match=r"knows the regions none, the recipe kd wants liver"):
        check_teachers([a_run_of(tmp_path)], a_recipe("kd", "heads.regions=true"), NAMES, ("liver",))


def test_a_teacher_of_regions_alone_cannot_teach_landmarks(tmp_path: Path):
    alone = a_recipe("supervised", "heads.regions=true", "heads.landmarks=false")

    with pytest.raises(RunError, match="was trained on other landmarks"):
        check_teachers([a_run_of(tmp_path, alone, regions=("liver",))], a_recipe("kd"), NAMES)


@pytest.mark.parametrize(
    ("sees", "shown", "message"),
    [
        ('["t1","t2"]', '["t1"]', "sees the channels t1, t2, the recipe kd shows it the channels t1. Choose another"),
        ("[]", '["t1","t2"]', "sees the image's own channel, the recipe kd shows it the channels t1, t2"),
    ],
)
def test_a_teacher_of_other_channels_is_refused_with_both_lists(tmp_path: Path, sees: str, shown: str, message: str):
    teacher = a_run_of(tmp_path, a_recipe("supervised", f"input.channels={sees}"))

    with pytest.raises(RunError, match=message):
        check_teachers([teacher], a_recipe("kd", f"teacher.channels={shown}"), NAMES)


def test_a_teacher_may_see_its_channels_in_another_order(tmp_path: Path):
    teacher = a_run_of(tmp_path, a_recipe("supervised", 'input.channels=["t2","t1"]'))

    assert check_teachers([teacher], a_recipe("kd", 'teacher.channels=["t1","t2"]'), NAMES)


def test_a_teacher_without_dropout_has_nothing_to_draw(tmp_path: Path):
    recipe = a_recipe("uncertainty-guided")

    with pytest.raises(RunError, match=r"trained without dropout.*Train it with --set student.dropout=0.2"):
        check_teachers([a_run_of(tmp_path / "dry")], recipe, NAMES)
    assert check_teachers([a_run_of(tmp_path / "wet", a_recipe("supervised", "student.dropout=0.2"))], recipe, NAMES)


def test_a_recipe_that_goes_on_wants_a_run_to_begin_with():
    with pytest.raises(
        TrainingError, match=r"continued begins with a trained run's weights, and none was named.*--start"
    ):
        check_start(None, a_recipe("continued"), NAMES)


def test_a_recipe_that_begins_afresh_wants_none(tmp_path: Path):
    with pytest.raises(
        TrainingError, match=r"supervised begins with fresh weights. Name the run with --start RUN where"
    ):
        check_start(a_run_of(tmp_path), a_recipe(), NAMES)


@pytest.mark.parametrize(
    ("recipe", "facts", "message"),
    [
        (a_recipe("supervised", "student.backbone=light"), {}, "its backbone is light, the recipe's tiny"),
        (REGIONAL, {"regions": ("liver",)}, "its heads is .*regions=True, the recipe's .*regions=False"),
        (a_recipe("supervised", 'input.channels=["t1"]'), {}, r"its channels is \('t1',\), the recipe's \(\)"),
        (a_recipe("supervised", "input.size=96"), {}, "its input size is 96, the recipe's 64"),
        (a_recipe(), {"landmarks": NAMES[::-1]}, r"its order of landmarks is \('spot', 'dot'\), the recipe's"),
    ],
)
def test_a_run_of_another_network_is_no_beginning(tmp_path: Path, recipe: Recipe, facts: dict, message: str):
    with pytest.raises(RunError, match=f"cannot begin with .*{message}.*Name a run of the same network"):
        check_start(a_run_of(tmp_path, recipe, **facts), a_recipe("continued"), NAMES)


def test_a_run_of_regions_in_another_order_is_no_beginning(tmp_path: Path):
    run_ = a_run_of(tmp_path, REGIONAL, regions=("liver", "kidney"))

    with pytest.raises(RunError, match="its order of regions is"):
        check_start(run_, a_recipe("continued", "heads.regions=true"), NAMES, ("kidney", "liver"))


@pytest.mark.parametrize(
    ("changes", "differing"),
    [
        ({"seed": 1}, "seed"),
        ({"regions": ("liver",), "n_validation": 4}, "n_validation, regions"),
        ({"lineage": ("b",)}, "the weights of teachers or start"),
    ],
)
def test_a_run_is_gone_on_with_from_the_same_things_only(tmp_path: Path, changes: dict, differing: str):
    run_ = load_run(a_run_of(tmp_path, lineage=("a",)))

    with pytest.raises(RunError, match=f"cannot be resumed: {differing} changed since it was started"):
        check_same_run(run_, run_.facts.model_copy(update=changes))


def test_teachers_may_have_been_renamed_and_moved(tmp_path: Path):
    run_ = load_run(a_run_of(tmp_path, lineage=("a",)))

    check_same_run(run_, run_.facts.model_copy(update={"teachers": ("/elsewhere",), "start": "/moved"}))

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kdland.anatomy import LandmarkState
from napari_kdland.engine.batches import Batch, Batches
from napari_kdland.engine.training_data import TrainingData
from napari_kdland.errors import RecipeError
from napari_kdland.recipes import Recipe
from tests.engine.factories import NAMES, a_recipe, labelled_image, some_data, with_channels, with_masks

PLACED = LandmarkState.PLACED
STILL = tuple(f"augmentation.{name}=0" for name in ("rotation_deg", "scale", "shift", "gamma", "contrast", "noise"))
PRIVILEGED = ('input.channels=["plain"]', 'teacher.channels=["plain","inverted"]')
AS_IT_IS = tuple(f"views.weak.{name}=0" for name in ("rotation_deg", "scale", "shift", "gamma", "contrast", "noise"))


def some_batches(recipe: Recipe | None = None, *, seed: int = 0, data: TrainingData | None = None) -> Batches:
    return Batches(
        data or some_data(), recipe or a_recipe("kd"), mirrored_order=(0, 1), seed=seed, device=torch.device("cpu")
    )


def equal(first: Batch, second: Batch) -> bool:
    names = ("images", "points", "weights", "presence")
    return all(torch.equal(getattr(first, name), getattr(second, name)) for name in names)


def test_a_batch_is_a_function_of_seed_and_step_alone():
    first, second = some_batches(), some_batches()
    first.at(0)

    assert equal(first.at(7), second.at(7))


def test_another_step_and_another_seed_give_another_batch():
    batch = some_batches().at(3)

    assert not equal(batch, some_batches().at(4))
    assert not equal(batch, some_batches(seed=1).at(3))


def test_recipes_that_differ_in_unlabelled_images_see_the_same_labelled_ones():
    alone = some_batches(a_recipe()).at(5)
    together = some_batches(a_recipe("kd")).at(5)

    assert torch.equal(together.images[: together.n_labelled], alone.images)
    assert torch.equal(together.points, alone.points)


def test_labelled_images_come_first_and_the_others_have_no_labels():
    batch = some_batches().at(0)

    assert batch.n_labelled == len(batch.points) == len(batch.weights) == len(batch.presence) == 2
    assert batch.images.shape == (4, 1, 64, 64)


def test_unlabelled_images_are_left_out_when_no_term_wants_them():
    batch = some_batches().at(0, with_unlabelled=False)

    assert len(batch.images) == 2


def test_each_round_shows_every_labelled_image_once():
    batches = some_batches(a_recipe("supervised", *STILL), data=some_data(labelled=4))

    seen = [tuple(point.flatten().tolist()) for step in (0, 1) for point in batches.at(step).points.round()]

    assert len(set(seen)) == 4


def test_one_image_fills_a_batch_in_different_guises():
    batch = some_batches(data=some_data(labelled=1)).at(0)

    assert not torch.equal(batch.images[0], batch.images[1])


def test_an_image_is_changed_anew_at_every_step():
    batches = some_batches(data=some_data(labelled=1))

    assert not torch.equal(batches.at(0).points, batches.at(1).points)


def test_labelled_and_unlabelled_images_are_changed_by_streams_of_their_own():
    data = some_data(labelled=1)
    same = replace(data, unlabelled=data.labelled)

    images = some_batches(data=same).at(0).images

    assert not torch.equal(images[:2], images[2:])


def test_the_network_sees_black_and_white_as_minus_two_and_two():
    data = TrainingData.prepare(
        np.full((1, 64, 64), 65535, np.uint16), [labelled_image(0, PLACED, PLACED)], landmarks=NAMES
    )

    batch = some_batches(a_recipe("supervised", *STILL), data=data).at(0)

    torch.testing.assert_close(batch.images, torch.full((2, 1, 64, 64), 2.0))


def test_the_rows_of_a_batch_name_its_images():
    batch = some_batches(a_recipe("kd", *STILL)).at(3)
    grey = torch.from_numpy(some_data().images[batch.rows].astype(np.float32) / 65535)

    torch.testing.assert_close(batch.images[:, 0], (grey - 0.5) * 4, atol=1e-3, rtol=0)


@settings(max_examples=20)
@given(st.integers(1, 9), st.integers(1, 4), st.integers(1, 4), st.integers(0, 5))
def test_the_rows_that_will_be_drawn_are_those_that_are(steps: int, labelled: int, unlabelled: int, seed: int):
    sizes = (f"training.labelled_batch={labelled}", f"training.unlabelled_batch={unlabelled}")
    batches = some_batches(a_recipe("kd", *sizes), seed=seed, data=some_data(labelled=5, unlabelled=6, validation=0))

    drawn = np.unique(np.concatenate([batches.at(step).rows for step in range(steps)]))

    assert batches.drawn_rows(steps).tolist() == drawn.tolist()


def test_on_the_same_view_the_teacher_sees_what_the_student_sees():
    batch = some_batches(a_recipe("kd")).at(0)

    assert torch.equal(batch.teacher_images, batch.images)
    assert batch.to_student is None


def test_a_teacher_of_unchanged_images_is_shown_nothing_anew():
    batch = some_batches(a_recipe("kd", "views.kind=clean")).at(0)

    assert batch.teacher_images is None
    assert batch.to_student is not None


def test_the_clean_image_is_taken_to_where_the_student_sees_it():
    data = some_data()
    batch = some_batches(a_recipe("kd", "views.kind=clean"), data=data).at(4)
    places = [data.labelled.tolist().index(row) for row in batch.rows[:2]]

    moved = batch.to_student.of(slice(0, 2)).points(torch.from_numpy(data.points[places]))

    torch.testing.assert_close(moved, batch.points, atol=1e-3, rtol=0)


def test_a_teacher_that_learns_along_is_shown_the_clean_images():
    batches = some_batches(a_recipe("mean-teacher", "views.kind=clean"))

    batch = batches.at(2)

    assert torch.equal(batch.teacher_images, batches.unchanged(batch.rows))


def test_a_weak_view_without_any_change_is_the_clean_image():
    batches = some_batches(a_recipe("mean-teacher", *AS_IT_IS))

    batch = batches.at(2)

    torch.testing.assert_close(batch.teacher_images, batches.unchanged(batch.rows), atol=1e-4, rtol=0)


def test_two_views_of_an_image_are_changed_each_in_its_own_way():
    batch = some_batches(a_recipe("mean-teacher")).at(2)

    assert not torch.allclose(batch.teacher_images, batch.images)
    torch.testing.assert_close(batch.to_student.inverse().inverse().matrix, batch.to_student.matrix)


def test_only_unlabelled_images_are_changed_strongly():
    strong = ("views.strong.rotation_deg=0", "views.strong.scale=0", "views.strong.shift=0", "views.strong.gamma=0")
    grey = ("views.strong.contrast=0", "views.strong.noise=0", "views.strong.cutout=0")
    batches = some_batches(a_recipe("mean-teacher", *strong, *grey))

    batch = batches.at(1)

    clean = batches.unchanged(batch.rows)
    torch.testing.assert_close(batch.images[2:], clean[2:], atol=1e-4, rtol=0)
    assert not torch.allclose(batch.images[:2], clean[:2], atol=0.1)


def test_labelled_images_are_the_same_whatever_the_teacher_sees():
    plain, weakly = some_batches(a_recipe("supervised")).at(3), some_batches(a_recipe("mean-teacher")).at(3)

    assert torch.equal(weakly.images[:2], plain.images)


@pytest.mark.parametrize("flipping", ["augmentation.flip", "views.strong.flip", "views.weak.flip"])
def test_sides_change_places_wherever_any_view_is_mirrored(flipping: str):
    settings_ = ("training.labelled_batch=8", "training.unlabelled_batch=8")
    recipe = a_recipe("mean-teacher", f"{flipping}=true", *settings_)
    batches = Batches(some_data(), recipe, mirrored_order=(1, 0), seed=0, device=torch.device("cpu"))

    batch = batches.at(0)
    swapped = batches.swap_sides(torch.tensor([[1.0, 2.0]] * 16), batch.is_mirrored)

    assert 0 < batch.is_mirrored.sum() < 16
    assert torch.equal(swapped[:, 0] == 2, batch.is_mirrored)
    assert torch.equal(torch.linalg.det(batch.to_student.matrix) < 0, batch.is_mirrored)


def test_a_student_and_its_teacher_get_the_channels_that_each_of_them_sees():
    batch = some_batches(a_recipe("kd", *PRIVILEGED), data=with_channels(some_data())).at(0)

    assert batch.images.shape == (4, 1, 64, 64)
    assert batch.teacher_images.shape == (4, 2, 64, 64)
    assert torch.equal(batch.teacher_images[:, :1], batch.images)


def test_all_channels_of_an_image_are_moved_alike():
    same = with_channels(some_data(), some_data().images)
    batch = some_batches(a_recipe("kd", *PRIVILEGED, "augmentation.noise=0"), data=same).at(0)

    assert torch.equal(batch.teacher_images[:, 0], batch.teacher_images[:, 1])


def test_a_channel_that_only_the_teacher_sees_changes_nothing_for_the_student():
    data, recipe = with_channels(some_data()), a_recipe("kd", *PRIVILEGED)
    other = with_channels(some_data(), np.full_like(some_data().images, 1234))

    first, second = (some_batches(recipe, data=each).at(3) for each in (data, other))

    assert torch.equal(first.images, second.images)
    assert not torch.equal(first.teacher_images, second.teacher_images)


def test_a_student_sees_the_same_with_and_without_a_teacher_that_sees_more():
    alone = some_batches(a_recipe("kd", 'input.channels=["plain"]'), data=with_channels(some_data())).at(3)
    beside = some_batches(a_recipe("kd", *PRIVILEGED), data=with_channels(some_data())).at(3)

    assert torch.equal(alone.images, beside.images)


def test_channels_come_in_the_order_of_the_recipe():
    data = with_channels(some_data())
    one, other = (
        some_batches(a_recipe("supervised", f"input.channels={names}", "augmentation.noise=0"), data=data).at(0).images
        for names in ('["plain","inverted"]', '["inverted","plain"]')
    )

    assert torch.equal(one, other.flip(1))


def test_masks_come_on_the_grid_of_the_heatmaps():
    data = with_masks(some_data())

    batch = some_batches(a_recipe("supervised", "heads.regions=true", *STILL), data=data).at(0)

    assert batch.masks.shape == (2, 2, 32, 32)
    assert batch.masks_known.tolist() == [[1, 1], [1, 1]]
    # A disc of radius 14 input pixels, 7 heatmap pixels.
    assert batch.masks[0, 0].sum().item() == pytest.approx(np.pi * 7**2, rel=0.1)


def test_masks_move_with_their_image():
    batch = some_batches(a_recipe("supervised", "heads.regions=true"), data=with_masks(some_data())).at(2)

    places = torch.stack(torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij"), dim=-1)
    for mask, point in zip(batch.masks[:, 1], batch.points[:, 1], strict=True):
        centre = (places * mask[..., None]).sum((0, 1)) / mask.sum()
        torch.testing.assert_close(centre, (point + 0.5) / 2 - 0.5, atol=0.5, rtol=0)


def test_the_background_goes_before_regions_that_exclude_each_other():
    data = with_masks(some_data(), overlapping=False)

    batch = some_batches(a_recipe("supervised", "heads.regions=true"), data=data).at(0)

    assert batch.masks.shape == (2, 3, 32, 32)
    assert torch.equal(batch.masks.sum(1), torch.ones(2, 32, 32))


@pytest.mark.parametrize(("overlapping", "known"), [(True, [1, 0]), (False, [0, 0, 0])])
def test_of_exclusive_regions_all_or_none_are_known(overlapping: bool, known: list[int]):
    data = with_masks(some_data(labelled=1), overlapping=overlapping, known=((True, False),))

    batch = some_batches(a_recipe("supervised", "heads.regions=true"), data=data).at(0)

    assert batch.masks_known.tolist() == [known, known]


def test_of_an_image_without_masks_no_region_is_known():
    data = with_masks(some_data(labelled=2))
    places = np.array([data.masks.labelled[0], -1])
    data = replace(data, masks=replace(data.masks, labelled=places))

    batch = some_batches(a_recipe("supervised", "heads.regions=true"), data=data).at(0)

    assert sorted(batch.masks_known.sum(1).tolist()) == [0, 2]


def test_without_a_head_for_regions_masks_are_left_alone():
    batch = some_batches(a_recipe("supervised"), data=with_masks(some_data())).at(0)

    assert batch.masks.shape == (2, 0, 32, 32)
    assert batch.masks_known.shape == (2, 0)


@pytest.mark.parametrize("overlapping", [True, False])
def test_masks_of_mirrored_images_change_sides_as_their_landmarks_do(overlapping: bool):
    data = with_masks(some_data(), overlapping=overlapping)
    data = replace(data, masks=replace(data.masks, mirrored_order=(1, 0)))
    recipe = a_recipe("supervised", "heads.regions=true", "augmentation.flip=true", "training.labelled_batch=8", *STILL)
    batch = Batches(data, recipe, mirrored_order=(1, 0), seed=0, device=torch.device("cpu")).at(0)

    # The larger region lies around the first landmark; where sides are swapped, both have become the second one.
    areas = batch.masks[:, int(not overlapping) :].sum((-2, -1))
    is_swapped = areas[:, 1] > areas[:, 0]
    places = torch.stack(torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij"), dim=-1)
    larger = batch.masks[torch.arange(8), is_swapped.long() + int(not overlapping)]
    centre = (places * larger[..., None]).sum((1, 2)) / larger.sum((1, 2))[:, None]

    assert 0 < is_swapped.sum() < 8
    if overlapping:
        around = batch.points[torch.arange(8), is_swapped.long()]
        torch.testing.assert_close(centre, (around + 0.5) / 2 - 0.5, atol=0.6, rtol=0)


def test_mirrored_regions_without_partners_are_refused():
    recipe = a_recipe("supervised", "heads.regions=true", "augmentation.flip=true")

    with pytest.raises(RecipeError, match="no left-right pairs of regions"):
        Batches(with_masks(some_data()), recipe, mirrored_order=(1, 0), seed=0, device=torch.device("cpu"))

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kdland.engine import heatmaps
from napari_kdland.engine.augmentation import Augmentation
from napari_kdland.errors import RecipeError
from napari_kdland.recipes.model import AugmentationPart

SIZE = 64
STRONG = AugmentationPart(rotation_deg=30, scale=0.2, shift=0.1, shear_deg=10, gamma=0, contrast=0, noise=0, flip=True)
NONE = AugmentationPart(rotation_deg=0, scale=0, shift=0, shear_deg=0, gamma=0, contrast=0, noise=0)
GREY = AugmentationPart(rotation_deg=0, scale=0, shift=0, gamma=0.4, contrast=0.2, noise=0.1)


def random_state(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.floats(24, 40), st.floats(24, 40))
def test_a_blob_moves_where_its_landmark_goes(seed: int, y: float, x: float):
    augmentation = Augmentation(STRONG, (1, 0))
    points = torch.tensor([[[y, x], [30.0, 30.0]]])
    image = heatmaps.encode(points[:, :1], (SIZE, SIZE), 2.5)
    changes = augmentation.draw(1, SIZE, random_state(seed))

    moved = augmentation.change_images(image.clone(), changes, random_state())
    own = int(changes.is_mirrored[0])
    point = augmentation.change_points(points, changes, SIZE)[0, own]

    mean, _ = heatmaps.moments(moved)
    np.testing.assert_allclose(mean[0, 0], point, atol=0.05)


def test_without_limits_nothing_changes():
    augmentation = Augmentation(NONE, (0, 1))
    image = torch.rand((2, 1, SIZE, SIZE), generator=random_state(1))
    points = torch.tensor([[[3.0, 5.0], [60.0, 2.0]]] * 2)
    changes = augmentation.draw(2, SIZE, random_state(2))

    np.testing.assert_allclose(augmentation.change_images(image.clone(), changes, random_state()), image, atol=1e-5)
    np.testing.assert_allclose(augmentation.change_points(points, changes, SIZE), points, atol=1e-5)


def test_one_state_of_the_generator_gives_one_change():
    augmentation = Augmentation(STRONG, (1, 0))

    first, second = (augmentation.draw(4, SIZE, random_state(5)) for _ in range(2))

    assert all(torch.equal(a, b) for a, b in zip(vars(first).values(), vars(second).values(), strict=True))


def test_every_image_of_a_batch_is_changed_in_its_own_way():
    changes = Augmentation(STRONG, (1, 0)).draw(8, SIZE, random_state())

    assert len({tuple(matrix.flatten().tolist()) for matrix in changes.matrix}) == 8


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_changes_stay_within_the_recipe(seed: int):
    limits = AugmentationPart(rotation_deg=12, scale=0.15, shift=0.06, gamma=0.4, contrast=0.2, noise=0.05)
    changes = Augmentation(limits, (0, 1)).draw(4, 100, random_state(seed))

    size = torch.linalg.det(changes.matrix).sqrt()
    angle = torch.rad2deg(torch.atan2(changes.matrix[:, 1, 0], changes.matrix[:, 0, 0]))
    assert ((size >= 1 / 1.1501) & (size <= 1.1501)).all()
    assert (angle.abs() <= 12.001).all()
    assert (changes.shift_px.abs() <= 6.001).all()
    assert ((changes.noise_sd >= 0) & (changes.noise_sd <= 0.05)).all()
    assert not changes.is_mirrored.any()


def test_grey_values_change_but_points_do_not():
    augmentation = Augmentation(GREY, (0, 1))
    image = torch.full((1, 1, SIZE, SIZE), 0.3)
    changes = augmentation.draw(1, SIZE, random_state(3))

    changed = augmentation.change_images(image.clone(), changes, random_state(4))

    expected = (0.3**changes.gamma - 0.5) * changes.contrast + 0.5 + changes.brightness
    assert changed.mean().item() == pytest.approx(expected.item(), abs=0.01)
    assert changed.std().item() == pytest.approx(changes.noise_sd.item(), rel=0.1)


def test_what_comes_into_view_from_outside_is_black():
    augmentation = Augmentation(STRONG, (1, 0))
    changes = augmentation.draw(1, SIZE, random_state(1))

    moved = augmentation.change_images(torch.ones(1, 1, SIZE, SIZE), changes, random_state())

    assert moved.min() == 0


def test_a_landmark_without_a_point_stays_without_one():
    augmentation = Augmentation(STRONG, (1, 0))
    points = torch.full((1, 2, 2), float("nan"))

    moved = augmentation.change_points(points, augmentation.draw(1, SIZE, random_state()), SIZE)

    assert moved.isnan().all()


def test_left_and_right_change_places_in_mirrored_images_only():
    augmentation = Augmentation(STRONG, (1, 0))
    changes = augmentation.draw(16, SIZE, random_state())
    weights = torch.tensor([[0.25, 1.0]] * 16)

    swapped = augmentation.swap_sides(weights, changes.is_mirrored)

    assert 0 < changes.is_mirrored.sum() < 16
    assert torch.equal(swapped[:, 0] == 1, changes.is_mirrored)


def test_a_scheme_without_pairs_cannot_be_mirrored():
    with pytest.raises(RecipeError, match=r"no left-right pairs.*Set augmentation.flip = false"):
        Augmentation(STRONG, (0, 1))


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(0.01, 0.25))
def test_a_grey_square_covers_no_more_than_the_limit(seed: int, limit: float):
    augmentation = Augmentation(NONE.model_copy(update={"cutout": limit}), (0, 1))
    changes = augmentation.draw(4, SIZE, random_state(seed))

    covered = augmentation.change_images(torch.zeros(4, 2, SIZE, SIZE), changes, random_state()) == 0.5

    # Sides are whole pixels.
    assert (covered[:, 0].float().mean((-1, -2)).sqrt() <= limit**0.5 + 1 / SIZE).all()
    assert torch.equal(covered[:, 0], covered[:, 1])


def test_without_cutout_nothing_is_covered():
    changes = Augmentation(NONE, (0, 1)).draw(4, SIZE, random_state())

    assert changes.square[:, 2].max() == 0
    assert Augmentation(NONE, (0, 1)).change_images(torch.zeros(4, 1, SIZE, SIZE), changes, random_state()).max() == 0


def test_every_channel_has_noise_of_its_own_and_all_else_in_common():
    augmentation = Augmentation(GREY, (0, 1))
    image = torch.full((1, 2, SIZE, SIZE), 0.3)
    changes = augmentation.draw(1, SIZE, random_state(3))

    changed = augmentation.change_images(image.clone(), changes, random_state(4))

    assert not torch.equal(changed[:, 0], changed[:, 1])
    assert changed[:, 0].mean().item() == pytest.approx(changed[:, 1].mean().item(), abs=0.01)


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_sides_change_places_twice_and_are_back(seed: int):
    augmentation = Augmentation(STRONG, (1, 0))
    is_mirrored = augmentation.draw(4, SIZE, random_state(seed)).is_mirrored
    values = torch.rand((4, 2, 3), generator=random_state(seed))

    twice = augmentation.swap_sides(augmentation.swap_sides(values, is_mirrored), is_mirrored)

    assert torch.equal(twice, values)

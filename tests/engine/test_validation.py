from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from napari_kdland.engine import heatmaps
from napari_kdland.engine.inputs import region_masks
from napari_kdland.engine.networks.base import NetworkOutput
from napari_kdland.engine.training_data import TrainingData
from napari_kdland.engine.validation import Judged, Validation, Verdict, fitted_sample
from tests.engine.factories import a_recipe, some_data, with_channels, with_masks

CPU = torch.device("cpu")
BOTH = a_recipe("supervised", "heads.regions=true")
REGIONS_ALONE = a_recipe("supervised", "heads.regions=true", "heads.landmarks=false")
Network = Callable[[torch.Tensor], NetworkOutput]


def always_at(y: float, x: float) -> Network:
    """A network that sees both landmarks at one input point."""
    centre = torch.tensor([[[(y + 0.5) / 2 - 0.5, (x + 0.5) / 2 - 0.5]] * 2])
    maps = heatmaps.encode(centre, (32, 32), 2.0).clamp_min(1e-30).log()
    return lambda images: NetworkOutput(
        maps.expand(len(images), -1, -1, -1), torch.zeros(len(images), 2), maps[:, :0].expand(len(images), -1, -1, -1)
    )


def always_drawing(regions: torch.Tensor) -> Network:
    """A network that sees these masks, channels (n, C_r, 32, 32), in the images, and no landmark anywhere."""
    return lambda images: NetworkOutput(
        torch.zeros(len(images), 2, 32, 32), torch.zeros(len(images), 2), (regions - 0.5) * 20
    )


def judged(data: TrainingData, network: Network, recipe=None) -> list[Judged]:
    return list(Validation(data, recipe or a_recipe(), network, CPU).judged())


def drawn_masks(data: TrainingData) -> torch.Tensor:
    """The readers' channels on the grid of the heatmaps."""
    assert data.masks is not None
    flags = torch.from_numpy(data.images[data.masks.validation].view(np.int16))
    return data.masks.on_grid(region_masks(flags, data.masks.bits))


def test_errors_are_means_over_landmarks_in_image_pixels():
    data = some_data(validation=2)
    truth = np.array([[[30, 30], [30, 36]], [[33, 34], [30, 30]]], np.float32)
    data = replace(data, validation_points=truth, validation_scale=np.array([2, 10], np.float32))

    errors = torch.cat([part.error_px for part in judged(data, always_at(30, 30))])

    np.testing.assert_allclose(errors, [2 * (0 + 6) / 2, 10 * (5 + 0) / 2], atol=0.05)


def test_points_are_decoded_as_the_recipe_says():
    data = some_data(validation=1)
    truth = np.full((1, 2, 2), 31.0, np.float32)
    data = replace(data, validation_points=truth, validation_scale=np.ones(1, np.float32))

    (part,) = judged(data, always_at(31, 31), a_recipe("supervised", "decoding.kind=argmax"))

    # 31 lies a quarter of a heatmap pixel from a pixel's centre, on both axes.
    np.testing.assert_allclose(part.error_px, [0.5 * 2**0.5], atol=1e-5)


def test_landmarks_that_are_not_known_do_not_count():
    data = some_data(validation=1)
    truth = np.array([[[np.nan, np.nan], [30, 36]]], np.float32)

    (part,) = judged(replace(data, validation_points=truth, validation_scale=np.ones(1, np.float32)), always_at(30, 30))

    np.testing.assert_allclose(part.error_px, [6], atol=0.05)


def test_images_without_any_known_landmark_are_left_out():
    data = some_data(validation=3)
    points = data.validation_points.copy()
    points[1] = np.nan

    assert len(Validation(replace(data, validation_points=points), a_recipe(), always_at(0, 0), CPU)) == 2


def test_errors_come_a_batch_at_a_time():
    parts = judged(some_data(validation=11), always_at(30, 30))

    assert [len(part.error_px) for part in parts] == [8, 3]


def test_a_network_is_shown_the_channels_of_its_recipe():
    data, seen = with_channels(some_data()), []

    def network(images: torch.Tensor) -> NetworkOutput:
        seen.append(images)
        return always_at(30, 30)(images)

    judged(data, network, a_recipe("supervised", 'input.channels=["inverted","plain"]'))

    assert seen[0].shape == (2, 2, 64, 64)
    torch.testing.assert_close(seen[0][:, 0], -seen[0][:, 1], atol=1e-3, rtol=0)


@pytest.mark.parametrize("overlapping", [True, False])
def test_a_network_that_draws_what_the_reader_drew_has_a_dice_of_one(overlapping: bool):
    data = with_masks(some_data(), overlapping=overlapping)

    (part,) = judged(data, always_drawing(drawn_masks(data)), REGIONS_ALONE)

    torch.testing.assert_close(part.dice, torch.ones(2, 2))
    assert part.error_px.numel() == 0


def test_dice_by_hand():
    data = with_masks(some_data(validation=1))
    flags = np.zeros((64, 64), np.uint16)
    flags[:8, :16], flags[32:, 32:] = 1, 4
    data.images[data.masks.validation[0]] = flags
    drawn = torch.zeros(1, 2, 32, 32)
    drawn[:, 0, :8, :8] = 1

    (part,) = judged(data, always_drawing(drawn), REGIONS_ALONE)

    # 4 x 8 pixels of the heatmap are common; 32 are the reader's, 64 the network's.
    torch.testing.assert_close(part.dice, torch.tensor([[2 * 32 / (32 + 64), 0.0]]))


def test_regions_of_which_a_reader_said_nothing_do_not_count():
    data = with_masks(some_data(validation=3))
    known = np.array([[True, False], [True, True], [True, True]])
    masks = replace(data.masks, validation_known=known, validation=np.array([*data.masks.validation[:2], -1]))

    (part,) = judged(replace(data, masks=masks), always_drawing(drawn_masks(data)), BOTH)

    assert part.dice.isnan().tolist() == [[False, True], [False, False], [True, True]]


def test_a_region_that_is_nowhere_does_not_count():
    data = with_masks(some_data(validation=1))
    data.images[data.masks.validation[0]] = 0

    (part,) = judged(data, always_drawing(torch.zeros(1, 2, 32, 32)), REGIONS_ALONE)

    assert part.dice.isnan().all()


def test_images_with_masks_alone_are_judged_where_regions_are_learnt():
    data = with_masks(some_data(validation=2))
    data = replace(data, validation_points=np.full_like(data.validation_points, np.nan))

    assert len(Validation(data, REGIONS_ALONE, always_at(0, 0), CPU)) == 2
    assert len(Validation(data, a_recipe(), always_at(0, 0), CPU)) == 0


def test_the_verdict_is_the_mean_over_images_and_dice_over_regions_within_one():
    nan = float("nan")
    parts = [
        Judged(torch.tensor([1.0, nan]), torch.tensor([[1.0, 0.5], [nan, nan]])),
        Judged(torch.tensor([4.0]), torch.tensor([[0.25, nan]])),
    ]

    verdict = Verdict.of(parts)

    assert (verdict.error_px, verdict.dice) == (2.5, 0.5)
    assert verdict.measured("val") == {"val_radial_error_px": 2.5, "val_dice": 0.5}
    assert verdict.measured("train") == {"train_radial_error_px": 2.5, "train_dice": 0.5}


def test_what_nobody_knows_is_not_measured():
    verdict = Verdict.of([Judged(torch.empty(0), torch.full((2, 2), float("nan")))])

    assert verdict == Verdict(None, None)
    assert verdict.measured("val") == {}


@pytest.mark.parametrize(
    ("verdict", "best", "is_better"),
    [
        (Verdict(3.0, 0.5), (None, None), True),
        (Verdict(3.0, 0.5), (4.0, 0.9), True),
        (Verdict(4.0, 0.9), (4.0, 0.5), False),
        (Verdict(None, 0.9), (None, None), True),
        (Verdict(None, 0.9), (None, 0.5), True),
        (Verdict(None, 0.5), (None, 0.5), False),
        (Verdict(None, None), (None, None), False),
    ],
)
def test_a_verdict_is_better_by_its_error_or_where_there_is_none_by_dice(
    verdict: Verdict, best: tuple[float | None, float | None], is_better: bool
):
    assert verdict.is_better_than(*best) is is_better


def test_up_to_eight_labelled_images_from_first_to_last_tell_how_well_the_labels_are_learnt():
    data = some_data(labelled=20)

    sample = fitted_sample(data)

    assert sample.validation.tolist() == [0, 3, 5, 8, 11, 14, 16, 19]
    assert fitted_sample(some_data(labelled=3)).validation.tolist() == [0, 1, 2]
    np.testing.assert_allclose(sample.validation_points, data.points[sample.validation])
    np.testing.assert_allclose(sample.validation_scale, 2)


def test_masks_of_labelled_images_are_judged_as_those_of_validation_images_are():
    data = with_masks(some_data(labelled=3))
    sample = fitted_sample(data)

    (part,) = judged(sample, always_drawing(drawn_masks(sample)), REGIONS_ALONE)

    torch.testing.assert_close(part.dice, torch.ones(3, 2))

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kdland.anatomy import LandmarkState, Placement
from napari_kdland.engine import heatmaps
from napari_kdland.engine.networks.base import NetworkOutput
from napari_kdland.engine.networks.heatmap_unet import HeatmapUNet
from napari_kdland.engine.prediction import Predictor, to_image_pixels
from napari_kdland.errors import OutOfMemory, RunError
from tests.engine.factories import (
    NAMES,
    PLACEMENT,
    REGIONS,
    a_recipe,
    a_run,
    labelled_image,
    some_data,
    some_images,
    some_points,
    with_channels,
    with_masks,
)

PLACED, ABSENT = LandmarkState.PLACED, LandmarkState.ABSENT


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_run(tmp_path_factory.mktemp("runs") / "first")


@pytest.fixture(scope="module")
def regional(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a run that knows landmarks and regions that may overlap."""
    recipe = a_recipe("supervised", "heads.regions=true")
    return a_run(tmp_path_factory.mktemp("runs") / "both", recipe, with_masks(some_data()), regions=REGIONS)


@pytest.fixture(scope="module")
def exclusive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a run that knows regions alone, which exclude each other."""
    recipe = a_recipe("supervised", "heads.regions=true", "heads.landmarks=false")
    data = with_masks(some_data(), overlapping=False)
    return a_run(tmp_path_factory.mktemp("runs") / "regions", recipe, data, regions=REGIONS)


def certain_of(
    monkeypatch: pytest.MonkeyPatch,
    *centres: tuple[float, float],
    presence: float = 5.0,
    regions: torch.Tensor | None = None,
) -> None:
    """Let every network see Gaussians at these heatmap points, (y, x), and these region logits (C_r, 32, 32)."""
    places = torch.tensor([centres]).view(1, -1, 2)
    maps = heatmaps.encode(places, (32, 32), 2.0).clamp_min(1e-30).log()
    drawn = maps[0, :0] if regions is None else regions

    def forward(_: HeatmapUNet, images: torch.Tensor) -> NetworkOutput:
        batch = maps.expand(len(images), -1, -1, -1)
        seen = drawn.expand(len(images), -1, -1, -1)
        return NetworkOutput(batch, torch.full(batch.shape[:2], presence), seen)

    monkeypatch.setattr(HeatmapUNet, "forward", forward)


def test_landmarks_come_in_image_pixels_wherever_the_image_lies(trained: Path, monkeypatch: pytest.MonkeyPatch):
    certain_of(monkeypatch, (10.25, 12.5), (20.0, 8.75))
    wide = Placement.letterbox((300, 640), (64, 64))

    (first, second) = Predictor(trained, device="cpu").predict(np.zeros((2, 64, 64), np.uint16), [PLACEMENT, wide])

    expected = np.array([[10.25, 12.5], [20.0, 8.75]])
    np.testing.assert_allclose(first.landmarks.points, PLACEMENT.to_image(expected), atol=0.05)
    np.testing.assert_allclose(second.landmarks.points, wide.to_image(expected), atol=0.2)


def test_points_are_decoded_as_the_recipe_of_the_first_run_says(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    by_arg_max = a_run(tmp_path / "argmax", a_recipe("supervised", "decoding.kind=argmax", "training.steps=2"))
    certain_of(monkeypatch, (10.25, 12.5), (20.0, 8.75))

    (prediction,) = Predictor([by_arg_max, trained], device="cpu").predict(
        np.zeros((1, 64, 64), np.uint16), [PLACEMENT]
    )

    expected = PLACEMENT.to_image(np.array([[10, 12], [20, 9]]))
    np.testing.assert_allclose(prediction.landmarks.points, expected, atol=1e-6)


def test_a_heatmap_that_is_not_a_number_gives_no_point_and_not_a_sure_one_in_the_corner(
    trained: Path, monkeypatch: pytest.MonkeyPatch
):
    certain_of(monkeypatch, (10.25, 12.5), (20.0, 8.75))
    well = HeatmapUNet.forward

    def forward(network: HeatmapUNet, images: torch.Tensor) -> NetworkOutput:
        output = well(network, images)
        return NetworkOutput(output.logits.where(torch.tensor([False, True]).view(2, 1, 1), math.nan), *output[1:3])

    monkeypatch.setattr(HeatmapUNet, "forward", forward)

    (prediction,) = Predictor(trained, device="cpu").predict(np.zeros((1, 64, 64), np.uint16), [PLACEMENT])

    assert prediction.landmarks.states == (LandmarkState.NOT_YET, PLACED)
    assert np.isnan(prediction.landmarks.sd_px).tolist() == [True, False]
    assert prediction.covariance is not None
    assert np.isnan(prediction.covariance).all(axis=(1, 2)).tolist() == [True, False]
    assert np.isfinite(prediction.heatmaps).all()


def test_spread_is_in_image_pixels_and_confidence_is_the_height(trained: Path, monkeypatch: pytest.MonkeyPatch):
    certain_of(monkeypatch, (16, 16), (16, 16))

    (prediction,) = Predictor(trained, device="cpu").predict(np.zeros((1, 64, 64), np.uint16), [PLACEMENT])

    # 2 heatmap px, each 4 image px wide.
    np.testing.assert_allclose(prediction.landmarks.sd_px, 8, rtol=0.03)
    assert prediction.covariance is not None
    np.testing.assert_allclose(prediction.covariance, np.tile(64 * np.eye(2), (2, 1, 1)), rtol=0.06, atol=0.5)
    np.testing.assert_allclose(prediction.landmarks.confidence, 1, atol=0.01)


def test_heatmaps_are_small_and_between_zero_and_one(trained: Path):
    points = some_points(3)

    predictions = Predictor(trained, device="cpu").predict(some_images(points), [PLACEMENT] * 3)

    assert [p.heatmaps.shape for p in predictions] == [(2, 32, 32)] * 3
    assert all(p.heatmaps.dtype == np.float16 and 0 <= p.heatmaps.min() <= p.heatmaps.max() <= 1 for p in predictions)


def test_images_are_predicted_alike_alone_and_in_a_batch(trained: Path):
    images = some_images(some_points(10))
    predictor = Predictor(trained, device="cpu")

    together = predictor.predict(images, [PLACEMENT] * 10)[9]
    (alone,) = predictor.predict(images[9:], [PLACEMENT])

    np.testing.assert_allclose(together.landmarks.points, alone.landmarks.points, atol=0.05)


def test_no_image_gives_no_prediction(trained: Path):
    assert Predictor(trained, device="cpu").predict(np.zeros((0, 64, 64), np.uint16), []) == []


def test_a_run_together_with_itself_sees_what_it_sees_alone(trained: Path):
    images = some_images(some_points(1))

    (alone,) = Predictor(trained, device="cpu").predict(images, [PLACEMENT])
    (twice,) = Predictor([trained, trained], device="cpu").predict(images, [PLACEMENT])

    np.testing.assert_allclose(alone.landmarks.points, twice.landmarks.points, atol=1e-4)


def test_a_network_that_never_saw_an_absence_never_claims_one(trained: Path, monkeypatch: pytest.MonkeyPatch):
    certain_of(monkeypatch, (16, 16), (16, 16), presence=-5.0)

    (prediction,) = Predictor(trained, device="cpu").predict(np.zeros((1, 64, 64), np.uint16), [PLACEMENT])

    assert prediction.landmarks.states == (PLACED, PLACED)


def test_a_network_that_learnt_absence_predicts_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    known = [labelled_image(0, ABSENT, PLACED), labelled_image(1, PLACED, PLACED)]
    data = type(some_data()).prepare(some_images(some_points(2)), known, landmarks=NAMES)
    folder = a_run(tmp_path, data=data)
    certain_of(monkeypatch, (16, 16), (16, 16), presence=-5.0)

    (prediction,) = Predictor(folder, device="cpu").predict(np.zeros((1, 64, 64), np.uint16), [PLACEMENT])

    assert prediction.landmarks.states == (ABSENT, PLACED)
    assert np.isnan(prediction.landmarks.sd_px[0])
    assert prediction.covariance is not None
    assert np.isnan(prediction.covariance[0]).all()


def test_memory_that_runs_out_is_answered_with_advice(trained: Path, monkeypatch: pytest.MonkeyPatch):
    def too_much(*_: object) -> NetworkOutput:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(HeatmapUNet, "forward", too_much)

    with pytest.raises(OutOfMemory, match=r"no memory left to predict images of 64 px with first.*predict on the cpu"):
        Predictor(trained, device="cpu").predict(np.zeros((1, 64, 64), np.uint16), [PLACEMENT])


def test_runs_of_different_landmarks_do_not_predict_together(trained: Path, tmp_path: Path):
    other = a_run(tmp_path, landmarks=("dot", "stain"))

    with pytest.raises(RunError, match=r"landmarks \('dot', 'spot'\) and \('dot', 'stain'\)"):
        Predictor([trained, other], device="cpu")


def test_runs_of_different_sigma_do_not_predict_together(trained: Path, tmp_path: Path):
    other = a_run(tmp_path, a_recipe("supervised", "input.sigma_px=3"))

    with pytest.raises(RunError, match=r"sigma 2.0 and 1.5"):
        Predictor([trained, other], device="cpu")


def test_predicting_without_a_run_is_refused():
    with pytest.raises(RunError, match="No run was given"):
        Predictor([])


@given(st.integers(20, 90), st.integers(20, 90))
@settings(max_examples=30)
def test_maps_are_laid_on_the_image_where_the_placement_says(height: int, width: int):
    placement = Placement.letterbox((height, width), (64, 64))
    y, x = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")

    laid = to_image_pixels(torch.stack((y, x)), placement)

    places = placement.to_heatmap(np.stack(np.mgrid[:height, :width], axis=-1))
    np.testing.assert_allclose(laid.permute(1, 2, 0), np.clip(places, 0, 31), atol=1e-3)


def halves(*, overlapping: bool) -> torch.Tensor:
    """Logits of the upper half, then of the left half; of exclusive regions after the background's."""
    logits = torch.full((2, 32, 32), -4.0)
    logits[0, :16], logits[1, :, :16] = 4.0, 6.0
    return logits if overlapping else torch.cat((torch.zeros(1, 32, 32), logits))


def test_regions_come_as_masks_of_the_image(regional: Path, monkeypatch: pytest.MonkeyPatch):
    certain_of(monkeypatch, (16, 16), (16, 16), regions=halves(overlapping=True))
    predictor = Predictor(regional, device="cpu")

    (prediction,) = predictor.predict(np.zeros((1, 64, 64), np.uint16), [PLACEMENT])

    assert predictor.regions == prediction.regions.names == REGIONS
    assert prediction.regions.size == (128, 128)
    assert prediction.regions["disc"][:63].all()
    assert not prediction.regions["disc"][65:].any()
    assert prediction.regions["patch"][:, :63].all()
    assert prediction.regions.area_px.tolist() == pytest.approx([128 * 64] * 2, rel=0.02)


def test_of_exclusive_regions_each_pixel_has_the_likeliest_or_none(exclusive: Path, monkeypatch: pytest.MonkeyPatch):
    certain_of(monkeypatch, regions=halves(overlapping=False))

    (prediction,) = Predictor(exclusive, device="cpu").predict(np.zeros((1, 64, 64), np.uint16), [PLACEMENT])

    masks = prediction.regions.masks
    assert masks.sum(axis=0).max() == 1
    assert (masks[1, :, :63].all(), masks[0, :63, 65:].all(), masks[:, 65:, 65:].any()) == (True, True, False)


def test_a_run_of_regions_alone_places_no_landmark(exclusive: Path):
    (prediction,) = Predictor(exclusive, device="cpu").predict(some_images(some_points(1)), [PLACEMENT])

    assert prediction.landmarks.states == (LandmarkState.NOT_YET, LandmarkState.NOT_YET)
    assert prediction.heatmaps.shape == (0, 32, 32)
    assert prediction.regions is not None


def test_a_run_without_regions_predicts_none(trained: Path):
    predictor = Predictor(trained, device="cpu")

    assert predictor.regions == ()
    assert predictor.predict(some_images(some_points(1)), [PLACEMENT])[0].regions is None


def test_regions_of_several_runs_are_the_mean_of_their_probabilities(regional: Path):
    images = some_images(some_points(1))

    (alone,) = Predictor(regional, device="cpu").predict(images, [PLACEMENT])
    (twice,) = Predictor([regional, regional], device="cpu").predict(images, [PLACEMENT])

    assert twice.regions == alone.regions


def test_a_run_of_several_channels_wants_them_all_in_its_order(tmp_path: Path):
    recipe = a_recipe("supervised", 'input.channels=["inverted","plain"]')
    folder = a_run(tmp_path / "two", recipe, with_channels(some_data()))
    images = some_images(some_points(2))
    predictor = Predictor(folder, device="cpu")

    one, other = (
        predictor.predict(np.stack(channels, axis=1), [PLACEMENT] * 2)
        for channels in ((65535 - images, images), (images, 65535 - images))
    )

    assert predictor.channels == ("inverted", "plain")
    assert not np.allclose(one[0].heatmaps, other[0].heatmaps)


def test_runs_of_different_regions_do_not_predict_together(trained: Path, regional: Path, exclusive: Path):
    with pytest.raises(RunError, match=r"regions \(\) and \('disc', 'patch'\)"):
        Predictor([trained, regional], device="cpu")
    with pytest.raises(RunError, match=r"heads landmarks=True regions=True and landmarks=False regions=True"):
        Predictor([regional, exclusive], device="cpu")


def test_runs_of_different_channels_do_not_predict_together(trained: Path, tmp_path: Path):
    other = a_run(tmp_path, a_recipe("supervised", 'input.channels=["plain"]'), with_channels(some_data()))

    with pytest.raises(RunError, match=r"channels \(\) and \('plain',\)"):
        Predictor([trained, other], device="cpu")

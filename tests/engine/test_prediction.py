from pathlib import Path

import numpy as np
import pytest
import torch

from napari_kdland.anatomy import LandmarkState, Placement
from napari_kdland.engine import heatmaps
from napari_kdland.engine.networks.base import NetworkOutput
from napari_kdland.engine.networks.heatmap_unet import HeatmapUNet
from napari_kdland.engine.prediction import Predictor
from napari_kdland.errors import OutOfMemory, RunError
from tests.engine.factories import (
    NAMES,
    PLACEMENT,
    a_recipe,
    a_run,
    labelled_image,
    some_data,
    some_images,
    some_points,
)

PLACED, ABSENT = LandmarkState.PLACED, LandmarkState.ABSENT


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_run(tmp_path_factory.mktemp("runs") / "first")


def certain_of(monkeypatch: pytest.MonkeyPatch, *centres: tuple[float, float], presence: float = 5.0) -> None:
    """Let every network see Gaussians at these heatmap points, (y, x)."""
    maps = heatmaps.encode(torch.tensor([centres]), (32, 32), 2.0).clamp_min(1e-30).log()

    def forward(_: HeatmapUNet, images: torch.Tensor) -> NetworkOutput:
        batch = maps.expand(len(images), -1, -1, -1)
        return NetworkOutput(batch, torch.full(batch.shape[:2], presence), batch[:, :0])

    monkeypatch.setattr(HeatmapUNet, "forward", forward)


def test_landmarks_come_in_image_pixels_wherever_the_image_lies(trained: Path, monkeypatch: pytest.MonkeyPatch):
    certain_of(monkeypatch, (10.25, 12.5), (20.0, 8.75))
    wide = Placement.letterbox((300, 640), (64, 64))

    (first, second) = Predictor(trained, device="cpu").predict(np.zeros((2, 64, 64), np.uint16), [PLACEMENT, wide])

    expected = np.array([[10.25, 12.5], [20.0, 8.75]])
    np.testing.assert_allclose(first.landmarks.points, PLACEMENT.to_image(expected), atol=0.05)
    np.testing.assert_allclose(second.landmarks.points, wide.to_image(expected), atol=0.2)


def test_spread_is_in_image_pixels_and_confidence_is_the_height(trained: Path, monkeypatch: pytest.MonkeyPatch):
    certain_of(monkeypatch, (16, 16), (16, 16))

    (prediction,) = Predictor(trained, device="cpu").predict(np.zeros((1, 64, 64), np.uint16), [PLACEMENT])

    # 2 heatmap px, each 4 image px wide.
    np.testing.assert_allclose(prediction.landmarks.sd_px, 8, rtol=0.03)
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

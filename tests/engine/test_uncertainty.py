"""Tests of napari_kdland.engine.uncertainty."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.anatomy import Placement
from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.base import Answer
from napari_kdland.engine.prediction import Predictor
from napari_kdland.engine.uncertainty import SpreadPredictor, total_covariance
from napari_kdland.errors import RunError
from napari_kdland.recipes.asking import Asking
from napari_kdland.recipes.model import DecodingPart
from tests.engine.factories import PLACEMENT, a_recipe, a_run, some_images, some_points


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two runs that learnt the same from other seeds, with dropout."""
    folder = tmp_path_factory.mktemp("runs")
    recipe = a_recipe("supervised", "student.dropout=0.3", "training.steps=2")
    return [a_run(folder / name, recipe, seed=seed) for seed, name in enumerate(("first", "second"))]


def an_answer(*points: tuple[float, float], sigma: float = 2.0) -> Answer:
    drawn = heatmaps.encode(torch.tensor([points]), (32, 32), sigma)
    return Answer(heatmaps.log_softmax(drawn.clamp_min(1e-30).log()), torch.zeros(1, 0, 32, 32), {})


def test_copies_of_one_answer_have_no_covariance_between():
    alone = total_covariance([an_answer((10, 12))], 2.0, DecodingPart())
    thrice = total_covariance([an_answer((10, 12))] * 3, 2.0, DecodingPart())

    torch.testing.assert_close(alone.between, torch.zeros(1, 1, 2, 2))
    torch.testing.assert_close(thrice.between, torch.zeros(1, 1, 2, 2), atol=1e-6, rtol=0)
    torch.testing.assert_close(thrice.within, alone.within)


def test_answers_that_are_apart_along_x_vary_along_x():
    found = total_covariance([an_answer((16, 12)), an_answer((16, 20))], 2.0, DecodingPart())

    torch.testing.assert_close(found.between[0, 0], torch.tensor([[0.0, 0], [0, 16]]), atol=0.05, rtol=0)
    torch.testing.assert_close(found.within[0, 0], 4 * torch.eye(2), atol=0.2, rtol=0)


@given(st.permutations(range(4)))
def test_the_order_of_the_answers_says_nothing(order: list[int]):
    answers = [an_answer((10 + 2 * index, 20 - 3 * index), sigma=2 + 0.2 * index) for index in range(4)]

    found = total_covariance(answers, 2.0, DecodingPart())
    other = total_covariance([answers[index] for index in order], 2.0, DecodingPart())

    torch.testing.assert_close(other, found)


def test_nobody_has_no_covariance():
    with pytest.raises(ValueError, match="nobody gave an answer"):
        total_covariance([], 2.0, DecodingPart())


def test_one_look_has_the_covariance_of_the_prediction(runs: list[Path]):
    images = some_images(some_points(9))

    spread = SpreadPredictor(runs[:1], Asking().part, device="cpu").predict(images, [PLACEMENT] * 9)
    seen = Predictor(runs[0], device="cpu").predict(images, [PLACEMENT] * 9)

    np.testing.assert_allclose(spread.total, [one.covariance for one in seen], rtol=1e-4)
    assert not spread.between.any()


@pytest.mark.parametrize("way", ["dropout", "ensemble", "views"])
def test_several_answers_disagree_and_that_is_added(runs: list[Path], way: str):
    asking = Asking(way, ("second",) if way == "ensemble" else (), passes=3)
    folders = runs if way == "ensemble" else runs[:1]
    images = some_images(some_points(2))

    spread = SpreadPredictor(folders, asking.part, device="cpu").predict(images, [PLACEMENT] * 2)

    assert spread.total.shape == (2, 2, 2, 2)
    assert (np.trace(spread.between, axis1=-2, axis2=-1) > 0).all()
    np.testing.assert_allclose(spread.total, spread.within + spread.between)
    assert (np.linalg.eigvalsh(spread.total) > 0).all()


def test_passes_with_dropout_are_drawn_by_the_seed(runs: list[Path]):
    images, part = some_images(some_points(1)), Asking("dropout", passes=2).part

    def between(seed: int) -> np.ndarray:
        return SpreadPredictor(runs[:1], part, device="cpu", seed=seed).predict(images, [PLACEMENT]).between

    np.testing.assert_array_equal(between(1), between(1))
    assert not np.allclose(between(1), between(2))


def test_an_ensemble_of_one_run_and_itself_agrees(runs: list[Path]):
    part = Asking("ensemble", ("again",)).part

    spread = SpreadPredictor([runs[0]] * 2, part, device="cpu").predict(some_images(some_points(1)), [PLACEMENT])

    np.testing.assert_allclose(spread.between, 0, atol=1e-6)


def test_covariances_grow_with_the_square_of_the_image(runs: list[Path]):
    images, predictor = some_images(some_points(1)), SpreadPredictor(runs[:1], Asking().part, device="cpu")

    small = predictor.predict(images, [PLACEMENT]).total
    large = predictor.predict(images, [Placement.letterbox((384, 384), (64, 64))]).total

    np.testing.assert_allclose(large, 9 * small)


def test_no_image_has_no_covariance(runs: list[Path]):
    spread = SpreadPredictor(runs[:1], Asking().part, device="cpu").predict(np.zeros((0, 64, 64), np.uint16), [])

    assert spread.total.shape == (0, 2, 2, 2)


def test_a_run_without_dropout_is_not_asked_with_it(tmp_path: Path):
    plain = a_run(tmp_path / "plain", a_recipe("supervised", "training.steps=2"))

    with pytest.raises(RunError, match=r"plain was trained without dropout.*--set student\.dropout=0\.2"):
        SpreadPredictor([plain], Asking("dropout").part, device="cpu")

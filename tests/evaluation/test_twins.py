"""Tests of napari_kdland.evaluation.twins."""

import numpy as np
import pytest
from scipy import ndimage

from napari_kdland.evaluation.twins import straddling, twins

SPLITS = {"a.png": "train", "b.png": "test", "c.png": "train", "d.png": "pool"}


def a_picture(seed: int, side: int = 64) -> np.ndarray:
    """A broad chest that is the same in all, with fine structures of its own."""
    y, x = np.mgrid[:side, :side] / side - 0.5
    fine = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(side, side)), 1.5)
    return np.clip(128 + 90 * np.exp(-8 * (x**2 + y**2)) + 120 * fine, 0, 255).astype(np.uint8)


def test_a_copy_with_another_window_on_another_side_leaks():
    copy = (255 * (a_picture(1) / 255) ** 1.5).astype(np.uint8)

    found, notes = twins({"a.png": a_picture(1), "b.png": copy, "c.png": a_picture(2)}, SPLITS)

    assert [(one.image, one.landmark, one.kind) for one in found] == [
        ("a.png", "", "duplicate"),
        ("b.png", "", "duplicate"),
    ]
    assert "shows nearly the same as b.png (test)" in found[0].reason
    assert found[0].reason.endswith("it stands in train, which leaks.")
    assert notes == []


def test_a_copy_on_the_same_side_does_not_leak_and_counts_less():
    (one, _), _ = twins({"a.png": a_picture(1), "c.png": a_picture(1)}, SPLITS)
    (other, _), _ = twins({"a.png": a_picture(1), "b.png": a_picture(1)}, SPLITS)

    assert "leaks" not in one.reason
    assert one.score < other.score


@pytest.mark.parametrize("seed", range(5))
def test_chests_of_different_people_are_no_twins(seed):
    assert twins({"a.png": a_picture(seed), "b.png": a_picture(seed + 100)}, SPLITS)[0] == []


def test_black_pictures_and_single_ones_have_no_twin():
    black = np.zeros((64, 64), np.uint8)

    assert twins({"a.png": black, "b.png": black}, SPLITS) == ([], [])
    assert twins({"a.png": a_picture(1)}, SPLITS) == ([], [])


def test_images_of_one_patient_on_two_sides_are_named_with_each_other():
    found, _ = straddling([("a.png", "b.png")], SPLITS)

    assert [one.image for one in found] == ["a.png", "b.png"]
    assert found[0].reason == "the same patient stands in train and elsewhere: b.png (test)."

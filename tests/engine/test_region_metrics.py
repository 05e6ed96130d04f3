import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Regions
from napari_kdland.engine.region_metrics import dice, measure, surface_distances
from napari_kdland.errors import RunError

masks = arrays(bool, (1, 12, 14))


def blocks(*corners: tuple[int, int, int, int], size: tuple[int, int] = (20, 30)) -> np.ndarray:
    """Give one mask a block (top, left, bottom, right)."""
    made = np.zeros((len(corners), *size), dtype=bool)
    for index, (top, left, bottom, right) in enumerate(corners):
        made[index, top:bottom, left:right] = True
    return made


def of_monai(shared: Path, *, is_empty: bool) -> list[tuple[dict, dict[str, np.ndarray]]]:
    manifest = json.loads((shared / "reference" / "metrics.manifest.json").read_text())
    cases = [case for case in manifest["cases"] if case["function"] == "metrics.monai_region"]
    with np.load(shared / "reference" / "metrics.npz") as stored:
        loaded = [
            (case, {name: stored[entry["key"]] for name, entry in {**case["inputs"], **case["outputs"]}.items()})
            for case in cases
        ]
    return [one for one in loaded if ("empty" in one[0]["parameters"]["shape"]) == is_empty]


def test_dice_and_distances_equal_published_values_with_spacing(shared: Path):
    cases = of_monai(shared, is_empty=False)
    assert len(cases) == 7

    for case, values in cases:
        predicted, truth = values["pred_mask"][None] > 0, values["true_mask"][None] > 0
        hd95, assd = surface_distances(predicted, truth, case["parameters"]["spacing_yx"])
        found = {"dice": dice(predicted, truth), "hd95": hd95, "assd": assd}
        for name, value in found.items():
            assert_allclose(value[0], values[name], **case["tolerance"][name], err_msg=f"{case['case']} {name}")


def test_empty_masks_have_the_published_dice_and_no_distance(shared: Path):
    cases = of_monai(shared, is_empty=True)
    assert len(cases) == 3

    for case, values in cases:
        predicted, truth = values["pred_mask"][None] > 0, values["true_mask"][None] > 0
        assert_allclose(dice(predicted, truth)[0], values["dice"], err_msg=case["case"])
        assert np.isnan(surface_distances(predicted, truth)).all()
        assert not np.isfinite([values["hd95"], values["assd"]]).any()


@given(masks, masks)
def test_all_figures_are_symmetric_where_both_masks_have_pixels(one: np.ndarray, other: np.ndarray):
    one[0, 3, 4] = other[0, 8, 9] = True

    assert_allclose(dice(one, other), dice(other, one))
    assert_allclose(surface_distances(one, other), surface_distances(other, one), rtol=1e-5)


@given(masks)
def test_a_mask_held_against_itself_is_perfect(mask: np.ndarray):
    mask[0, 3, 4] = True

    assert dice(mask, mask) == 1
    assert_allclose(surface_distances(mask, mask), 0)


@given(masks, masks, st.floats(0.1, 4))
def test_distances_grow_with_the_spacing(one: np.ndarray, other: np.ndarray, scale: float):
    one[0, 3, 4] = other[0, 8, 9] = True

    scaled = surface_distances(one, other, (scale, scale))

    assert_allclose(scaled, scale * np.array(surface_distances(one, other)), rtol=1e-4, atol=1e-5)


def test_a_block_moved_by_five_columns_is_five_columns_off():
    truth, predicted = blocks((4, 4, 14, 14)), blocks((4, 9, 14, 19))

    hd95, _ = surface_distances(predicted, truth, (3.0, 0.5))

    assert dice(predicted, truth) == pytest.approx(0.5)
    assert hd95 == pytest.approx(2.5)


def test_regions_that_the_truth_does_not_know_are_not_measured():
    names = ("right", "left")
    truth = Regions(names, blocks((2, 2, 9, 9), (0, 0, 0, 0)), np.array([True, False]))
    predicted = Regions(names, blocks((2, 2, 9, 9), (1, 1, 5, 5)))

    figures = measure(predicted, truth)

    assert_allclose(figures.dice, [1, np.nan])
    assert figures.hd95_mm is None
    assert (figures.known.tolist(), figures.has_prediction.tolist()) == ([True, False], [True, True])


@pytest.mark.parametrize("spacing", [(0.2, 0.2), (0.2, 0.4)])
def test_distances_in_millimetres_follow_the_spacing_along_each_axis(spacing: tuple[float, float]):
    truth = Regions(("heart",), blocks((4, 4, 14, 14)))
    predicted = Regions(("heart",), blocks((4, 9, 14, 19)))

    figures = measure(predicted, truth, spacing_mm=spacing)

    assert figures.hd95_px == pytest.approx(5)
    assert figures.hd95_mm == pytest.approx(5 * spacing[1])


def test_predicted_regions_may_come_in_another_order():
    truth = Regions(("right", "left"), blocks((2, 2, 9, 9), (2, 12, 9, 19)))
    predicted = Regions(("left", "heart", "right"), blocks((2, 12, 9, 19), (0, 0, 3, 3), (2, 2, 9, 9)))

    assert_allclose(measure(predicted, truth).dice, [1, 1])


@pytest.mark.parametrize(
    "predicted", [Regions(("right",), blocks((0, 0, 3, 3))), Regions(("left",), blocks((0, 0, 3, 3), size=(20, 31)))]
)
def test_regions_that_cannot_be_held_against_each_other_are_refused(predicted: Regions):
    with pytest.raises(RunError, match=r"Cannot measure .* against left of \(20, 30\) pixels"):
        measure(predicted, Regions(("left",), blocks((0, 0, 3, 3))))

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.errors import AnnotationError, SchemeError
from napari_kdland.evaluation.regions import RegionFigures, Spread, sum_up

NAN = float("nan")


def figures(
    *dice: float,
    truth: tuple[bool, ...] = (True, True),
    predicted: tuple[bool, ...] = (True, True),
    known: tuple[bool, ...] = (True, True),
    hd95: tuple[float, ...] = (4.0, 6.0),
    spacing: float | None = None,
    names: tuple[str, ...] = ("lung", "heart"),
) -> RegionFigures:
    both = np.array(truth) & np.array(predicted)
    distance = np.where(both, hd95, np.nan)
    mm = None if spacing is None else distance * spacing
    flags = [np.array(values) for values in (truth, predicted, known)]
    return RegionFigures(names, np.array(dice), distance, distance / 2, mm, None if mm is None else mm / 2, *flags)


def test_mean_spread_and_median_are_taken_over_images():
    evaluation = sum_up({"a": figures(0.9, 0.5), "b": figures(0.7, 0.6), "c": figures(0.8, 1.0)})

    lung = evaluation.per_region["lung"].dice
    assert (lung.mean, lung.sd, lung.median) == pytest.approx((0.8, 0.1, 0.8))
    assert evaluation.per_region["heart"].dice.median == pytest.approx(0.6)


def test_together_figures_are_averaged_over_the_regions_of_an_image_first():
    evaluation = sum_up({"a": figures(0.9, 0.5), "b": figures(0.7, NAN, known=(True, False), truth=(True, False))})

    assert evaluation.overall.dice.mean == pytest.approx((0.7 + 0.7) / 2)
    assert evaluation.overall.n_images == 2


def test_a_missed_region_has_dice_zero_and_is_in_no_distance():
    evaluation = sum_up({"a": figures(0.9, 0.8), "b": figures(0.0, 0.8, predicted=(False, True))})

    lung = evaluation.per_region["lung"]
    assert (lung.dice.mean, lung.hd95_px.mean) == pytest.approx((0.45, 4.0))
    assert (lung.n_images, lung.n_missing, lung.n_invented) == (2, 1, 0)


def test_a_region_that_is_absent_and_was_found_all_the_same_is_counted_as_invented():
    absent = figures(NAN, 0.8, truth=(False, True))
    rightly_absent = figures(NAN, 0.8, truth=(False, True), predicted=(False, True))

    lung = sum_up({"a": absent, "b": rightly_absent, "c": figures(0.6, 0.8)}).per_region["lung"]

    assert (lung.n_images, lung.n_invented, lung.n_missing) == (1, 1, 0)
    assert lung.dice.mean == pytest.approx(0.6)


def test_what_the_reader_does_not_know_is_neither_missing_nor_invented():
    unknown = figures(NAN, 0.8, truth=(False, True), known=(False, True))

    lung = sum_up({"a": unknown}).per_region["lung"]

    assert (lung.n_images, lung.n_invented, lung.n_missing) == (0, 0, 0)
    assert np.isnan(lung.dice.mean)


@pytest.mark.parametrize(("spacings", "expected"), [((0.5, 0.25), (2.0 + 1.0) / 2), ((0.5, None), None)])
def test_millimetres_are_given_where_every_image_has_a_spacing(
    spacings: tuple[float | None, ...], expected: float | None
):
    evaluation = sum_up({name: figures(0.9, 0.8, spacing=mm) for name, mm in zip("ab", spacings, strict=True)})

    found = evaluation.per_region["lung"].hd95_mm
    assert (None if found is None else found.mean) == (expected and pytest.approx(expected))


def test_values_that_are_not_finite_are_in_no_mean():
    spread = Spread.of(np.array([1.0, np.inf, 3.0, np.nan]))

    assert_allclose([spread.mean, spread.sd, spread.median], [2.0, np.sqrt(2), 2.0])


@pytest.mark.parametrize(("values", "expected"), [([], [NAN] * 3), ([5.0], [5.0, NAN, 5.0])])
def test_few_values_have_no_spread(values: list[float], expected: list[float]):
    spread = Spread.of(np.array(values))

    assert_allclose([spread.mean, spread.sd, spread.median], expected)


def test_images_without_a_truth_are_left_out():
    unknown = figures(NAN, NAN, truth=(False, False), known=(False, False))

    assert sum_up({"a": unknown, "b": figures(0.9, 0.8)}).images == ("b",)
    with pytest.raises(AnnotationError, match="None of the 1 images has region masks"):
        sum_up({"a": unknown})


def test_images_with_different_regions_are_refused():
    with pytest.raises(SchemeError, match="b has the regions lung, liver, a lung, heart"):
        sum_up({"a": figures(0.9, 0.8), "b": figures(0.9, 0.8, names=("lung", "liver"))})


def test_the_numbers_to_be_kept_are_those_that_are_numbers():
    evaluation = sum_up({"a": figures(0.9, NAN, truth=(True, False))})

    assert evaluation.numbers == pytest.approx(
        {"dice": 0.9, "hd95_px": 4.0, "assd_px": 2.0, "dice_lung": 0.9, "hd95_px_lung": 4.0, "assd_px_lung": 2.0}
    )


def test_an_evaluation_is_plain_json_without_nan():
    evaluation = sum_up({"a": figures(0.9, NAN, truth=(True, False))})

    plain = json.loads(json.dumps(evaluation.to_json(), allow_nan=False))

    assert plain["per_region"]["heart"]["dice"] == {"mean": None, "sd": None, "median": None}
    assert plain["overall"]["dice"]["mean"] == pytest.approx(0.9)

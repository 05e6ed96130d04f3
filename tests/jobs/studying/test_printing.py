"""Tests of napari_kdland.jobs.studying.printing."""

from napari_kdland.jobs.studying.printing import text_of
from napari_kdland.jobs.studying.results import Block, Difference, Figure, Row
from tests.jobs.studying.test_results import a_result


def test_the_text_shows_figures_spreads_and_differences():
    lines = text_of(a_result()).splitlines()

    cells = {line.split("  ")[0]: " ".join(line.split()) for line in lines}
    assert cells["supervised"] == "supervised 2 12.50 (0.50) 12.5 (50.0) 13.50 (0.50)"
    assert cells["kd"] == "kd 1 of 2 11.00 12.5 12.00 -1.50 (-2.25 to -0.75) < 0.001"
    assert cells["mean shape"] == "mean shape 40.00 12.5"
    assert "Mean, last weights (px)" in lines[3]


def test_regions_have_columns_of_their_own():
    figures = {"dice": Figure(mean=0.875, sd=0.0125), "hd95_px": Figure(mean=12.0, sd=None)}
    better = Difference(mean=0.05, low=0.025, high=0.075, p_value=0.01, p_holm=0.02, n_images=8)
    rows = (
        Row(name="base", kind="student", runs=("a",), n_wanted=1, best=figures, last=figures),
        Row(name="emkd", kind="student", runs=("b",), n_wanted=1, best=figures, last={}, dice_difference=better),
    )
    block = Block(title="k = 10", labels=10, draws=("label_rank",), spread="seeds", rows=rows)

    lines = text_of(a_result(blocks=(block,), baseline="base")).splitlines()

    assert "Dice (%)  HD95 (px)  Dice, last weights (%)  difference in points of Dice from base (95 % CI)" in lines[3]
    assert " ".join(lines[6].split()) == "emkd 1 87.5 (1.2) 12.00 +5.00 (+2.50 to +7.50) 0.020"


def test_the_text_says_what_was_tuned_what_is_unequal_and_what_is_not_done():
    text = text_of(a_result())

    assert "kd, trials: 1, chosen: terms.0.weight=2.0" in text
    assert "Not tuned, but compared" in text
    assert "Not done: kd-1: The disk is full." in text


def test_errors_and_distances_are_told_in_one_unit():
    figures = {
        f"{name}_{unit}": Figure(mean=mean, sd=None)
        for name, px in (("mean_radial_error", 8.0), ("hd95", 12.0))
        for unit, mean in (("px", px), ("mm", px / 4))
    }
    better = Difference(mean=-1.5, low=-2.0, high=-1.0, p_value=0.01, p_holm=0.02, n_images=8)
    rows = (
        Row(name="supervised", kind="student", runs=("a",), n_wanted=1, best=figures, last=figures),
        Row(name="kd", kind="student", runs=("b",), n_wanted=1, best=figures, last={}, difference=better),
    )
    block = Block(title="k = 10", labels=10, draws=("label_rank",), spread="seeds", rows=rows, unit="mm")

    lines = text_of(a_result(blocks=(block,))).splitlines()

    assert "errors in millimetres" in lines[0]
    assert "Mean (mm)  HD95 (mm)  Mean, last weights (mm)  difference in mm from supervised" in lines[3]
    assert " ".join(lines[6].split()) == "kd 1 2.00 3.00 -1.50 (-2.00 to -1.00) 0.020"

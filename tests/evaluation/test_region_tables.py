import csv
import io

import numpy as np
import pytest

from napari_kdland.evaluation.comparison import compare, compare_regions
from napari_kdland.evaluation.region_tables import region_csv, region_text_table
from napari_kdland.evaluation.regions import RegionEvaluation, RegionFigures, sum_up
from napari_kdland.evaluation.report import ReportContents, render
from napari_kdland.evaluation.tables import text_table
from tests.evaluation.factories import a_prediction, a_truth


def an_evaluation(dice: float, *, mm: float | None = None, n_images: int = 4) -> RegionEvaluation:
    rng = np.random.default_rng(0)
    there = np.array([True, True])

    def one() -> RegionFigures:
        overlap = np.clip(dice + 0.02 * rng.standard_normal(2), 0, 1)
        distance = 40 * (1 - overlap)
        in_mm = None if mm is None else mm * distance
        return RegionFigures(("lung", "heart"), overlap, distance, distance / 3, in_mm, in_mm, there, there, there)

    return sum_up({f"{index}.png": one() for index in range(n_images)})


RUNS = {"teacher": an_evaluation(0.95), "student": an_evaluation(0.85)}


def test_the_columns_of_the_table_are_aligned_and_ascii():
    text = region_text_table(RUNS)

    head, rule, *rows = text.splitlines()[2:9]
    assert text.isascii()
    assert set(rule) == {"-"}
    assert len(rows) == 5
    assert all(len(row) <= len(rule) for row in rows)
    assert head.split()[-3:] == ["Images", "Missing", "Invented"]


def test_the_best_mean_of_every_region_is_marked():
    rows = region_text_table(RUNS).splitlines()[4:10]

    assert [row.count("*") for row in rows] == [3, 0, 3, 0, 3, 0]
    assert rows[0].startswith("all regions  teacher")


def test_mean_spread_and_median_are_written_in_percent_and_pixels():
    evaluation = RUNS["teacher"]
    dice = evaluation.overall.dice

    line = region_text_table({"teacher": evaluation}).splitlines()[4]

    assert f"{100 * dice.mean:.1f} ({100 * dice.sd:.1f}), {100 * dice.median:.1f}" in line
    assert "*" not in line


def test_millimetres_have_columns_where_a_run_has_them():
    assert "(mm)" not in region_text_table(RUNS)
    assert "HD95 (mm)" in region_text_table({"teacher": an_evaluation(0.95, mm=0.2)})


def test_figures_that_nobody_measured_are_dashes():
    nothing = np.array([np.nan])
    missed = RegionFigures(
        ("lung",), np.array([0.0]), nothing, nothing, None, None, np.array([True]), np.array([False]), np.array([True])
    )

    row = region_text_table({"student": sum_up({"a.png": missed})}).splitlines()[4].split()

    assert row == ["all", "regions", "student", "0.0,", "0.0", "-", "-", "1", "1", "0"]


def test_the_csv_holds_every_figure_in_full_precision():
    rows = list(csv.DictReader(io.StringIO(region_csv(RUNS))))

    assert [(row["run"], row["region"]) for row in rows[:3]] == [
        ("teacher", "all regions"),
        ("teacher", "lung"),
        ("teacher", "heart"),
    ]
    assert float(rows[1]["mean_dice"]) == RUNS["teacher"].per_region["lung"].dice.mean
    assert rows[0]["mean_hd95_mm"] == ""


def test_landmarks_and_regions_stand_one_below_the_other():
    truth = a_truth(4)
    comparison = compare({name: a_prediction(truth, 3.0) for name in RUNS}, truth).with_regions(RUNS)

    text = text_table(comparison)

    assert text.index("Mean (px)") < text.index("Dice (%)")
    assert comparison.to_json()["rows"][0]["evaluation"]["regions"]["overall"]["dice"]["mean"] > 0.9


def test_runs_without_landmarks_have_the_table_of_regions_alone():
    comparison = compare_regions(RUNS)

    assert text_table(comparison).startswith(region_text_table(RUNS))
    assert comparison.images == RUNS["teacher"].images


@pytest.mark.parametrize("has_landmarks", [True, False])
def test_the_page_shows_regions_beside_landmarks_or_alone(has_landmarks: bool):
    truth = a_truth(8)
    comparison = compare_regions(RUNS)
    if has_landmarks:
        comparison = compare({name: a_prediction(truth, 3.0) for name in RUNS}, truth).with_regions(RUNS)

    page = render(comparison, ReportContents())

    assert 'id="by-region"' in page
    assert "Dice (%)" in page
    assert ("Mean radial error by landmark" in page) == has_landmarks
    assert ("How many landmarks lie how close" in page) == has_landmarks


def test_a_comparison_without_regions_says_nothing_of_them():
    truth = a_truth(8)
    comparison = compare({"plain": a_prediction(truth, 3.0)}, truth)

    assert "Dice" not in render(comparison, ReportContents())
    assert "Dice" not in text_table(comparison)

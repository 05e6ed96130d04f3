import csv
import io

import pytest

from napari_kdland.anatomy import Landmarks
from napari_kdland.evaluation.comparison import compare
from napari_kdland.evaluation.tables import csv_table, errors_csv, text_table
from tests.evaluation.factories import a_prediction, a_truth, shifted

NAMES = ("landmark_0", "landmark_1", "landmark_2")


def a_comparison(n_images=12, **options):
    truth = a_truth(n_images)
    runs = {"student": shifted(truth, (3, 0)), "plain": shifted(truth, (0, 5))}
    return compare(runs, truth, baseline="plain", floor=a_prediction(truth, 30.0), **options)


def test_the_columns_of_the_text_table_are_aligned():
    lines = text_table(a_comparison()).splitlines()
    head, rule, *rows = lines[2:7]

    ends = [head.index(title) + len(title) for title in ("Mean (px)", "SD (px)", "Outliers (%)")]
    assert set(rule) == {"-"}
    for row in rows:
        assert all(row.ljust(200)[end : end + 2].strip() in ("", "*") for end in ends)
        assert len(row) <= len(rule)


def test_the_text_table_shows_values_differences_and_the_best():
    text = text_table(a_comparison())

    assert "plain (baseline)" in text
    assert "3.0 (-2.0) *" in text
    assert "student: better than plain by 2.0 px" in text


def test_the_text_table_stays_narrow_enough_for_a_terminal():
    text = text_table(a_comparison(spacing_mm={f"{index:03}.png": (0.2, 0.2) for index in range(12)}))

    assert max(map(len, text.splitlines()[2:8])) <= 120
    assert "Mean (mm)" in text
    assert "Worst" not in text


def test_the_text_table_is_plain_ascii():
    assert text_table(a_comparison()).isascii()


def test_counts_that_are_zero_everywhere_are_left_out_of_the_text_table():
    truth = a_truth(3)
    silent = {image: Landmarks.not_yet(landmarks.names) for image, landmarks in truth.items()}

    assert "Missing" not in text_table(a_comparison())
    text = text_table(compare({"run": truth, "silent": silent}, truth))
    assert "Missing" in text
    assert "silent gave no point for 9 landmarks that the truth has." in text


def test_images_without_a_truth_are_named_below_the_table():
    truth = {**a_truth(2), "blank.png": Landmarks.not_yet(("landmark_0", "landmark_1", "landmark_2"))}

    assert "1 image (blank.png)" in text_table(compare({"run": truth}, truth))


def test_a_few_images_without_a_spacing_are_mentioned():
    text = text_table(a_comparison(spacing_mm={"000.png": (0.2, 0.2)}))

    assert "11 images of 12 without a pixel spacing, so everything here is in pixels" in text
    assert "(mm)" not in text


def test_pixels_of_different_sizes_in_one_pool_are_mentioned():
    spacing = {"000.png": (0.1, 0.1), "001.png": (0.175, 0.2), "002.png": (0.143, 0.143)}

    said = text_table(a_comparison(spacing_mm=spacing))

    assert "pooled over pixels of different sizes: those of the 3 images with a spacing measure 0.1 to 0.2 mm" in said
    assert "different sizes" not in text_table(a_comparison(spacing_mm={"000.png": (0.1, 0.1)}))
    assert "different sizes" not in text_table(a_comparison())


def test_pixels_of_different_sizes_are_no_matter_where_errors_are_in_millimetres():
    spacing = {f"{index:03}.png": (0.1 + index / 100, 0.1) for index in range(12)}

    assert "different sizes" not in text_table(a_comparison(spacing_mm=spacing))


def test_landmarks_that_were_never_placed_and_never_given_are_named():
    truth = {image: one.reordered(one.names) for image, one in a_truth(3).items()}
    unplaced = {image: without(one, 1) for image, one in truth.items()}
    silent = {image: without(one, 2) for image, one in truth.items()}

    text = text_table(compare({"run": truth, "silent": silent}, unplaced))

    assert "Never placed in the truth, and so in no figure: landmark_1." in text
    assert "silent never gave a point for: landmark_2." in text
    assert "run never gave" not in text


def test_a_prediction_of_nan_is_an_outlier_and_missing_in_the_table_and_named_below_it():
    truth = a_truth(4)
    broken = {image: without(one, 2) for image, one in truth.items()} | {"003.png": Landmarks.not_yet(NAMES)}

    comparison = compare({"run": truth, "broken": broken}, truth)

    values = comparison.row("broken").values
    assert (values["outlier_rate"], values["n_missing"]) == (6 / 12, 6)
    assert values["mean_radial_error_px"] == 0
    row = next(line for line in text_table(comparison).splitlines() if line.startswith("broken"))
    assert "50.0 (+50.0)" in row
    assert "6 (+6)" in row
    assert "broken gave no point for 6 landmarks that the truth has." in text_table(comparison)
    assert "broken never gave a point for: landmark_2." in text_table(comparison)


def test_every_error_that_nan_left_unmeasured_has_a_row_that_is_empty():
    truth = a_truth(2)
    broken = {image: without(one, 2) for image, one in truth.items()}

    rows = list(csv.DictReader(io.StringIO(errors_csv(compare({"broken": broken}, truth)))))

    assert [row["error_px"] for row in rows] == ["0.0", "0.0", ""] * 2


def without(landmarks, index):
    points = landmarks.points.copy()
    points[index] = float("nan")
    return Landmarks.placed(landmarks.names, points)


def test_the_csv_keeps_full_precision():
    comparison = a_comparison()

    rows = list(csv.DictReader(io.StringIO(csv_table(comparison))))

    assert [row["run"] for row in rows] == ["plain", "student", "mean shape"]
    assert float(rows[2]["mean_radial_error_px"]) == comparison.rows[2].values["mean_radial_error_px"]
    assert float(rows[1]["difference_mean_radial_error_px"]) == pytest.approx(-2)
    assert rows[0]["paired_difference_px"] == ""


def test_the_csv_leaves_what_has_no_value_empty():
    rows = list(csv.DictReader(io.StringIO(csv_table(a_comparison(n_images=1)))))

    assert rows[1]["ci_low_px"] == ""
    assert "sd_radial_error_px" not in rows[0]


def test_every_single_error_can_be_written():
    comparison = a_comparison(n_images=2, spacing_mm={"000.png": (0.5, 0.5), "001.png": (0.5, 0.5)})

    rows = list(csv.DictReader(io.StringIO(errors_csv(comparison))))

    assert len(rows) == 3 * 2 * 3
    assert (rows[0]["image"], float(rows[0]["error_px"]), float(rows[0]["error_mm"])) == ("000.png", 5.0, 2.5)

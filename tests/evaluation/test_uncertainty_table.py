import csv
import io

import numpy as np
import pytest
from scipy import stats

from napari_kdland.evaluation.calibration import Calibration
from napari_kdland.evaluation.comparison import compare
from napari_kdland.evaluation.report import ReportContents, render, write_report
from napari_kdland.evaluation.uncertainty import judge
from napari_kdland.evaluation.uncertainty_table import uncertainty_table
from tests.evaluation.factories import a_prediction, a_truth

NAMES = ("apex", "angle")


def judged(n_val=20, n_test=30, seed=0, how="heatmap"):
    """Errors that grow with their standard deviations, which are three times too small; (figures, errors, sd)."""
    rng = np.random.default_rng(seed)
    sd = rng.uniform(1, 6, (n_val + n_test, 2))
    errors = 3 * sd * np.hypot(*rng.normal(size=(2, n_val + n_test, 2)))
    learnt = Calibration(how, NAMES, errors[:n_val], sd[:n_val])
    return judge(learnt, errors[n_val:], sd[n_val:]), errors, sd


def row_of(table):
    (line,) = csv.DictReader(io.StringIO(table.csv))
    return line


def test_the_figures_are_those_of_scipy_and_of_the_definitions():
    figures, errors, sd = judged()

    line = row_of(uncertainty_table({"student": figures}))

    val, test = (slice(None, 20), slice(20, None))
    scaled = sd * list(figures.scale.values())
    assert float(line["Spearman"]) == pytest.approx(stats.spearmanr(errors[test].ravel(), scaled[test].ravel())[0])
    by_landmark = [stats.spearmanr(errors[test, place], sd[test, place])[0] for place in (0, 1)]
    assert float(line["by landmark, low"]) == pytest.approx(min(by_landmark))
    assert float(line["by landmark, high"]) == pytest.approx(max(by_landmark))
    assert (line["Found by"], line["Images of val"], line["Landmarks measured"]) == ("heatmap", "20", "60")
    # With 20 images the 90 % radius is the 19th smallest ratio, by hand: ceil(21 * 0.9) = 19.
    factors = np.sort(errors[val] / sd[val], axis=0)[18]
    assert float(line["90 %: within (%)"]) == pytest.approx(100 * (errors[test] <= factors * sd[test]).mean())
    assert float(line["90 %: mean radius (px)"]) == pytest.approx((factors * sd[test]).mean())


def test_scaling_on_val_brings_the_calibration_error_down():
    figures, errors, sd = judged()

    line = row_of(uncertainty_table({"student": figures}))

    order = np.argsort(sd[20:].ravel(), kind="stable")
    bins = np.array_split(order, 10)
    predicted, found = (
        np.array([np.sqrt(np.mean(values.ravel()[part] ** 2)) for part in bins])
        for values in (sd[20:], errors[20:] / np.sqrt(2))
    )
    before = np.mean(np.abs(predicted - found) / predicted)
    assert float(line["ENCE before scaling"]) == pytest.approx(before)
    assert float(line["ENCE"]) < 0.4 < before


def test_an_infinite_radius_is_said_to_be_one_and_how_many_images_it_takes():
    table = uncertainty_table({"student": judged(n_val=8)[0]})

    line = row_of(table)
    assert float(line["80 %: mean radius (px)"]) > 0
    assert (line["90 %: mean radius (px)"], line["95 %: mean radius (px)"]) == ("infinite", "infinite")
    assert table.caption.endswith("it takes 9 at 90 %, 19 at 95 %.")
    assert "infinite" not in uncertainty_table({"student": judged()[0]}).caption


def test_without_calibration_there_is_only_the_error_before_scaling():
    errors, sd = judged()[1:]
    nothing = np.zeros((0, 2))

    line = row_of(uncertainty_table({"student": judge(Calibration("heatmap", NAMES, nothing, nothing), errors, sd)}))

    assert (line["Images of val"], line["ENCE"]) == ("0", "")
    assert float(line["ENCE before scaling"]) > 0
    assert line["80 %: mean radius (px)"] == "infinite"


def test_nothing_measured_makes_no_table():
    nothing = np.full((3, 2), np.nan)

    assert uncertainty_table({}) is None
    assert uncertainty_table({"a": judge(Calibration("heatmap", NAMES, nothing, nothing), nothing, nothing)}) is None


def test_a_run_that_cannot_be_judged_has_a_row_of_dashes_that_says_why():
    table = uncertainty_table({"student": judged()[0]}, {"old": "not recorded"})

    old = list(csv.DictReader(io.StringIO(table.csv)))[1]
    assert (old.pop("Run"), old.pop("Found by"), set(old.values())) == ("old", "not recorded", {""})
    assert {len(cells) for _, cells in table.rows} == {len(table.head) - 1}
    assert "once its images are predicted anew" in table.caption


def test_the_table_is_there_where_no_run_can_be_judged():
    table = uncertainty_table({}, {"old": "not recorded"})

    assert [(name, cells[0].text) for name, cells in table.rows] == [("old", "not recorded")]
    assert len(table.rows[0][1]) == len(table.head) - 1


def test_page_csv_and_latex_hold_the_table(tmp_path):
    truth = a_truth(6)
    comparison = compare({"student": a_prediction(truth, 2.0)}, truth)
    contents = ReportContents(uncertainty={"student": judged(how="dropout, 10 passes")[0]})

    page = render(comparison, contents)
    write_report(comparison, tmp_path / "page.html", contents)

    assert "What the standard deviations are worth" in page
    assert "dropout, 10 passes" in (tmp_path / "page_tables" / "uncertainty.tex").read_text()
    assert "dropout, 10 passes" in (tmp_path / "page_tables" / "uncertainty.csv").read_text()

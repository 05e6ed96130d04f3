"""Tests of napari_kdland.evaluation.region_breakdown."""

import csv
import io
import json

import pytest
from scipy import stats

from napari_kdland.errors import UsageError
from napari_kdland.evaluation.comparison import compare_regions
from napari_kdland.evaluation.region_breakdown import region_dice_json, region_dice_table, region_dice_text
from napari_kdland.evaluation.report import ReportContents, render, tables_of
from tests.evaluation.test_region_judging import N, a_run, three


def lines_of(table):
    return list(csv.DictReader(io.StringIO(table.csv)))


def test_each_region_has_its_mean_its_interval_and_its_own_test():
    runs = three()

    lines = lines_of(region_dice_table(runs, "plain"))

    assert [(line["Region"], line["Run"]) for line in lines[:4]] == [
        ("right lung", "plain"),
        ("right lung", "good"),
        ("right lung", "same"),
        ("left lung", "plain"),
    ]
    good = lines[1]
    mine, theirs = (100 * runs[name].dice[:, 0] for name in ("good", "plain"))
    assert float(good["Dice (%)"]) == pytest.approx(mine.mean())
    assert float(good["Dice (%), 95 % interval, low"]) < mine.mean() < float(good["Dice (%), 95 % interval, high"])
    assert float(good["Difference (points)"]) == pytest.approx((mine - theirs).mean())
    assert float(good["p"]) == pytest.approx(stats.wilcoxon(mine - theirs).pvalue)
    assert (lines[0]["Difference (points)"], good["Images"]) == ("", str(N))


def test_p_values_are_adjusted_over_all_regions_and_runs():
    lines = [line for line in lines_of(region_dice_table(three(), "plain")) if line["p"]]

    smallest = min(lines, key=lambda line: float(line["p"]))
    assert len(lines) == 4
    assert float(smallest["p (Holm)"]) == pytest.approx(4 * float(smallest["p"]))


def test_one_run_has_means_and_intervals_and_no_test():
    table = region_dice_table({"plain": a_run(0.0, 1)}, "plain")

    assert table.head == ("Region", "Run", "Dice (%)", "95 % interval", "Images")
    assert "Wilcoxon" not in table.caption


def test_images_whose_truth_lacks_the_region_are_not_counted():
    run = a_run(0.0, 1)
    run.dice[:4, 1] = float("nan")

    lines = lines_of(region_dice_table({"plain": run}, "plain"))

    assert [line["Images"] for line in lines] == [str(N), str(N - 4)]


def test_a_region_that_one_run_does_not_find_has_no_test():
    runs = {"plain": a_run(0.0, 1), "other": a_run(0.0, 2, names=("right_lung", "heart"))}

    told = region_dice_json(runs, "plain")

    assert [(one["region"], one["run"], "p_value" in one) for one in told] == [
        ("right_lung", "plain", False),
        ("right_lung", "other", True),
        ("left_lung", "plain", False),
        ("heart", "other", False),
    ]
    assert 0 < told[0]["dice"] < 1
    json.dumps(told, allow_nan=False)


def test_the_page_and_its_tables_hold_it():
    comparison = compare_regions(three())

    assert "Dice by region" in render(comparison, ReportContents())
    assert "regions_dice" in [table.name for table in tables_of(comparison, ReportContents())]
    assert "Dice by region" in region_dice_text(comparison.regions, "plain")


def test_nothing_measured_by_regions_is_said():
    with pytest.raises(UsageError, match=r"no figures by region\. Leave out --by"):
        region_dice_text({}, "plain")

import csv
import io
import json

import numpy as np
import pytest
from scipy import stats

from napari_kdland.evaluation.comparison import compare, compare_regions
from napari_kdland.evaluation.region_judging import judge_regions
from napari_kdland.evaluation.region_tables import region_tests_tables
from napari_kdland.evaluation.regions import RegionFigures, sum_up
from napari_kdland.evaluation.report import ReportContents, render, write_report
from napari_kdland.evaluation.tables import text_table
from tests.evaluation.factories import a_prediction, a_truth

NAMES = ("right_lung", "left_lung")
N = 12


def a_run(shift, seed, *, names=NAMES, in_mm=False, missed=()):
    """A run of N images whose Dice is about 0.9 + shift, and whose distances shrink with it."""
    rng = np.random.default_rng(seed)
    figures = {}
    for place in range(N):
        dice = np.clip(0.85 + shift + rng.normal(0, 0.02, len(names)), 0, 1)
        distances = 20 * (1 - dice)
        if place in missed:
            dice[0], distances[0] = 0.0, np.nan
        mm = distances / 2 if in_mm else None
        yes = np.ones(len(names), dtype=bool)
        figures[f"{place:02}.png"] = RegionFigures(names, dice, distances, distances / 3, mm, mm, yes, yes, yes)
    return sum_up(figures)


def three(**options):
    return {"plain": a_run(0.0, 1, **options), "good": a_run(0.06, 2, **options), "same": a_run(0.0, 3, **options)}


def test_dice_is_tested_image_by_image_as_scipy_does():
    runs = three()

    dice = judge_regions(runs, "plain")[0].judgement

    means = {name: 100 * of.dice.mean(axis=1) for name, of in runs.items()}
    p_values = [stats.wilcoxon(means[name] - means["plain"]).pvalue for name in ("good", "same")]
    for test, p in zip(dice.against_baseline, p_values, strict=True):
        differences = means[test.name] - means["plain"]
        assert (test.mean, test.median) == (pytest.approx(differences.mean()), pytest.approx(np.median(differences)))
        assert test.p_value == pytest.approx(p)
        low, high = stats.bootstrap((differences,), np.mean, n_resamples=9999, rng=1).confidence_interval
        assert test.mean_interval == pytest.approx((low, high), abs=0.1)
    smallest, largest = sorted(p_values)
    assert sorted(test.p_holm for test in dice.against_baseline) == pytest.approx([2 * smallest, largest])
    assert dice.unit == "points"


def test_more_dice_is_better_and_more_distance_is_worse():
    tests = judge_regions(three(), "plain")

    assert [of.figure for of in tests] == ["Dice", "HD95", "ASSD"]
    assert [of.judgement.best for of in tests] == ["good"] * 3
    assert tests[0].sentences["good"].startswith("Dice: better than plain by ")
    assert " points (95 % CI " in tests[0].sentences["good"]
    assert tests[1].sentences["good"].startswith("HD95: better than plain by ")
    assert tests[0].judgement.against_baseline[0].mean > 0 > tests[1].judgement.against_baseline[0].mean
    assert tests[0].judgement.ranking.mean_ranks[1] == min(tests[0].judgement.ranking.mean_ranks)
    backwards = judge_regions(dict(reversed(three().items())), "good")
    assert backwards[0].sentences["plain"].startswith("Dice: worse than good by ")


def test_distances_are_in_millimetres_where_every_image_has_a_spacing():
    px, mm = judge_regions(three(), "plain")[1], judge_regions(three(in_mm=True), "plain")[1]

    assert (px.judgement.unit, mm.judgement.unit) == ("px", "mm")
    assert mm.judgement.against_baseline[0].mean == pytest.approx(px.judgement.against_baseline[0].mean / 2)


def test_a_region_that_was_missed_costs_dice_and_has_no_distance():
    runs = {"plain": a_run(0.0, 1), "lossy": a_run(0.0, 1, missed=(0, 1))}

    dice, hd95, _ = (of.judgement.against_baseline[0] for of in judge_regions(runs, "plain"))

    lost = [100 * runs["plain"].dice[place, 0] / 2 for place in (0, 1)]
    assert dice.mean == pytest.approx(-sum(lost) / N)
    assert (hd95.mean, hd95.n_images) == (0, N)


def test_equal_runs_one_run_and_runs_of_other_regions_are_told_apart():
    same = judge_regions({"a": a_run(0.0, 1), "b": a_run(0.0, 1)}, "a")

    assert same[0].sentences["b"] == f"Dice: no difference shown from a: the values of all {N} images are equal"
    assert judge_regions({"a": a_run(0.0, 1)}, "a") == ()
    assert judge_regions({"a": a_run(0.0, 1), "b": a_run(0.0, 1, names=("heart",))}, "a") == ()


def test_runs_without_landmarks_are_judged_by_dice():
    comparison = compare_regions(three(), baseline="plain")

    assert comparison.row("good").verdict.startswith("Dice: better than plain")
    assert comparison.row("plain").verdict == ""
    said = text_table(comparison)
    assert "good, Dice: better than plain by" in said
    assert "good, HD95: better than plain by" in said
    assert "Dice: good against plain: with 12 images" in said


def test_page_csv_latex_and_json_hold_the_tests(tmp_path):
    truth = a_truth(N)
    runs = {name: a_prediction(truth, 2.0, seed=place) for place, name in enumerate(three())}
    comparison = compare(runs, truth).with_regions(three())

    page = render(comparison, ReportContents())
    write_report(comparison, tmp_path / "page.html", ReportContents())

    (line, _) = csv.DictReader(io.StringIO((tmp_path / "page_tables" / "tests_regions_dice.csv").read_text()))
    test = comparison.region_tests[0].judgement.against_baseline[0]
    assert float(line["Mean difference (points)"]) == test.mean
    assert "good" in (tmp_path / "page_tables" / "tests_regions_hd95.tex").read_text()
    assert "Dice: tests against plain" in page
    assert "Dice: better than plain by" in page
    told = json.loads(json.dumps(comparison.to_json(), allow_nan=False))["region_tests"]
    assert told["Dice"]["against_baseline"][0]["mean"] == test.mean
    assert [table.name for table in region_tests_tables(comparison.region_tests)] == [
        "tests_regions_dice",
        "tests_regions_hd95",
        "tests_regions_assd",
    ]

"""Tests of napari_kdland.evaluation.report_cells."""

from dataclasses import replace

import pytest

from napari_kdland.evaluation.comparison import compare
from napari_kdland.evaluation.report_cells import figure_cells
from napari_kdland.evaluation.seeds import OverSeeds
from napari_kdland.evaluation.tables import metrics_in_unit
from tests.evaluation.factories import a_prediction, a_truth

MEAN = "mean_radial_error_px"


def a_comparison(*, baseline_sd, other_sd, n_images=12):
    truth = a_truth(n_images)
    runs = {"plain": a_prediction(truth, baseline_sd, seed=1), "other": a_prediction(truth, other_sd, seed=2)}
    return compare(runs, truth, floor=a_prediction(truth, 20.0, seed=9))


def verdicts(comparison, row="other", over_seeds=None):
    metrics = metrics_in_unit(comparison)
    cells = figure_cells(comparison, metrics, over_seeds)[row]
    return {metric.name: cell.verdict for metric, cell in zip(metrics, cells, strict=True)}


def over_seeds(comparison):
    return OverSeeds(comparison.judgement, {}, "3 seeds of each", {"plain": "plain", "other": "other"}, "seed 0")


@pytest.mark.parametrize(("baseline_sd", "other_sd", "said"), [(9.0, 1.0, "better"), (1.0, 9.0, "worse")])
def test_a_difference_that_the_tests_show_is_called_better_or_worse(baseline_sd, other_sd, said):
    assert verdicts(a_comparison(baseline_sd=baseline_sd, other_sd=other_sd))[MEAN] == said


def test_a_difference_that_no_test_shows_is_neither():
    comparison = a_comparison(baseline_sd=4.0, other_sd=4.1)

    (cell, *_) = figure_cells(comparison, metrics_in_unit(comparison))["other"]
    assert (cell.delta != "", cell.verdict) == (True, "")


def test_figures_that_are_not_tested_are_neither():
    said = verdicts(a_comparison(baseline_sd=9.0, other_sd=1.0))

    assert {name for name, verdict in said.items() if verdict} == {MEAN}


def test_the_floor_is_called_worse_by_its_own_test():
    assert verdicts(a_comparison(baseline_sd=1.0, other_sd=1.0), "mean shape")[MEAN] == "worse"


def test_a_study_is_coloured_by_the_tests_of_all_its_seeds():
    drawn, all_seeds = a_comparison(baseline_sd=9.0, other_sd=1.0), a_comparison(baseline_sd=4.0, other_sd=4.1)

    assert verdicts(drawn, over_seeds=over_seeds(drawn))[MEAN] == "better"
    assert verdicts(drawn, over_seeds=over_seeds(all_seeds))[MEAN] == ""
    assert verdicts(drawn, "mean shape", over_seeds(all_seeds))[MEAN] == "worse"


def test_a_seed_that_lies_on_the_other_side_of_zero_is_neither():
    drawn, all_seeds = a_comparison(baseline_sd=4.0, other_sd=4.5), a_comparison(baseline_sd=9.0, other_sd=1.0)

    assert verdicts(drawn, over_seeds=over_seeds(all_seeds))[MEAN] == ""


def test_a_teacher_beside_a_study_is_neither():
    drawn = a_comparison(baseline_sd=9.0, other_sd=1.0)
    without = replace(over_seeds(drawn), drawn={"plain": "plain"})

    assert verdicts(drawn, over_seeds=without)[MEAN] == ""

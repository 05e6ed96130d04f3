"""Tests of napari_kdland.jobs.comparing_seeds."""

import json

import pytest

from napari_kdland import events
from napari_kdland.errors import UsageError
from napari_kdland.jobs import TrainingOrder, compare_runs, compare_seeds, train_run
from tests.makers import a_project, a_tiny_recipe

RUNS = ("plain-s0", "plain-s1", "long-s0")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A project with two seeds of one method, and one of another."""
    path = a_project(tmp_path_factory.mktemp("seeds"), train=3, val=1, test=7, pool=0, labelled=3)
    for name, seed, steps in (("plain-s0", 0, 4), ("plain-s1", 1, 4), ("long-s0", 0, 6)):
        recipe = a_tiny_recipe("supervised", f"training.steps={steps}")
        events.run(train_run(path, TrainingOrder(recipe, seed=seed, name=name, device="cpu")))
    return path


def test_runs_that_differ_in_nothing_but_their_seeds_are_one_row_with_means_over_seeds(trained):
    alone = events.run(compare_runs(trained, RUNS, device="cpu"))

    found = events.run(compare_seeds(trained, RUNS, device="cpu"))

    means = [alone.row(run).values["mean_radial_error_px"] for run in RUNS]
    rows = {row.name: row.best["mean_radial_error_px"].mean for row in found.block.rows}
    assert list(rows) == ["plain", "long-s0", "mean shape"]
    assert [rows["plain"], rows["long-s0"]] == pytest.approx([(means[0] + means[1]) / 2, means[2]])
    (test,) = found.block.judgement.against_baseline
    assert (test.name, test.against, test.n_seeds) == ("long-s0", "plain", (1, 2))
    assert "plain: plain-s0, plain-s1" in found.text()
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["groups"]["plain"] == ["plain-s0", "plain-s1"]


def test_the_report_judges_all_seeds_and_says_which_it_draws(trained, tmp_path):
    page = tmp_path / "report.html"

    events.run(compare_seeds(trained, RUNS, baseline="long-s0", report=page, pictures=False, device="cpu"))

    text = page.read_text()
    assert "Do plain differ from long-s0 by more than chance" in text
    assert "Of all seeds: 1 seed of long-s0, 2 seeds of plain." in text
    assert "Of seed 0 only" in text
    assert "--group-seeds" in text
    assert (tmp_path / "report_tables" / "study_1.csv").is_file()


def test_a_baseline_may_be_a_run_or_what_its_group_is_called(trained):
    for name in ("plain", "plain-s1"):
        assert events.run(compare_seeds(trained, RUNS, baseline=name, device="cpu")).baseline == "plain"
    with pytest.raises(UsageError, match=r"'other' is none of the runs compared: plain, long-s0\."):
        events.run(compare_seeds(trained, RUNS, baseline="other", device="cpu"))


def test_runs_of_one_seed_each_are_rows_of_their_own_and_that_is_said(trained):
    said = []

    found = events.run(compare_seeds(trained, RUNS[1:], device="cpu"), said.append)

    assert list(found.groups) == ["plain-s1", "long-s0"]
    assert any("No two of the runs differ in nothing but their seeds" in str(event) for event in said)


def test_no_run_is_refused(trained):
    with pytest.raises(UsageError, match="one or more different runs"):
        events.run(compare_seeds(trained, ()))

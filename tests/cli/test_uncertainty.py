"""Tests of napari_kdland.cli.uncertainty, and of predict and evaluate with it."""

import csv
import json

import pytest

from napari_kdland.cli.uncertainty import Way
from napari_kdland.errors import UsageError
from napari_kdland.recipes.asking import WAYS
from tests.cli.test_app import SETTINGS, kdland
from tests.makers import a_project


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    path = a_project(tmp_path_factory.mktemp("cli"), val=4)
    settings = [*SETTINGS, "--set", "training.steps=2", "--set", "student.dropout=0.2"]
    for seed, name in enumerate(("one", "two")):
        kdland("train", path, "--recipe", "supervised", "--name", name, "--seed", seed, "--device", "cpu", *settings)
    return path


def test_the_options_are_the_menu():
    assert [way.value for way in Way] == [entry.name for entry in WAYS]


def test_predictions_beyond_a_radius_are_marked_in_the_table(project, tmp_path):
    words = ("--split", "pool", "--uncertainty", "views", "--look-beyond", "0.001", "--level", "0.8")

    kdland("predict", project, "--run", "one", *words, "--out", tmp_path / "out.csv", "--device", "cpu")

    with (tmp_path / "out.csv").open() as file:
        assert {row["flag"] for row in csv.DictReader(file)} == {"look here"}


def test_an_uncertainty_is_measured_beside_the_errors(project):
    words = ("evaluate", project, "--run", "one", "--uncertainty", "ensemble", "--beside", "two", "--device", "cpu")

    values = json.loads(kdland(*words, "--json"))
    text = kdland(*words)

    assert values["uncertainty"]["how"] == "ensemble with two"
    assert values["uncertainty"]["coverage"][0]["mean_radius_px"] > 0
    assert values["uncertainty"]["coverage"][2]["mean_radius_px"] is None
    assert "Uncertainty from ensemble with two, calibrated on val: 6 landmarks in 2 images" in text
    assert "needs 19 or more annotated validation images of every landmark, and there are 4" in text


def test_runs_beside_another_way_are_refused(project):
    with pytest.raises(UsageError, match="found 'dropout' with two"):
        kdland("evaluate", project, "--run", "one", "--uncertainty", "dropout", "--beside", "two")


def test_a_comparison_tells_how_standard_deviations_were_found(project):
    kdland("predict", project, "--run", "two", "--split", "val", "--uncertainty", "views", "--device", "cpu")
    words = ("compare", project, "one", "two", "--split", "val", "--device", "cpu")

    text, values = kdland(*words), json.loads(kdland(*words, "--json"))

    assert "Standard deviations: one: heatmap, calibrated on 4 images of val; two: views, calibrated" in text
    assert values["standard_deviations"]["two"] == {
        "found_by": [{"way": "views", "calibrated_on": 4, "images": 4}],
        "is_mixed": False,
        "is_stale": False,
    }

"""Tests of napari_kdland.cli.labelling."""

import json

from tests.cli.test_app import SETTINGS, kdland
from tests.makers import a_project


def test_the_next_images_are_listed_without_a_run_where_they_are_drawn(tmp_path):
    project = a_project(tmp_path)

    text = kdland("next", project, "--by", "random", "--count", "2")
    found = json.loads(kdland("next", project, "--by", "random", "--count", "2", "--json"))

    assert text.startswith("2 of 3 images without landmarks, by random:\n   1  ")
    assert [line.split()[1] for line in text.splitlines()[1:]] == found["images"]


def test_strategies_are_simulated_and_their_folder_is_named(tmp_path):
    project = a_project(tmp_path, labelled=3)
    numbers = ("--start", "1", "--to", "2", "--step", "1", "--seeds", "1", "--device", "cpu")
    words = ("simulate", project, "--strategies", "random", "core-set", *numbers, *SETTINGS)

    text = kdland(*words)
    found = json.loads(kdland(*words, "--json"))

    assert text.splitlines()[0].split() == ["labels", "random", "core-set"]
    assert f"Results: {project / 'reports' / 'simulation'}" in text
    assert found["curves"].keys() == {"random", "core-set"}


def test_doubts_are_listed_with_kind_and_reason(tmp_path):
    project = a_project(tmp_path)

    text = kdland("doubt", project, "--folds", "0", "--out", tmp_path / "doubts")
    found = json.loads(kdland("doubt", project, "--folds", "0", "--out", tmp_path / "doubts", "--json"))

    assert text.splitlines()[0].endswith("annotated images are doubted.")
    assert found["n_images"] == 7
    assert any("geometry was not looked at" in note for note in found["notes"])

"""kdland readers."""

import json

import numpy as np
import pytest

from napari_kdland.project import Project
from tests.cli.test_app import kdland
from tests.makers import a_project, annotate, dots


def a_project_of_two_readers(folder):
    path = a_project(folder)
    with Project.open(path) as project:
        annotate(project, 1, dots(0) + np.array([0.0, 2.0]), reader="B")
    return path


def test_readers_are_compared_in_a_table(tmp_path):
    text = kdland("readers", a_project_of_two_readers(tmp_path))

    assert "A and B: inter-reader error, 1 images" in text
    assert "dot 0" in text
    assert text.count("2.00") >= 3


def test_readers_are_compared_in_json(tmp_path):
    found = json.loads(kdland("readers", a_project_of_two_readers(tmp_path), "A", "B", "--split", "train", "--json"))

    (pair,) = found["pairs"]
    assert pair["all_px"]["mean"] == pytest.approx(2.0)
    assert pair["per_landmark_px"]["dot_0"]["shift_x"] == pytest.approx(2.0)


def test_a_project_with_one_reader_says_so(tmp_path):
    assert "No landmark was placed, and no mask drawn, by two readers" in kdland("readers", a_project(tmp_path))

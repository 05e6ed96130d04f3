"""Tests of napari_kdland.jobs.reporting_facts."""

import numpy as np

from napari_kdland.anatomy import Landmarks
from napari_kdland.evaluation.readers import compare_readers
from napari_kdland.jobs.reporting_facts import readers_table, versions

NAMES = ("a", "b")


def a_reading(shift):
    return {n: Landmarks.placed(NAMES, np.array([[10.0 + n, 20.0], [30.0, 40.0 + shift]])) for n in range(3)}


def test_two_readings_are_the_floor_in_the_report():
    readings = {"ann": a_reading(0), "bob": a_reading(4)}

    in_px = readers_table(compare_readers(readings, {}))
    in_mm = readers_table(compare_readers(readings, dict.fromkeys(range(3), (0.5, 0.5))))

    assert [(name, [cell.text for cell in cells[:3]]) for name, cells in in_px.rows] == [
        ("ann and bob", ["inter-reader", "px", "2.00"])
    ]
    assert [cell.text for cell in in_mm.rows[0][1][:3]] == ["inter-reader", "mm", "1.00"]


def test_the_versions_of_what_computes_the_figures_are_told():
    assert {"napari-kdland", "torch", "scipy", "statsmodels"} <= dict(versions()).keys()

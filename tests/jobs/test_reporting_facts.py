"""Tests of napari_kdland.jobs.reporting_facts."""

import numpy as np
import pytest

from napari_kdland.anatomy import Landmarks
from napari_kdland.evaluation.readers import compare_readers
from napari_kdland.jobs.reporting_facts import readers_table, region_readers_table, versions
from tests.evaluation.test_region_judging import a_run

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


@pytest.mark.parametrize(("in_mm", "unit"), [((True, True), "mm"), ((True, False), "px"), ((False, False), "px")])
def test_masks_of_readers_are_apart_in_millimetres_where_all_images_have_a_spacing(in_mm, unit):
    pairs = {f"ann and reader {place}": a_run(0.0, 1, in_mm=one) for place, one in enumerate(in_mm)}

    table = region_readers_table(pairs)

    mean = getattr(pairs["ann and reader 0"].overall, f"hd95_{unit}").mean
    assert table.head[4:6] == (f"HD95 ({unit})", f"ASSD ({unit})")
    assert table.rows[0][1][3].value == pytest.approx(mean)


def test_the_versions_of_what_computes_the_figures_are_told():
    assert {"napari-kdland", "torch", "scipy", "statsmodels"} <= dict(versions()).keys()

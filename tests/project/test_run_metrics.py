import math
from pathlib import Path

import pytest

from napari_kdland.errors import RunError
from tests.project.factories import a_project, a_run


def test_metrics_come_back_by_run_and_split(tmp_path: Path):
    with a_project(tmp_path) as project:
        a_run(project, "kd")
        project.metrics.save("kd", "val", {"mean_radial_error_px": 0.1 + 0.2, "n_images": 4})
        project.metrics.save("kd", "test", {"mean_radial_error_px": 7})

        assert project.metrics.load("kd", "val") == {"mean_radial_error_px": 0.1 + 0.2, "n_images": 4}
        assert project.metrics.load("kd", "train") == {}


def test_new_metrics_take_the_place_of_all_old_ones(tmp_path: Path):
    with a_project(tmp_path) as project:
        a_run(project, "kd")
        project.metrics.save("kd", "val", {"old": 1.0})
        project.metrics.save("kd", "val", {"new": 2.0})
        assert project.metrics.load("kd", "val") == {"new": 2.0}

        project.metrics.save("kd", "val", {})
        assert project.metrics.load("kd", "val") == {}


def test_numbers_that_are_none_and_infinite_ones_are_kept(tmp_path: Path):
    with a_project(tmp_path) as project:
        a_run(project, "kd")
        project.metrics.save("kd", "val", {"mm": math.nan, "worst": math.inf})

        values = project.metrics.load("kd", "val")
    assert math.isnan(values["mm"])
    assert values["worst"] == math.inf


def test_metrics_of_an_unknown_run_are_refused(tmp_path: Path):
    with a_project(tmp_path) as project:
        with pytest.raises(RunError, match="no run 'kd'"):
            project.metrics.save("kd", "val", {"a": 1.0})
        with pytest.raises(RunError, match="no run 'kd'"):
            project.metrics.load("kd", "val")

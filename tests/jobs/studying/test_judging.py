"""Tests of napari_kdland.jobs.studying.judging: the tests of a study as they are written and read."""

import csv
import io

import pytest

from napari_kdland.jobs.studying.printing import text_of as text_of_result
from napari_kdland.jobs.studying.results import StudyResult, read_result, write_result
from tests.jobs.studying.test_results import a_result
from tests.jobs.studying.test_summing_up import K2, blocks_of, off_by

NAN = float("nan")


def a_judged_result(kd: float) -> StudyResult:
    students = {"supervised": {K2: ("a", "b")}, "base": {K2: ("c", "d")}, "kd": {K2: ("e", "f")}}
    errors = {"a": 3.0, "b": 3.0, "c": 5.0, "d": 6.0, "e": kd, "f": kd}
    blocks = blocks_of(students, {run: off_by(error, error) for run, error in errors.items()})
    return a_result(blocks=blocks, baseline="base")


def test_the_tests_are_csv_with_a_line_for_each_pair(tmp_path):
    write_result(tmp_path, a_judged_result(1.0))

    lines = list(csv.DictReader(io.StringIO((tmp_path / "tests.csv").read_text())))
    pairs = [(line["family"], line["row"], line["against"]) for line in lines]
    assert pairs[:4] == [
        ("baseline", "supervised", "base"),
        ("baseline", "kd", "base"),
        ("best", "supervised", "kd"),
        ("best", "base", "kd"),
    ]
    assert {pair[::2] for pair in pairs[4:]} == {("reference", "mean shape")}
    kd = lines[1]
    assert (kd["n_seeds"], kd["n_seeds_against"], float(kd["mean"])) == ("2", "2", -4.5)
    assert (float(kd["mean_low"]), float(kd["mean_high"])) == (-5, -4)
    assert float(kd["p_holm"]) == pytest.approx(2 * float(kd["p_value"]))


def test_a_result_with_tests_is_read_back_as_it_was_written(tmp_path):
    result = a_judged_result(1.0)

    write_result(tmp_path, result)

    assert read_result(tmp_path) == result


def test_a_row_that_gave_no_point_has_a_test_without_figures(tmp_path):
    write_result(tmp_path, a_judged_result(NAN))

    lines = list(csv.DictReader(io.StringIO((tmp_path / "tests.csv").read_text())))
    assert (lines[1]["row"], lines[1]["n_images"], lines[1]["mean"]) == ("kd", "0", "")
    assert "NaN" not in (tmp_path / "results.json").read_text()
    read = read_result(tmp_path)
    assert read is not None
    assert read.blocks[0].judgement.against_baseline[1].n_images == 0


def test_the_text_says_what_all_seeds_show():
    lines = text_of_result(a_judged_result(1.0)).splitlines()

    assert any(line.startswith("kd: better than base by 4.5 px (95 % CI 4.0 to 5.0") for line in lines)

"""Tests of napari_kdland.evaluation.label_efficiency."""

import csv
import io
from dataclasses import replace

from napari_kdland.evaluation.encodings import encodings
from napari_kdland.evaluation.label_efficiency import label_chart, label_table, label_tests_table
from napari_kdland.evaluation.label_lines import LabelLine, LabelPoint
from napari_kdland.evaluation.report_latex import latex_of
from tests.evaluation.test_label_lines import a_test

BASE = LabelLine("base", "student", {5: LabelPoint(20.0, (17.0, 24.0), (19.0, 21.0)), 10: LabelPoint(15.0)})
KD = LabelLine(
    "kd",
    "student",
    {5: LabelPoint(17.0, (15.0, 19.5), (16.0, 18.0)), 10: LabelPoint(14.9)},
    {5: a_test(-3.0), 10: a_test(-0.1, high=0.5)},
)
FLOOR = LabelLine("mean shape", "floor", {5: LabelPoint(44.0), 10: LabelPoint(43.0)})


def the_chart(*lines):
    return label_chart(lines, encodings([line.name for line in lines]))


def test_error_over_labels_is_drawn_where_there_are_several_numbers_of_them():
    chart = the_chart(BASE, KD, FLOOR)

    assert "kd: 17.0 px with 5, 14.9 px with 10; mean shape: 44.0 px with 5" in chart.alt
    assert "Labelled images" in chart.svg


def test_chart_and_table_say_millimetres_where_the_lines_are_in_them():
    kd = replace(KD, unit="mm")

    assert "17.0 mm with 5" in the_chart(kd).alt
    assert "error (mm)" in the_chart(kd).svg
    assert label_table([kd]).head[1] == "5 labels (mm)"


def test_a_single_number_of_labels_is_not_drawn():
    assert the_chart(LabelLine("base", "student", {5: LabelPoint(20.0)})) is None


def test_the_table_has_a_mean_and_an_interval_for_each_number_of_labels():
    table = label_table([BASE, KD])

    assert [cell.text for cell in dict(table.rows)["kd"]] == ["17.00", "15.00 to 19.50", "14.90", "\N{EN DASH}"]
    assert next(csv.reader(io.StringIO(table.csv))) == [
        *("Row", "5 labels (px)", "5 labels (px), 95 % interval, low", "5 labels (px), 95 % interval, high"),
        *("10 labels (px)", "10 labels (px), 95 % interval, low", "10 labels (px), 95 % interval, high"),
    ]
    assert r"17.00 & 15.00 to 19.50 & 14.90 & --" in latex_of(table)


def test_a_method_that_was_not_trained_with_so_many_labels_has_dashes():
    table = label_table([BASE, LabelLine("late", "student", {10: LabelPoint(12.0)})])

    assert [cell.text for cell in dict(table.rows)["late"]] == ["\N{EN DASH}"] * 2 + ["12.00", "\N{EN DASH}"]


def test_differences_are_called_better_only_where_they_are_shown():
    table = label_tests_table([BASE, KD, FLOOR], "base")

    rows = [(name, cells[0].text, cells[5].text) for name, cells in table.rows]
    assert rows == [("kd", "5", "better"), ("kd", "10", "not shown")]


def test_a_baseline_alone_has_no_differences():
    assert label_tests_table([BASE, FLOOR], "base") is None

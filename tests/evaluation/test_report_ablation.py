"""Tests of napari_kdland.evaluation.report_ablation."""

import csv
import io

import pytest

from napari_kdland.evaluation.ablation import find_ablations, measure_ablation
from napari_kdland.evaluation.encodings import encodings
from napari_kdland.evaluation.report import ReportContents, render
from napari_kdland.evaluation.report_ablation import ablation_sections, ablation_table, departures
from napari_kdland.evaluation.report_latex import latex_of
from tests.evaluation.test_ablation import the_parts, trained
from tests.evaluation.test_report import Page, a_comparison


@pytest.fixture(scope="module")
def measured():
    (found,) = find_ablations(the_parts())
    return measure_ablation(found, trained({name: 9 if name == "supervised" else 3 for name in found.has}))


def test_the_table_ticks_what_is_in_and_tells_what_is_shown(measured):
    table = ablation_table(measured, 1)

    rows = {name: [cell.text for cell in cells] for name, cells in table.rows}
    n = len(measured.ablation.parts)
    assert rows["composite"][:n] == ["\N{CHECK MARK}"] * n
    assert rows["supervised"][:n] == ["\N{EN DASH}"] * n
    assert (rows["composite"][-1], rows["supervised"][-1]) == ("", "worse")


def test_ticks_are_numbers_in_csv_and_dots_in_latex(measured):
    table = ablation_table(measured, 1)

    lines = {line["Run"]: line for line in csv.DictReader(io.StringIO(table.csv))}
    assert lines["one-teacher"]["teacher: ensemble"] == "0"
    assert lines["composite"]["teacher: ensemble"] == "1"
    assert r"$\bullet$" in latex_of(table)
    assert "\N{CHECK MARK}" not in latex_of(table)


def test_other_settings_that_differ_are_told(measured):
    said = [note for note in departures(measured) if note.startswith("one-teacher")]

    assert said == [
        "one-teacher departs from composite in other settings, too: term spatial-kl.weight 2 in place of 1."
    ]


def test_the_chart_explains_its_columns(measured):
    (section,) = ablation_sections([measured], encodings(measured.ablation.has))

    assert "A: " in section.chart.caption
    assert all(part in section.chart.caption for part in measured.ablation.parts)


def test_the_page_has_the_section_where_there_is_an_ablation_only(measured):
    names = tuple(measured.ablation.has)

    comparison = a_comparison(names=names)
    page = Page(render(comparison, ReportContents(ablations=[measured])))

    assert "Ablation of composite" in page.words
    assert page.open == []
    assert "Ablation of composite" not in Page(render(comparison, ReportContents())).words

"""Tests of napari_kdland.evaluation.report_latex."""

import re

import pytest

from napari_kdland.evaluation.report_latex import escaped, latex_of
from napari_kdland.evaluation.report_tables import Cell, Table, interval, number


def a_table(n_columns, n_rows=3, *, name="Right costophrenic angle"):
    row = (Cell("student-distilled"), *(number(12.5) for _ in range(n_columns)))
    head = ("Landmark", "Run", *(f"Within {radius} mm (%)" for radius in range(n_columns)))
    return Table("by_landmark", "T", "All of them.", head, tuple((name, row) for _ in range(n_rows)))


def heads_of(latex):
    """The heads of each part, in one line each."""
    lines = re.findall(r"\\toprule\n(.*?) \\\\\n\\midrule", latex)
    return [
        [re.sub(r"\\shortstack{(.*)}", r"\1", head).replace(r" \\ ", " ") for head in line.split(" & ")]
        for line in lines
    ]


def test_a_wide_table_is_shared_out_over_parts_with_the_heads_of_rows_in_each():
    table = a_table(18)

    parts = heads_of(latex_of(table))

    assert len(parts) > 1
    assert all(part[:2] == ["Landmark", "Run"] for part in parts)
    assert [head for part in parts for head in part[2:]] == [escaped(head) for head in table.head[2:]]
    assert re.findall(r"part \d of \d", latex_of(table))[0] == f"part 1 of {len(parts)}"
    assert len(set(re.findall(r"\\label{(.*?)}", latex_of(table)))) == len(parts)


def test_a_table_that_fits_is_one_part_in_letters_of_the_text():
    latex = latex_of(a_table(3))

    assert len(heads_of(latex)) == 1
    assert "part 1" not in latex
    assert "footnotesize" not in latex
    assert r"\begin{tabular}{lrrrr}" in latex


def test_letters_become_smaller_before_a_table_is_parted():
    latex = latex_of(a_table(6))

    assert len(heads_of(latex)) == 1
    assert r"\footnotesize" in latex


def test_an_interval_stays_with_the_figure_that_it_is_of():
    pair = (number(12.5, 2, signed=True), interval((10.25, 14.75), 2))
    head = ("Run", *(title for place in range(9) for title in (f"Mean {place} (mm)", "95 % interval")))
    table = Table("t", "T", "", head, (("student-distilled", pair * 9),))

    parts = heads_of(latex_of(table))

    assert len(parts) > 1
    assert all(len(part) % 2 == 1 for part in parts)


@pytest.mark.parametrize(("n_rows", "environment"), [(45, "table"), (46, "longtable")])
def test_more_rows_than_a_page_go_on_on_the_next_one(n_rows, environment):
    latex = latex_of(a_table(3, n_rows))

    assert rf"\begin{{{environment}}}" in latex
    assert latex.count(r"\begin{") == latex.count(r"\end{")
    assert latex.count("{") == latex.count("}")


def test_a_name_that_no_line_holds_is_shrunk():
    assert r"\resizebox{\linewidth}{!}{%" in latex_of(a_table(1, name="n" * 200))
    assert r"\resizebox" not in latex_of(a_table(18))

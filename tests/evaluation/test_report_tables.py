import csv
import io

import pytest

from napari_kdland.evaluation.report_latex import escaped, latex_of
from napari_kdland.evaluation.report_tables import Cell, Table, best_of, interval, number, p_value

TABLE = Table(
    "errors_px",
    "Errors",
    "Errors of 5 % & more.",
    ("Run", "Mean (px)", "p"),
    (("kd_1", (number(-1.234567, 2), p_value(0.0002))), ("none", (number(None), p_value(None)))),
)


def test_a_csv_holds_full_numbers_and_nothing_where_there_is_no_value():
    rows = list(csv.reader(io.StringIO(TABLE.csv)))

    assert rows == [["Run", "Mean (px)", "p"], ["kd_1", "-1.234567", "0.0002"], ["none", "", ""]]


def test_latex_sets_every_sign_as_it_stands():
    assert r"\caption{Errors of 5 \% \& more.}" in latex_of(TABLE)
    assert r"kd\_1 & $-$1.23 & \textless{} 0.001 \\" in latex_of(TABLE)
    assert r"\begin{tabular}{lrr}" in latex_of(TABLE)


def test_the_best_is_bold_in_latex():
    table = Table("t", "T", "", ("Run", "x"), (("a", (Cell("1.0", 1.0, is_best=True),)),))

    assert r"a & \textbf{1.0} \\" in latex_of(table)


@pytest.mark.parametrize(
    ("text", "set_as"),
    [("a_b", r"a\_b"), ("50 %", r"50 \%"), (r"\x", r"\textbackslash{}x"), ("{~}", r"\{\textasciitilde{}\}")],
)
def test_a_name_cannot_break_the_latex(text, set_as):
    assert escaped(text) == set_as


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (number(0.04, 1, signed=True), "0.0"),
        (number(-0.04, 1, signed=True), "0.0"),
        (number(2.0, 1, signed=True), "+2.0"),
        (number(float("nan")), "\N{EN DASH}"),
        (interval((-0.5, 0.25), 2), "\N{MINUS SIGN}0.50 to +0.25"),
        (interval(None), "\N{EN DASH}"),
        (p_value(0.0101), "0.010"),
    ],
)
def test_numbers_are_written_for_people(cell, text):
    assert cell.text == text


def test_nothing_is_best_among_equals_or_where_no_way_is_good():
    assert best_of([1.0, 1.0, None], "lower") is None
    assert best_of([1.0, 2.0], None) is None
    assert best_of([1.0, 2.0, float("nan")], "lower") == 1.0
    assert best_of([1.0, 2.0], "higher") == 2.0


def test_an_interval_is_two_columns_of_full_precision_in_the_csv():
    head = ("Run", "Mean", "95 % interval", "Median", "95 % interval", "Limits")
    first = (number(1.0), interval((-7.2345678, -1.2612)), number(2.0), interval((1 / 3, 2 / 3)), interval((0.5, 0.75)))
    second = (number(None), interval(None), number(2.0), interval(None), interval(None))

    lines = Table("t", "T", "", head, (("a", first), ("b", second))).csv.splitlines()

    assert next(csv.reader(lines)) == [
        "Run",
        "Mean",
        "Mean, 95 % interval, low",
        "Mean, 95 % interval, high",
        "Median",
        "Median, 95 % interval, low",
        "Median, 95 % interval, high",
        "Limits, low",
        "Limits, high",
    ]
    assert lines[1] == f"a,1.0,-7.2345678,-1.2612,2.0,{1 / 3!r},{2 / 3!r},0.5,0.75"
    assert lines[2] == "b,,,,2.0,,,,"

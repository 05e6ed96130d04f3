import csv
import io
import json

import numpy as np
import pytest

from napari_kdland.anatomy import Group, Measures
from napari_kdland.anatomy.measures import ReferenceLength
from napari_kdland.errors import UsageError
from napari_kdland.evaluation.breakdown import breakdown_json, breakdown_table, breakdown_text, tables_of_runs
from napari_kdland.evaluation.comparison import FLOOR, compare, compare_regions
from napari_kdland.evaluation.regions import RegionFigures, sum_up
from tests.evaluation.factories import NAMES, a_prediction, a_truth, some_landmarks

MEASURES = Measures(
    groups=(
        Group(name="top", title="Top", landmarks=("apex",)),
        Group(name="rest", title="Rest", landmarks=("angle", "border")),
    ),
    reference_length=ReferenceLength(title="width", measure="width", of=("apex", "border")),
    detection_px_at_512=(4.0,),
    pck_fractions=(0.1,),
)
TRUTH = {name: some_landmarks((0, 0), (50, 50), (0, 100)) for name in ("a", "b", "c")}
# Radial errors of plain: apex 5, 0, 10; angle 3, 4 and not predicted; border 1, 2, 3.
PLAIN = {
    "a": some_landmarks((3, 4), (50, 53), (0, 101)),
    "b": some_landmarks((0, 0), (54, 50), (0, 102)),
    "c": some_landmarks((6, 8), None, (0, 103)),
}
EXACT = dict(TRUTH)


def the_comparison(**given):
    return compare({"plain": PLAIN, "exact": EXACT}, TRUTH, measures=MEASURES, **given)


def values_of(table, part, run):
    """By head, the numbers behind the cells of one landmark or group and run."""
    (cells,) = [cells for name, cells in table.rows if name == part and cells[0].text == run]
    return {head: cell.value for head, cell in zip(table.head[1:], cells, strict=True)}


def test_a_landmark_has_all_figures_of_its_own_errors():
    table = breakdown_table(the_comparison(sizes=dict.fromkeys(TRUTH, (512, 256))), "landmark", {"angle": "The angle"})

    apex, angle = values_of(table, "apex", "plain"), values_of(table, "The angle", "plain")
    errors = np.array([5.0, 0.0, 10.0])
    assert apex["n"] == 3
    assert apex["Mean (px)"] == pytest.approx(errors.mean())
    assert apex["SD (px)"] == pytest.approx(np.std(errors, ddof=1))
    assert apex["Median (px)"] == pytest.approx(np.median(errors))
    assert apex["95th pct. (px)"] == pytest.approx(np.percentile(errors, 95))
    assert apex["Worst (px)"] == 10
    assert apex["Within 4 px at 512 (%)"] == pytest.approx(100 / 3)
    # The reference is as long as apex and border lie apart, which are no part of the angle: 100 px, so 10 px.
    assert (apex["PCK 0.1 (%)"], angle["PCK 0.1 (%)"]) == (100, pytest.approx(200 / 3))
    assert (angle["n"], angle["Missing"]) == (2, 1)
    assert angle["Within 4 px at 512 (%)"] == pytest.approx(200 / 3)


def test_a_group_averages_within_an_image_first():
    table = breakdown_table(the_comparison(), "group")

    rest = values_of(table, "Rest (2)", "plain")
    image_means = np.array([(3 + 1) / 2, (4 + 2) / 2, 3])
    assert (rest["n"], rest["Missing"]) == (5, 1)
    assert rest["Mean (px)"] == pytest.approx(image_means.mean())
    assert rest["SD (px)"] == pytest.approx(np.std(image_means, ddof=1))
    assert rest["Median (px)"] == pytest.approx(np.median([3, 1, 4, 2, 3]))


def test_millimetres_are_told_where_every_image_has_a_spacing():
    spaced = the_comparison(spacing_mm=dict.fromkeys(TRUTH, (0.5, 0.25)))

    apex = values_of(breakdown_table(spaced, "landmark"), "apex", "plain")

    assert apex["Worst (mm)"] == pytest.approx(np.hypot(6 * 0.5, 8 * 0.25))
    assert "Worst (px)" not in apex


def test_the_part_across_an_outline_is_that_of_the_landmark_alone():
    outline = Measures(groups=(Group(name="line", title="Line", landmarks=NAMES, outline="open"),))
    truth = {"a": some_landmarks((0, 0), (0, 50), (0, 100))}
    found = {"a": some_landmarks((3, 1), (7, 52), (11, 100))}

    table = breakdown_table(compare({"plain": found}, truth, measures=outline), "landmark")

    assert [values_of(table, name, "plain")["Across outline (px)"] for name in NAMES] == [3, 7, 11]
    assert [values_of(table, name, "plain")["Along outline (px)"] for name in NAMES] == [1, 2, 0]


def test_the_best_run_is_marked_and_the_floor_never_is():
    table = breakdown_table(the_comparison(floor=EXACT), "landmark")

    marked = {(name, cells[0].text) for name, cells in table.rows if any(cell.is_best for cell in cells)}
    assert marked == {(name, "exact") for name in NAMES}
    assert {cells[0].text for _, cells in table.rows} == {"plain", "exact", FLOOR}


def test_a_landmark_that_was_never_placed_has_dashes():
    truth = {name: some_landmarks((1, 1), (2, 2), None) for name in TRUTH}
    table = breakdown_table(compare({"plain": EXACT}, truth), "landmark")

    (border,) = [cells for name, cells in table.rows if name == "border"]
    assert (border[1].value, border[2].text) == (0, "\N{EN DASH}")


def test_csv_and_json_hold_the_same_numbers():
    comparison = the_comparison()

    rows = list(csv.DictReader(io.StringIO(breakdown_table(comparison, "group").csv)))
    told = breakdown_json(comparison, "group")

    assert [row["Run"] for row in rows] == [one["run"] for one in told] == ["plain", "exact"] * 2
    assert [one["group"] for one in told] == ["top", "top", "rest", "rest"]
    assert [float(row["Mean (px)"]) for row in rows] == [one["mean_radial_error_px"] for one in told]
    json.dumps(told, allow_nan=False)


def test_a_table_a_run_holds_its_own_rows():
    whole = breakdown_table(the_comparison(), "landmark")

    apart = tables_of_runs(whole)

    assert [run for run, _ in apart] == ["plain", "exact"]
    assert apart[0][1].head == tuple(head for head in whole.head if head != "Run")
    assert [name for name, _ in apart[1][1].rows] == list(NAMES)
    assert len({table.name for _, table in apart}) == 2


def test_the_terminal_is_told_errors_and_shares_one_below_the_other():
    said = breakdown_text(the_comparison(sizes=dict.fromkeys(TRUTH, (512, 512))), "group")

    errors, shares = said.split("Within 4")
    assert "Worst (px)" in errors
    assert "PCK 0.1" in shares
    assert max(map(len, said.splitlines()[:-2])) < 120
    assert "Rest (2)  plain " in said


def test_what_cannot_be_taken_apart_is_said():
    plain = compare({"a": a_prediction(a_truth(), 1.0)}, a_truth())
    one = RegionFigures(("lung",), *np.ones((3, 1)), None, None, *np.ones((3, 1), dtype=bool))

    with pytest.raises(UsageError, match="names no groups"):
        breakdown_text(plain, "group")
    with pytest.raises(UsageError, match="learn no landmarks"):
        breakdown_text(compare_regions({"a": sum_up({"x": one})}), "landmark")

"""Tests of napari_kdland.jobs.studying.overview."""

import pytest

from napari_kdland.jobs.studying.overview import lines_of, overview_of, pages_of
from napari_kdland.jobs.studying.results import Figure, Row, RunFigures
from napari_kdland.jobs.studying.subsets import Cell
from tests.jobs.studying.test_paging import MEAN, a_block, a_result

CELLS = (Cell(5), Cell(10))


def a_run(run, row="kd", draw="label_rank", mean=10.0, teachers=("t",)):
    return RunFigures(
        run=run,
        row=row,
        labels=5,
        draw=draw,
        seed=0,
        teachers=teachers,
        start="",
        best={MEAN: mean},
        last={},
        seconds=None,
    )


def with_references(block):
    kinds = {"teachers": "teacher", "mean shape": "floor"}
    rows = [
        Row(name=name, kind=kind, runs=(), n_wanted=0, best={MEAN: Figure(mean=12.0, sd=None)}, last={})
        for name, kind in kinds.items()
    ]
    return block.model_copy(update={"rows": (*block.rows, *rows)})


def test_lines_are_the_baseline_teachers_the_others_and_the_floor():
    lines = lines_of(a_result(with_references(a_block(5, 20.0, 17.0)), a_block(10, 15.0, 13.0)))

    assert [line.name for line in lines] == ["base", "teachers", "kd", "mean shape"]
    assert {labels: point.mean for labels, point in lines[2].points.items()} == {5: 17.0, 10: 13.0}
    assert [sorted(line.tests) for line in lines] == [[], [], [5, 10], []]


def test_a_number_of_labels_counts_by_the_table_over_all_its_draws():
    over_draws = a_block(5, 21.0, 16.0).model_copy(update={"spread": "draws"})

    lines = lines_of(a_result(a_block(5, 20.0, 17.0), over_draws))

    assert lines[1].points[5].mean == 16.0


@pytest.mark.parametrize(("spread", "singles"), [("seeds", (10.0, 20.0)), ("draws", (15.0, 40.0))])
def test_single_seeds_are_told_or_single_draws_where_there_are_several(spread, singles):
    runs = (
        a_run("a", mean=10.0),
        a_run("b", mean=20.0),
        *((a_run("c", draw=1, mean=40.0),) if spread == "draws" else ()),
    )
    block = a_block(5, 20.0, 17.0).model_copy(update={"spread": spread})
    rows = tuple(row.model_copy(update={"runs": ("a", "b", "c")}) for row in block.rows)
    result = a_result(block.model_copy(update={"rows": rows})).model_copy(update={"runs": runs})

    assert lines_of(result)[1].points[5].singles == singles


def test_differences_of_a_table_over_draws_are_judged_by_its_own_interval():
    over_draws = a_block(5, 21.0, 16.0).model_copy(update={"spread": "draws"})

    (test,) = lines_of(a_result(over_draws))[1].tests.values()

    assert (test.mean, test.mean_interval, test.p_holm, test.is_shown) == (-3.0, (-4.0, -2.0), 0.02, True)


def test_lines_in_millimetres_have_means_single_seeds_and_tests_in_millimetres():
    of_mm = {"mean_radial_error_mm": Figure(mean=4.0, sd=None)}
    block = a_block(5, 20.0, 17.0).model_copy(update={"spread": "draws", "unit": "mm"})
    rows = tuple(row.model_copy(update={"best": row.best | of_mm}) for row in block.rows)
    runs = tuple(a_run(run).model_copy(update={"draw": run, "best": {"mean_radial_error_mm": 3.0}}) for run in "ab")

    result = a_result(block.model_copy(update={"rows": rows})).model_copy(update={"runs": runs})
    kd = lines_of(result)[1]

    assert (kd.unit, kd.tests[5].unit) == ("mm", "mm")
    assert (kd.points[5].mean, kd.points[5].singles) == (4.0, (3.0, 3.0))


def test_a_study_of_one_page_has_no_overview():
    assert overview_of(a_result(a_block(5, 20.0, 17.0)), CELLS[:1], folder="lungs.kdland") is None
    assert pages_of(CELLS[:1], "k5.html") == ()


def test_students_without_a_teacher_look_like_a_baseline():
    result = a_result(a_block(5, 20.0, 17.0), a_block(10, 15.0, 13.0)).model_copy(update={"runs": (a_run("a"),)})

    overview = overview_of(result, CELLS, folder="lungs.kdland")

    assert overview.roles == {"base": "baseline", "kd": "student"}
    assert overview.commands == ("kdland study lungs.kdland lungs.kdland/reports/few/study.toml --report",)


def test_every_page_leads_to_the_others_and_not_to_itself():
    pages = pages_of(CELLS[::-1], "k10.html")

    assert pages == (("Overview", "overview.html"), ("k = 5", "k5.html"), ("k = 10", ""))
    assert pages_of(CELLS, "overview.html")[0] == ("Overview", "")

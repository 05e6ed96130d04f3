"""Tests of napari_kdland.jobs.studying.paging."""

from napari_kdland.jobs.studying.paging import study_part
from napari_kdland.jobs.studying.results import Block, Difference, Figure, Row, StudyResult

MEAN = "mean_radial_error_px"


def a_block(labels, *means):
    rows = tuple(
        Row(
            name=name,
            kind="student",
            runs=("a", "b"),
            n_wanted=2,
            best={MEAN: Figure(mean=mean, sd=0.5)},
            last={},
            difference=difference,
        )
        for name, mean, difference in zip(("base", "kd"), means, (None, DIFFERENCE), strict=True)
    )
    return Block(title=f"k = {labels}", labels=labels, draws=(0,), spread="seeds", rows=rows)


DIFFERENCE = Difference(mean=-3.0, low=-4.0, high=-2.0, p_value=0.01, p_holm=0.02, n_images=8)


def a_result(*blocks):
    return StudyResult(
        key="",
        study={"name": "few"},
        project="lungs",
        split="test",
        images=("1.png",),
        baseline="base",
        blocks=blocks,
        runs=(),
    )


def test_a_page_has_the_tables_of_all_seeds():
    part = study_part(a_result(a_block(5, 20.0, 17.0)), "k = 5", folder="lungs.kdland")

    (table,) = part.tables
    assert part.title == "few: k = 5"
    assert dict(table.rows)["kd"][4].text == "\N{MINUS SIGN}4.00 to \N{MINUS SIGN}2.00"
    assert part.commands == ("kdland study lungs.kdland lungs.kdland/reports/few/study.toml --report",)


def test_a_table_over_draws_says_that_its_intervals_are_over_draws_too():
    over_draws = a_block(5, 20.0, 17.0).model_copy(update={"spread": "draws"})

    one, several = study_part(a_result(a_block(5, 20.0, 17.0), over_draws), "k = 5", folder="").tables

    assert one.caption.endswith("intervals over seeds and images.")
    assert several.caption.endswith("intervals over draws, seeds and images.")


def test_error_over_labels_is_drawn_where_there_are_several_numbers_of_them():
    one, two = a_result(a_block(5, 20.0, 17.0)), a_result(a_block(5, 20.0, 17.0), a_block(10, 15.0, 13.0))

    assert study_part(one, "", folder="").charts == ()
    (chart,) = study_part(two, "", folder="").charts
    assert "kd: 17.0 px with 5, 13.0 px with 10" in chart.alt
    assert "Labelled images" in chart.svg

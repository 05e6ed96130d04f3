"""Tests of napari_kdland.jobs.studying.paging."""

from napari_kdland.jobs.studying.paging import block_table, question_of, study_part
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


def test_a_table_in_millimetres_says_so_in_its_heads():
    block = a_block(5, 20.0, 17.0)
    means = [row.best | {"mean_radial_error_mm": Figure(mean=8.0, sd=0.25)} for row in block.rows]
    rows = tuple(row.model_copy(update={"best": of}) for row, of in zip(block.rows, means, strict=True))

    table = block_table(block.model_copy(update={"rows": rows, "unit": "mm"}), 1)

    assert table.head[2:5] == ("Mean (mm)", "SD over seeds (mm)", "Difference (mm)")
    assert [cell.text for cell in dict(table.rows)["base"][1:3]] == ["8.00", "0.25"]


def test_a_page_has_the_table_of_its_own_labels_and_draw_only():
    result = a_result(a_block(5, 20.0, 17.0), a_block(10, 15.0, 13.0))

    (table,) = study_part(result, "k = 10", folder="").tables

    assert (table.name, table.title) == ("study_2", "All seeds, k = 10")


def test_a_table_over_draws_says_that_its_intervals_are_over_draws_too():
    over_draws = a_block(5, 20.0, 17.0).model_copy(update={"spread": "draws"})

    assert block_table(a_block(5, 20.0, 17.0), 1).caption.endswith("intervals over seeds and images.")
    assert block_table(over_draws, 2).caption.endswith("intervals over draws, seeds and images.")


def test_the_question_asks_for_the_number_of_labels_where_there_are_several():
    one, two = a_block(5, 20.0, 17.0), a_block(10, 15.0, 13.0)

    assert question_of(a_result(one)) == "Do kd differ from base, and by how much?"
    assert question_of(a_result(one, two)) == "Do kd differ from base, at which number of labels, and by how much?"

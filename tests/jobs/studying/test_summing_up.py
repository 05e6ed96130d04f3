"""Tests of napari_kdland.jobs.studying.summing_up."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks
from napari_kdland.evaluation import Evaluation, RegionFigures, evaluate, paired_difference, sum_up
from napari_kdland.evaluation.scoring import regions_alone
from napari_kdland.jobs.studying.measuring import Measured
from napari_kdland.jobs.studying.results import Block, Row
from napari_kdland.jobs.studying.subsets import Cell
from napari_kdland.jobs.studying.summing_up import Summary, values_of

NAMES = ("apex", "angle")
MEAN, OUTLIERS = "mean_radial_error_px", "outlier_rate"
K2, K3, DRAWN = Cell(2), Cell(3), Cell(2, 7)


def off_by(*errors_px: float, n_images: int = 8, n_spaced: int = 0) -> Evaluation:
    """An evaluation in which the i-th landmark is `errors_px[i]` off in every image; NaN: not predicted.

    The first `n_spaced` images have pixels of half a millimetre.
    """
    truth = {f"{i}.png": Landmarks.placed(NAMES, np.array([[10.0 * i, 20.0], [30.0, 40.0]])) for i in range(n_images)}
    shift = np.array([[error, 0.0] for error in errors_px])
    shift[np.isnan(shift[:, 0])] = np.nan
    found = {name: Landmarks.placed(NAMES, one.points + shift) for name, one in truth.items()}
    return evaluate(found, truth, spacing_mm=dict.fromkeys(list(truth)[:n_spaced], (0.5, 0.5)))


def blocks_of(
    students: dict[str, dict[Cell, tuple[str, ...]]],
    evaluations: dict[str, Evaluation],
    *,
    teachers: dict[str, dict[Cell, tuple[str, ...]]] | None = None,
    last: Evaluation | None = None,
    floor: Evaluation | None = None,
) -> tuple[Block, ...]:
    measured = {run: Measured(one, one if last is None else last) for run, one in evaluations.items()}
    floors = {cell: floor or off_by(30, 30) for by_cell in students.values() for cell in by_cell}
    return Summary(students, teachers or {}, measured=measured, floors=floors, baseline="base").blocks()


def row_of(block: Block, name: str) -> Row:
    return next(row for row in block.rows if row.name == name)


def test_a_row_has_the_mean_and_the_spread_over_seeds():
    (block,) = blocks_of(
        {"base": {K2: ("a", "b", "c")}}, {"a": off_by(1, 3), "b": off_by(4, 4), "c": off_by(6, 6)}, last=off_by(9, 9)
    )

    row = row_of(block, "base")
    assert (row.best[MEAN].mean, row.best[MEAN].sd) == (4.0, 2.0)
    assert (row.last[MEAN].mean, row.last[MEAN].sd) == (9.0, 0.0)
    assert (block.title, block.spread, row.runs) == ("k = 2", "seeds", ("a", "b", "c"))


def test_the_floor_and_the_teachers_stand_below():
    (block,) = blocks_of(
        {"base": {K2: ("a",)}}, {"a": off_by(4, 4), "t": off_by(1, 1)}, teachers={"teachers": {K2: ("t",)}}
    )

    assert [(row.name, row.kind) for row in block.rows] == [
        ("base", "student"),
        ("teachers", "teacher"),
        ("mean shape", "floor"),
    ]
    assert row_of(block, "mean shape").best[MEAN].mean == 30.0


def test_differences_are_taken_between_errors_averaged_over_seeds():
    students = {"base": {K2: ("a", "b")}, "kd": {K2: ("c", "d")}}
    evaluations = {"a": off_by(8, 2), "b": off_by(6, 4), "c": off_by(5, 1), "d": off_by(1, 1)}

    (block,) = blocks_of(students, evaluations)

    expected = paired_difference(np.full((8, 2), [3.0, 1.0]), np.full((8, 2), [7.0, 3.0]))
    found = row_of(block, "kd").difference
    assert found is not None
    assert (found.mean, found.p_value) == (expected.mean, expected.p_value) == (-3.0, pytest.approx(1 / 128))
    # Every image is alike, so the interval is that of the seeds: 1 to 3 against 5.
    assert (found.low, found.high) == (-4.0, -2.0)
    assert row_of(block, "base").difference is None


@pytest.mark.parametrize(("n_spaced", "unit", "scale"), [(8, "mm", 0.5), (7, "px", 1.0), (0, "px", 1.0)])
def test_differences_intervals_and_tests_are_in_millimetres_where_every_image_has_a_spacing(n_spaced, unit, scale):
    errors = {"a": (8, 2), "b": (6, 4), "c": (5, 1), "d": (1, 1)}
    evaluations = {run: off_by(*of, n_spaced=n_spaced) for run, of in errors.items()}

    (block,) = blocks_of(
        {"base": {K2: ("a", "b")}, "kd": {K2: ("c", "d")}}, evaluations, floor=off_by(30, 30, n_spaced=n_spaced)
    )

    kd = row_of(block, "kd")
    assert (block.unit, block.mean_name, block.judgement.unit) == (unit, f"mean_radial_error_{unit}", unit)
    assert kd.best[block.mean_name].mean == 2.0 * scale
    assert kd.interval == (1.0 * scale, 3.0 * scale)
    assert (kd.difference.mean, kd.difference.low, kd.difference.high) == (-3.0 * scale, -4.0 * scale, -2.0 * scale)


def test_a_landmark_that_one_seed_lacks_is_averaged_over_the_others():
    students = {"base": {K2: ("a",)}, "kd": {K2: ("c", "d")}}
    evaluations = {"a": off_by(4, 4), "c": off_by(2, float("nan")), "d": off_by(4, 4)}

    (block,) = blocks_of(students, evaluations)

    found = row_of(block, "kd").difference
    assert found is not None
    assert_allclose(found.mean, -0.5)


def test_p_values_are_adjusted_for_the_students_but_not_for_the_teachers():
    students = {"base": {K2: ("a",)}, "kd": {K2: ("b",)}, "fpd": {K2: ("c",)}}
    evaluations = {name: off_by(error, error) for name, error in (("a", 4), ("b", 3), ("c", 2), ("t", 1))}

    (block,) = blocks_of(students, evaluations, teachers={"teachers": {K2: ("t",)}})

    differences = {row.name: row.difference for row in block.rows if row.difference is not None}
    assert differences["kd"].p_holm == pytest.approx(2 * differences["kd"].p_value)
    assert differences["teachers"].p_holm is None


def test_each_number_of_labels_has_its_table_and_rows_stand_only_where_they_were_run():
    students = {"base": {K2: ("a",), K3: ("b",)}, "kd": {K3: ("c",)}}

    blocks = blocks_of(students, {"a": off_by(4, 4), "b": off_by(3, 3), "c": off_by(2, 2)})

    assert [block.title for block in blocks] == ["k = 2", "k = 3"]
    assert [[row.name for row in block.rows] for block in blocks] == [
        ["base", "mean shape"],
        ["base", "kd", "mean shape"],
    ]


def test_several_draws_are_put_together_with_the_spread_over_draws():
    students = {"base": {K2: ("a", "b"), DRAWN: ("c", "d")}}
    evaluations = {"a": off_by(1, 1), "b": off_by(3, 3), "c": off_by(5, 5), "d": off_by(7, 7)}

    blocks = blocks_of(students, evaluations)

    assert [block.title for block in blocks] == ["k = 2", "k = 2, draw 7", "k = 2, 2 draws"]
    both = row_of(blocks[2], "base")
    assert (both.best[MEAN].mean, blocks[2].spread) == (4.0, "draws")
    assert both.best[MEAN].sd == pytest.approx(np.std([2.0, 6.0], ddof=1))


def test_a_draw_that_is_hard_for_both_rows_leaves_their_difference_as_it_is():
    students = {"base": {K2: ("a", "b"), DRAWN: ("c", "d")}, "kd": {K2: ("e", "f"), DRAWN: ("g", "h")}}
    errors = {"a": 9, "b": 9, "c": 29, "d": 29, "e": 7, "f": 7, "g": 27, "h": 27}

    blocks = blocks_of(students, {run: off_by(error, error) for run, error in errors.items()})

    found = row_of(blocks[2], "kd").difference
    assert found is not None
    assert_allclose([found.mean, found.low, found.high], -2)


def test_a_draw_that_one_row_lacks_is_in_no_difference():
    students = {"base": {K2: ("a",), DRAWN: ("c",)}, "kd": {K2: ("e",), DRAWN: ("lost",)}}

    blocks = blocks_of(students, {"a": off_by(9, 9), "c": off_by(29, 29), "e": off_by(7, 7)})

    found = row_of(blocks[2], "kd").difference
    assert found is not None
    assert found.mean == -2


def test_a_table_is_judged_by_all_seeds_and_teachers_do_not_compete():
    students = {"base": {K2: ("a", "b")}, "kd": {K2: ("c", "d")}}
    evaluations = {"a": off_by(4, 4), "b": off_by(4, 4), "c": off_by(1, 1), "d": off_by(9, 9), "t": off_by(1, 1)}

    (block,) = blocks_of(students, evaluations, teachers={"teachers": {K2: ("t",)}})

    judgement = block.judgement
    assert judgement is not None
    (test,) = judgement.against_baseline
    assert (judgement.best, test.mean, test.n_seeds) == ("base", 1.0, (2, 2))
    assert test.mean_interval == (-3.0, 5.0)
    assert {test.against for test in judgement.against_references} == {"teachers", "mean shape"}


def test_a_run_that_is_not_done_is_missing_from_its_row_and_counted():
    (block,) = blocks_of({"base": {K2: ("a", "lost")}}, {"a": off_by(4, 4)})

    row = row_of(block, "base")
    assert (row.runs, row.n_wanted) == (("a",), 2)
    assert (row.best[MEAN].mean, row.best[MEAN].sd) == (4.0, None)


def test_rows_without_a_baseline_have_no_difference():
    blocks = blocks_of({"base": {K2: ("lost",)}, "kd": {K2: ("b",)}}, {"b": off_by(3, 3)})

    assert row_of(blocks[0], "kd").difference is None
    assert row_of(blocks[0], "base").best == {}


def found_with(*dice: float, n_images: int = 8) -> Evaluation:
    """An evaluation of regions alone: each with the same Dice in every image."""
    names, nothing = tuple(f"region_{i}" for i in range(len(dice))), np.full(len(dice), np.nan)
    there = np.ones(len(dice), dtype=bool)
    figures = RegionFigures(names, np.array(dice), nothing, nothing, None, None, there, there, there)
    regions = sum_up({f"{i}.png": figures for i in range(n_images)})
    return regions_alone(regions, regions.images)


def test_regions_are_summed_up_and_compared_by_their_dice():
    students = {"base": {K2: ("a", "b")}, "emkd": {K2: ("c", "d")}}
    dice = {"a": found_with(0.5, 0.7), "b": found_with(0.7, 0.9), "c": found_with(0.8, 0.8), "d": found_with(0.8, 0.8)}
    measured = {run: Measured(one, one) for run, one in dice.items()}

    (block,) = Summary(students, {}, measured=measured, floors={}, baseline="base").blocks()

    base, emkd = block.rows
    assert base.best["dice"].mean == pytest.approx(0.7)
    assert base.best["dice"].sd == pytest.approx(np.std([0.6, 0.8], ddof=1))
    assert base.best["dice_region_1"].mean == pytest.approx(0.8)
    assert emkd.dice_difference is not None
    assert emkd.dice_difference.mean == pytest.approx(0.1)
    assert (emkd.difference, MEAN in base.best) == (None, False)


def test_metrics_without_a_value_are_none():
    values = values_of(off_by(1, float("nan")))

    assert values[MEAN] == 1.0
    assert values[OUTLIERS] == 0.5
    assert values["mean_radial_error_mm"] is None


def test_a_row_has_the_interval_of_its_mean_over_seeds_and_images():
    (block,) = blocks_of(
        {"base": {K2: ("a", "b")}, "one": {K2: ("c",)}}, {"a": off_by(1, 3), "b": off_by(4, 4), "c": off_by(6, 6)}
    )

    # Every image is as far off, so that only the seeds are drawn anew: both of one, or one of each.
    assert_allclose(row_of(block, "base").interval, (2.0, 4.0))
    assert row_of(block, "one").interval is None
    assert row_of(block, "mean shape").interval is None


def test_an_interval_over_draws_takes_a_run_of_each():
    (*_, block) = blocks_of({"base": {K2: ("a",), DRAWN: ("b",)}}, {"a": off_by(2, 2), "b": off_by(4, 4)})

    assert_allclose(row_of(block, "base").interval, (2.0, 4.0))

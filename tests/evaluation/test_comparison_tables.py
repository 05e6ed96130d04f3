import numpy as np
import pytest

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.evaluation.comparison import compare
from napari_kdland.evaluation.comparison_tables import (
    detection_table,
    error_tables,
    landmark_table,
    presence_table,
    tables_of_tests,
)
from tests.evaluation.factories import NAMES, a_prediction, a_truth, some_landmarks

TRUTH = a_truth(8)
SPACING = dict.fromkeys(TRUTH, (0.5, 0.5))


def two(truth=TRUTH, **given_):
    runs = {"plain": a_prediction(truth, 6.0), "student": a_prediction(truth, 2.0, seed=2)}
    return compare(runs, truth, **given_)


def text_of(table):
    return {name: [cell.text for cell in cells] for name, cells in table.rows}


def test_millimetres_stand_first_where_every_image_has_a_spacing():
    assert [table.name for table in error_tables(two(spacing_mm=SPACING))] == ["errors_mm", "errors_px"]


def test_without_a_spacing_there_are_no_millimetres():
    assert [table.name for table in error_tables(two())] == ["errors_px"]


def test_with_half_of_the_spacings_the_two_units_are_two_tables_of_named_images():
    half = dict(list(SPACING.items())[:4])

    px, mm = error_tables(two(spacing_mm=half))

    assert "all 8 images" in px.caption
    assert "4 of 8 images that have a pixel spacing" in mm.caption
    assert all(" (mm)" in heading for heading in mm.head[1:])
    assert all(" (px)" in heading for heading in px.head[1:])


def test_the_table_in_pixels_says_that_pixels_are_of_different_sizes():
    mixed = {image: (0.1, 0.1 + 0.01 * place) for place, image in enumerate(TRUTH)}

    assert "of different sizes, 0.1 to 0.17 mm" in error_tables(two(spacing_mm=mixed))[1].caption
    assert "different" not in error_tables(two(spacing_mm=SPACING))[1].caption


def test_a_landmark_that_was_never_placed_has_a_dash_not_a_gap():
    truth = {i: some_landmarks((10, 10 + n), (20, 20), None) for n, i in enumerate(TRUTH)}

    table = landmark_table(two(truth), {"border": "The border"})

    assert text_of(table)["The border"] == ["\N{EN DASH}"] * 2


def test_presence_is_shown_where_truth_and_a_run_disagree():
    states = (LandmarkState.PLACED, LandmarkState.ABSENT, LandmarkState.PLACED)
    truth = {"a.png": Landmarks(NAMES, [[1, 1], [np.nan] * 2, [2, 2]], states)}
    runs = {
        "all": {"a.png": some_landmarks((1, 1), (5, 5), (2, 2))},
        "few": {"a.png": some_landmarks((1, 1), None, None)},
    }

    rows = [
        (name, *(cell.text for cell in cells))
        for name, cells in presence_table(compare(runs, truth), {"border": "The border"}).rows
    ]

    assert rows == [
        ("angle", "all", "0", "0", "1", "0", "0"),
        ("angle", "few", "0", "0", "0", "1", "0"),
        ("The border", "all", "1", "0", "0", "0", "0"),
        ("The border", "few", "0", "1", "0", "0", "0"),
    ]


def test_presence_is_not_told_where_all_is_there():
    assert presence_table(two()) is None


def test_tests_against_the_best_run_have_a_table_of_their_own_unless_it_is_the_baseline():
    worse_first, better_first = two(), two().judgement

    tables = tables_of_tests(worse_first.judgement)
    assert [table.name for table in tables] == ["tests_baseline", "tests_best"]
    assert "student was chosen as the best on the same images" in tables[1].caption
    assert "chosen" not in tables[0].caption
    assert better_first.best == "student"
    runs = {"student": a_prediction(TRUTH, 2.0, seed=2), "plain": a_prediction(TRUTH, 6.0)}
    assert [table.name for table in tables_of_tests(compare(runs, TRUTH).judgement)] == ["tests_baseline"]


def test_detection_rates_are_those_that_have_a_value():
    assert detection_table(two()).head == ("Run", "Outliers (%)")
    assert "Within 5 mm (%)" in detection_table(two(spacing_mm=SPACING)).head


def test_a_share_is_written_as_the_per_cent_that_its_head_promises():
    truth = {"a.png": some_landmarks((10, 10), (20, 20), (30, 30))}
    runs = {name: {"a.png": some_landmarks((10, 10), (20, 75), (30, 31))} for name in ("plain", "student")}

    assert detection_table(compare(runs, truth)).csv.splitlines()[1] == f"plain,{100 * (1 - 2 / 3)!r}"


@pytest.mark.parametrize("n_images", [1, 2])
def test_one_image_makes_tables_with_dashes_for_what_it_cannot_tell(n_images):
    table = tables_of_tests(two(a_truth(n_images)).judgement)[0]

    texts = text_of(table)["student"]
    assert (texts[1] == "\N{EN DASH}") == (n_images == 1)
    assert texts[-1] == str(n_images)

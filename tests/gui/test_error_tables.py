"""Tables of radial errors."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks
from napari_kdland.anatomy.regions import Regions
from napari_kdland.evaluation import compare
from napari_kdland.evaluation.breakdown import breakdown_table
from napari_kdland.gui.error_tables import ApartErrors, ImageErrors, SplitErrors, image_dice, image_errors
from napari_kdland.gui.layers.style import styles_of
from napari_kdland.images.radiograph import Spacing
from tests.session.factories import NAMES, REGIONS, a_scheme, some_regions

pytestmark = pytest.mark.gui

TRUTH = Landmarks.placed(NAMES, np.array([[10.0, 10.0], [20.0, 30.0], [40.0, 20.0]]))


def shifted(*step):
    return Landmarks.placed(NAMES, TRUTH.points + np.array(step))


def filled(qtbot, found, spacing=None):
    table = ImageErrors()
    qtbot.addWidget(table)
    table.show_errors(TRUTH, found, styles_of(list(found)), scheme=a_scheme(), spacing=spacing)
    return table


def test_errors_are_in_millimetres_where_there_is_a_spacing(qtbot):
    table = filled(qtbot, {"a": shifted(3.0, 4.0)}, Spacing(0.5, 0.5, "user"))

    assert table.horizontalHeaderItem(0).text() == "Error, mm"
    assert table.item(0, 1).text() == "2.5"
    assert table.item(3, 1).text() == "2.5"


def test_a_spacing_that_differs_along_the_axes_is_used_on_each():
    assert_allclose(image_errors(shifted(3.0, 4.0), TRUTH, Spacing(1.0, 0.5, "user")), np.hypot(3, 2))


def test_a_landmark_that_was_not_found_is_a_dash_and_not_in_the_mean(qtbot):
    points = TRUTH.points + np.array([0.0, 2.0])
    points[0] = np.nan

    table = filled(qtbot, {"a": Landmarks.placed(NAMES, points)})

    assert [table.item(row, 1).text() for row in range(4)] == ["-", "2.0", "2.0", "2.0"]


def test_nothing_found_at_all_warns_of_nothing(qtbot):
    table = filled(qtbot, {"a": Landmarks.not_yet(NAMES)})

    assert table.item(3, 1).text() == "-"


@pytest.mark.parametrize(("runs", "heads"), [("abc", ["a", "b", "c"]), ("abcd", [""] * 4)])
def test_many_runs_are_headed_by_their_shapes_alone_and_named_in_tooltips(qtbot, runs, heads):
    table = filled(qtbot, dict.fromkeys(runs, TRUTH))

    items = [table.horizontalHeaderItem(column) for column in range(1, 1 + len(runs))]
    assert [item.text() for item in items] == heads
    assert [item.toolTip() for item in items] == list(runs)
    assert not any(item.icon().isNull() for item in items)


def test_as_long_as_no_run_has_answered_there_is_no_heading(qtbot):
    assert filled(qtbot, {}).horizontalHeaderItem(0).text() == ""


def test_a_comparison_shows_differences_from_the_baseline_with_their_sign(qtbot):
    table = SplitErrors()
    qtbot.addWidget(table)
    truth = {f"image_{i}": TRUTH for i in range(4)}
    said = {run: dict.fromkeys(truth, shifted(0.0, step)) for run, step in (("old", 3.0), ("new", 1.0))}

    table.show_comparison(compare(said, truth, baseline="old"))

    assert table.verticalHeaderItem(0).text() == "old (baseline)"
    assert table.item(0, 0).text() == "3.0"
    assert table.item(1, 0).text() == "1.0  (-2.0)"
    assert table.item(1, 0).font().bold()


def test_the_names_of_runs_stay_in_sight_while_figures_scroll(qtbot):
    table = SplitErrors()
    qtbot.addWidget(table)
    truth = {f"image_{i}": TRUTH for i in range(4)}
    table.show_comparison(compare({"a-run-of-a-very-long-name" * 3: dict.fromkeys(truth, TRUTH)}, truth))
    table.resize(300, 100)
    table.show()

    table.horizontalScrollBar().setValue(table.horizontalScrollBar().maximum())

    header = table.verticalHeader()
    assert header.isVisible()
    assert 100 < header.width() < 200
    assert header.x() >= 0


def test_errors_stand_in_the_unit_of_the_verdict_alone(qtbot):
    table = SplitErrors()
    qtbot.addWidget(table)
    truth = {f"image_{i}": TRUTH for i in range(4)}
    said = {"old": dict.fromkeys(truth, shifted(0.0, 3.0))}

    table.show_comparison(compare(said, truth, spacing_mm=dict.fromkeys(truth, (0.5, 0.5))))

    headings = [table.horizontalHeaderItem(column).text() for column in range(table.columnCount())]
    assert headings[0] == "Mean (mm)"
    assert table.item(0, 0).text() == "1.5"
    assert "Mean (px)" not in headings


def test_a_click_on_a_figure_asks_for_what_is_behind_it(qtbot):
    table, asked = SplitErrors(), []
    qtbot.addWidget(table)
    truth = {f"image_{i}": TRUTH for i in range(4)}
    table.show_comparison(compare({"old": dict.fromkeys(truth, shifted(0.0, 3.0))}, truth))
    table.asked.connect(lambda row, metric: asked.append((row.name, metric.name)))

    table.cellClicked.emit(0, 0)

    assert asked == [("old", "mean_radial_error_px")]


def test_a_table_taken_apart_shows_each_landmark_once_and_what_is_best_of_it(qtbot):
    table = ApartErrors()
    qtbot.addWidget(table)
    truth = {f"image_{i}": TRUTH for i in range(4)}
    said = {run: dict.fromkeys(truth, shifted(0.0, step)) for run, step in (("old", 3.0), ("new", 1.0))}

    table.show_table(breakdown_table(compare(said, truth, baseline="old"), "landmark"))

    names = [table.verticalHeaderItem(row).text().strip() for row in range(6)]
    assert [table.horizontalHeaderItem(column).text() for column in range(2)] == ["n", "Mean (px)"]
    assert names[1:3] == names[4:6] == ["old", "new"]
    assert names[0] != names[3]
    assert [table.item(row, 1).text() for row in (1, 2)] == ["3.0", "1.0"]
    assert [table.item(row, 1).font().bold() for row in (1, 2)] == [False, True]


def test_an_empty_comparison_empties_the_table(qtbot):
    table = SplitErrors()
    qtbot.addWidget(table)

    table.show_comparison(None)

    assert table.rowCount() == 0


def test_dice_counts_what_both_have_against_what_each_has():
    assert_allclose(image_dice(some_regions(shift=3), some_regions()), [0.9, 0.88])


def test_regions_of_which_nothing_is_known_or_that_are_absent_have_no_dice():
    masks = some_regions().masks.copy()
    masks[0] = False
    truth = Regions(REGIONS, np.zeros_like(masks), np.array([True, False]))

    assert np.isnan(image_dice(Regions(REGIONS, masks), truth)).all()


def test_a_region_that_was_missed_has_a_dice_of_zero():
    nothing = Regions(REGIONS, np.zeros_like(some_regions().masks))

    assert_allclose(image_dice(nothing, some_regions()), 0)

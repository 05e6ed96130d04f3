"""Tests of napari_kdland.evaluation.label_figures."""

import pytest

from napari_kdland.evaluation.encodings import encodings
from napari_kdland.evaluation.label_figures import label_figure
from napari_kdland.evaluation.label_lines import LabelLine, LabelPoint


def a_student(mean=20.0):
    return LabelLine(
        "kd", "student", {5: LabelPoint(mean, (mean - 3, mean + 4), (mean - 2, mean + 2)), 10: LabelPoint(9.0)}
    )


def drawn(*lines):
    return label_figure(lines, encodings([line.name for line in lines])).axes[0]


def test_labels_stand_on_a_logarithmic_axis_and_are_its_only_ticks():
    ax = drawn(a_student())

    assert ax.get_xscale() == "log"
    assert [text.get_text() for text in ax.get_xticklabels()] == ["5", "10"]


def test_the_axis_of_errors_begins_at_zero_and_holds_intervals_and_seeds():
    low, high = drawn(a_student()).get_ylim()

    assert low == 0
    assert high > 24


@pytest.mark.parametrize(("floor", "is_drawn"), [(30.0, True), (90.0, False)])
def test_a_floor_far_above_all_else_is_told_and_not_drawn(floor, is_drawn):
    ax = drawn(a_student(), LabelLine("mean shape", "floor", {5: LabelPoint(floor), 10: LabelPoint(floor - 1)}))

    assert ("mean shape" in ax.get_legend_handles_labels()[1]) == is_drawn
    assert [text.get_text() for text in ax.texts] == ([] if is_drawn else ["mean shape, 89.0 to 90.0 px, lies above"])

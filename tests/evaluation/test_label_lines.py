"""Tests of napari_kdland.evaluation.label_lines."""

import pytest

from napari_kdland.evaluation.judging import PairTest
from napari_kdland.evaluation.label_lines import LabelLine, LabelPoint, counts_of, said_over_labels, shown_as

NAN = float("nan")


def a_test(mean, *, low=None, high=None, p_holm=0.01, n_images=20):
    """A test whose interval leaves out zero, unless it is given."""
    ends = (mean - 0.4 * abs(mean) if low is None else low, mean + 0.4 * abs(mean) if high is None else high)
    return PairTest("kd", "base", "px", n_images, (3, 3), 0, mean, NAN, NAN, mean_interval=ends, p_holm=p_holm)


def a_line(tests, name="kd"):
    return LabelLine(name, "student", {labels: LabelPoint(10.0) for labels in tests}, tests)


@pytest.mark.parametrize(
    ("test", "shown"),
    [
        (a_test(-3.0), "better"),
        (a_test(3.0), "worse"),
        (a_test(-3.0, high=0.1), ""),
        (a_test(-3.0, p_holm=0.06), ""),
        (a_test(-3.0, n_images=5), ""),
    ],
)
def test_better_and_worse_want_interval_p_and_images(test, shown):
    assert shown_as(test) == shown


def test_words_name_the_numbers_of_labels_by_what_is_shown_there():
    line = a_line({138: a_test(0.9), 5: a_test(-3.0), 40: a_test(-0.2, high=0.5), 10: a_test(-2.04)})

    assert said_over_labels(line, "base") == (
        "better than base with 5 and 10 labels (by 3.0 px and 2.0 px); worse than base with 138 labels (by 0.90 px); "
        "no difference shown with 40"
    )


def test_words_say_so_where_nothing_is_shown():
    line = a_line({5: a_test(-3.0, high=0.5), 10: a_test(-2.0, p_holm=0.2)})

    assert said_over_labels(line, "base") == "no difference shown from base with 5 and 10 labels"


def test_numbers_of_labels_are_those_of_all_lines():
    assert counts_of([a_line({10: a_test(1.0)}), a_line({5: a_test(1.0), 10: a_test(1.0)})]) == [5, 10]

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from napari_kdland.anatomy import Landmarks
from napari_kdland.evaluation import figures
from napari_kdland.evaluation.comparison import FLOOR, compare
from napari_kdland.evaluation.encodings import encodings
from tests.evaluation.factories import a_prediction, a_truth


def a_comparison(n_images=8, names=("student", "plain")):
    truth = a_truth(n_images)
    runs = {name: a_prediction(truth, 2.0 + 3 * index, seed=index) for index, name in enumerate(names)}
    return compare(runs, truth, floor=a_prediction(truth, 20.0, seed=9))


def look(comparison):
    return encodings([row.name for row in comparison.rows], {FLOOR: "floor"})


def every_figure(comparison):
    return [
        figures.cumulative_errors(comparison, look(comparison)),
        figures.paired_differences(comparison, look(comparison)),
        figures.landmark_errors(comparison, look(comparison), {}),
    ]


@pytest.mark.parametrize("n_images", [1, 2, 8])
def test_every_figure_is_well_formed_svg(n_images):
    for figure in every_figure(a_comparison(n_images)):
        assert ElementTree.fromstring(figures.svg(figure, "a")).tag.endswith("svg")


def test_a_run_without_any_prediction_can_be_drawn():
    truth = a_truth(3)
    silent = {image: Landmarks.not_yet(one.names) for image, one in truth.items()}

    for figure in every_figure(compare({"run": a_prediction(truth, 2.0), "silent": silent}, truth)):
        assert figures.svg(figure, "a").startswith("<svg")


def test_charts_take_their_ink_from_the_page():
    drawn = figures.svg(figures.cumulative_errors(*(lambda c: (c, look(c)))(a_comparison())), "a")

    assert "var(--ink)" in drawn
    assert not any(stand_in in drawn for stand_in in (figures.INK, figures.RULE, figures.PAPER))


def test_words_stay_text_and_names_are_no_formulas():
    comparison = a_comparison(names=(r"$\frac{1}$ & <b>", "肺"))

    drawn = figures.svg(figures.landmark_errors(comparison, look(comparison), {}), "a")

    words = "".join(ElementTree.fromstring(drawn).itertext())
    assert r"$\frac{1}$ & <b>" in words
    assert "肺" in words
    assert "<!--" not in drawn


def test_identifiers_of_two_charts_differ():
    first, second = (
        figures.svg(figure, name) for figure, name in zip(every_figure(a_comparison()), "ab", strict=False)
    )

    assert set(re.findall(r'\bid="([^"]*)"', first)).isdisjoint(re.findall(r'\bid="([^"]*)"', second))
    used = re.findall(r'(?:href="|url\()#([^")]*)', first)
    assert used
    assert set(used) <= set(re.findall(r'\bid="([^"]*)"', first))


def test_a_chart_is_the_same_every_time():
    comparison = a_comparison()

    first, second = (figures.svg(figures.cumulative_errors(comparison, look(comparison)), "a") for _ in range(2))

    assert first == second


def test_a_curve_ends_at_the_share_of_landmarks_that_were_predicted():
    truth = a_truth(4, n_landmarks=2)
    half = {image: Landmarks.placed(one.names, np.array([one.points[0], [np.nan] * 2])) for image, one in truth.items()}
    comparison = compare({"half": half}, truth)

    ax = figures.cumulative_errors(comparison, look(comparison)).axes[0]

    assert ax.lines[0].get_ydata()[-1] == 50


def test_the_axis_leaves_out_few_wild_errors_and_counts_them():
    truth = a_truth(101, n_landmarks=1)
    wild = {**a_prediction(truth, 1.0), "000.png": Landmarks.placed(("landmark_0",), np.array([[900.0, 900.0]]))}
    comparison = compare({"wild": wild}, truth)

    assert figures.axis_limit(comparison) < 10
    assert figures.n_beyond(comparison) == 1

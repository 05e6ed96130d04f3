"""Tests of napari_kdland.evaluation.uncertainty_figures."""

from xml.etree import ElementTree

import numpy as np
import pytest

from napari_kdland.evaluation.calibration import Calibration
from napari_kdland.evaluation.figures import INK, svg
from napari_kdland.evaluation.labelling_curves import Measurement, labelling_curves
from napari_kdland.evaluation.uncertainty import judge
from napari_kdland.evaluation.uncertainty_figures import (
    labelling_chart,
    on_paper,
    reliability_chart,
    sparsification_chart,
)
from tests.evaluation.test_uncertainty import honest


def judged(n: int):
    errors, sd = (values.reshape(-1, 2) for values in honest(60))
    return judge(Calibration("views", ("apex", "angle"), errors[:20], sd[:20]), errors[20 : 20 + n], sd[20 : 20 + n])


@pytest.mark.parametrize("n", [0, 1, 10])
@pytest.mark.parametrize("chart", [reliability_chart, sparsification_chart])
def test_every_chart_is_a_well_formed_picture_however_few_the_images(chart, n):
    drawn = svg(chart({"student, views": judged(n), "student, heatmap": judged(10)}), "a")

    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    assert INK not in drawn


def test_the_legend_names_each_uncertainty_with_its_figure():
    figure = reliability_chart({"views": judged(10)})

    (text,) = [one.get_text() for one in figure.legends[0].get_texts()]
    assert text == f"views (ENCE {judged(10).ence:.2f})"


def test_strategies_are_drawn_with_their_spread():
    rows = [
        Measurement(name, seed, 5 * k, 20.0 / k + seed)
        for name in ("random", "hybrid")
        for seed in (0, 1)
        for k in (1, 2)
    ]

    figure = labelling_chart(labelling_curves(rows))
    (ax,) = figure.axes

    assert [one.get_text() for one in figure.legends[0].get_texts()] == ["random", "hybrid"]
    assert len(ax.collections) == 2
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [20.5, 10.5])


def test_a_picture_that_stands_alone_needs_no_page_for_its_colours():
    drawn = on_paper(reliability_chart({"views": judged(10)}))

    assert "var(--" not in drawn
    assert ElementTree.fromstring(drawn).tag.endswith("svg")

import numpy as np
import pytest

from napari_kdland.evaluation import further_figures
from napari_kdland.evaluation.encodings import encodings
from napari_kdland.evaluation.figures import svg
from napari_kdland.evaluation.indices import agreement
from napari_kdland.evaluation.ranking import rank

NAMES = ("a", "b", "c", "d")


def test_a_critical_difference_diagram_names_every_run_with_its_rank():
    ranking = rank(NAMES, np.random.default_rng(0).random((20, 4)))

    drawn = svg(further_figures.critical_difference(ranking, encodings(NAMES)), "x")

    for name, mean_rank in zip(NAMES, ranking.mean_ranks, strict=True):
        assert f"{name} ({mean_rank:.2f})" in drawn
    assert "critical difference" in drawn


def test_agreement_has_a_panel_for_each_run_with_its_limits():
    reference = np.array([0.4, 0.5, 0.6])
    found = {"a": reference + np.array([0.01, 0.02, 0.03]), "b": reference}
    of = {name: agreement(values, reference) for name, values in found.items()}

    figure = further_figures.agreements(found, reference, of, encodings(found))

    assert [ax.get_title(loc="left") for ax in figure.axes] == ["a", "b"]
    assert {text.get_text() for text in figure.axes[0].texts} == {"+0.020", "+0.040", "+0.000"}


def test_equal_measurements_can_be_drawn():
    reference = np.array([0.5])

    figure = further_figures.agreements(
        {"a": reference}, reference, {"a": agreement(reference, reference)}, encodings(["a"])
    )

    assert np.isfinite(figure.axes[0].get_ylim()).all()


@pytest.mark.parametrize(
    ("points", "front"),
    [
        ({"small": (1, 9), "large": (5, 3), "waste": (6, 4)}, ("small", "large")),
        ({"one": (1, 2), "other": (1, 1)}, ("other",)),
        ({"alone": (3, 3)}, ("alone",)),
    ],
)
def test_the_front_holds_those_that_no_other_beats_in_both(points, front):
    assert further_figures.pareto(points) == front

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.errors import UsageError
from napari_kdland.evaluation.review_scores import MADE_BY_JOBS, REVIEW_SCORES, Evidence, of_images, review_score

NAMES = ("apex", "wall")
NOTHING = Landmarks.not_yet(NAMES)


def said(*points: tuple[float, float], sd_px: float | None = None) -> Landmarks:
    placed = Landmarks.placed(NAMES, np.array(points))
    widths = None if sd_px is None else np.full(len(NAMES), sd_px)
    return Landmarks(NAMES, placed.points, placed.states, widths, np.array([0.9, 0.4]))


def score(kind: str, *runs: Landmarks, label: Landmarks = NOTHING) -> list[float]:
    return list(review_score(kind).value(Evidence.of([[run] for run in runs], [label]))[0])


def test_runs_disagree_by_the_mean_distance_of_their_points():
    one, other, third = said((0, 0), (5, 5)), said((3, 4), (5, 5)), said((0, 0), (5, 5))

    assert score("disagreement", one, other) == [5.0, 0.0]
    assert_allclose(score("disagreement", one, other, third), [10 / 3, 0])


def test_runs_of_which_one_says_absent_contradict_each_other():
    points = np.array([[np.nan, np.nan], [5.0, 5.0]])
    absent = Landmarks(NAMES, points, (LandmarkState.ABSENT, LandmarkState.PLACED))

    assert score("disagreement", said((0, 0), (5, 5)), absent) == [math.inf, 0.0]
    assert score("disagreement", absent, absent)[1] == 0.0
    assert math.isnan(score("disagreement", absent, absent)[0])
    assert review_score("disagreement").text(math.inf) == "contradict"


def test_one_run_is_as_uncertain_as_its_heatmap_is_wide():
    assert score("uncertainty", said((0, 0), (5, 5), sd_px=4.0)) == [4.0, 4.0]


def test_the_spread_of_several_runs_adds_to_the_width_of_their_heatmaps():
    runs = said((0, 0), (5, 5), sd_px=3.0), said((8, 0), (5, 5), sd_px=3.0)

    # Points 8 apart along y: variance 16 along y and 0 along x, so 8 along an axis.
    assert_allclose(score("uncertainty", *runs), [math.sqrt(9 + 8), 3])


def test_a_label_is_suspicious_by_its_distance_in_standard_deviations():
    label = said((6, 8), (5, 5))

    assert score("suspicion", said((0, 0), (5, 5), sd_px=2.0), label=label) == [5.0, 0.0]


def test_no_prediction_is_taken_to_be_surer_than_a_pixel():
    assert score("suspicion", said((0, 0), (5, 5), sd_px=0.01), label=said((0, 3), (5, 5)))[0] == 3.0


@pytest.mark.parametrize("kind", ["suspicion", "error"])
def test_without_a_label_there_is_nothing_to_suspect(kind: str):
    assert review_score(kind).needs_labels
    assert np.isnan(score(kind, said((0, 0), (5, 5), sd_px=1.0))).all()


def test_the_error_is_the_mean_over_the_runs():
    assert score("error", said((0, 4), (5, 5)), said((0, 2), (5, 5)), label=said((0, 0), (5, 5))) == [3.0, 0.0]


def test_low_peaks_come_first():
    assert_allclose(score("doubt", said((0, 0), (5, 5))), [0.1, 0.6])


def test_an_image_is_as_urgent_as_its_worst_landmark():
    scores = np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan], [math.inf, 1.0, np.nan], [0.0, 0.0, 0.0]])

    assert_allclose(of_images(scores), [3.0, np.nan, math.inf, 0.0])


def test_a_kind_that_there_is_not_is_refused_with_those_that_there_are():
    with pytest.raises(UsageError, match=r"no score 'boredom'\. There are: disagreement, uncertainty, suspicion"):
        review_score("boredom")


@pytest.mark.parametrize("entry", REVIEW_SCORES, ids=lambda entry: entry.name)
@given(data=st.data())
def test_every_score_is_at_least_0_moves_with_the_image_and_knows_no_order_of_runs(entry, data: st.DataObject):
    kind = entry.resolve()
    assert kind.name == entry.name
    shape = (max(2, kind.n_runs), 3, 2)
    numbers = arrays(np.float64, (*shape, 5), elements=st.floats(-50, 50))
    drawn = data.draw(numbers)
    points, labels, sd_px = drawn[..., :2], drawn[0, ..., 2:4], np.abs(drawn[..., 4])
    no = np.zeros(shape, dtype=bool)
    first = kind.value(Evidence(points, sd_px, np.full(shape, 0.5), no, labels))
    moved = kind.value(Evidence(points + 7, sd_px, np.full(shape, 0.5), no, labels + 7))
    turned = kind.value(Evidence(points[::-1], sd_px[::-1], np.full(shape, 0.5), no, labels))

    assert (first >= 0).all()
    assert_allclose(moved, first, atol=1e-8)
    assert_allclose(turned, first, atol=1e-8)


@pytest.mark.parametrize("entry", MADE_BY_JOBS, ids=lambda entry: entry.name)
def test_what_jobs_make_can_be_named_and_is_not_guessed_from_predictions(entry):
    score = review_score(entry.name)

    assert score.name == entry.name
    assert np.isnan(score.value(Evidence.of([], []))).all()

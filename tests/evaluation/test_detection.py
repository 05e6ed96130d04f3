import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kdland.anatomy import Measures
from napari_kdland.anatomy.measures import ReferenceLength
from napari_kdland.evaluation.detection import detected_at_512, detected_mm, pck
from napari_kdland.evaluation.scoring import evaluate
from tests.evaluation.factories import NAMES, a_prediction, a_truth, shifted, some_landmarks

WIDTH = Measures(reference_length=ReferenceLength(title="width", measure="width", of=("apex", "angle")))


def test_pixels_are_those_of_an_image_with_a_longer_side_of_512():
    truth = a_truth(2)
    sizes = {"000.png": (512, 400), "001.png": (1024, 700)}

    evaluation = evaluate(shifted(truth, (0, 5)), truth, sizes=sizes)

    assert detected_at_512(evaluation, 3) == 0.5
    assert detected_at_512(evaluation, 6) == 1


def test_without_every_size_nothing_is_said_at_512():
    truth = a_truth(2)

    assert detected_at_512(evaluate(truth, truth, sizes={"000.png": (512, 512)}), 3) is None


def test_without_every_spacing_nothing_is_said_in_millimetres():
    truth = a_truth(2)

    assert detected_mm(evaluate(truth, truth, spacing_mm={"000.png": (1, 1)}), 3) is None


def test_a_landmark_counts_within_a_share_of_the_reference_length():
    truth = {"a.png": some_landmarks((0, 0), (0, 100), (50, 50))}
    found = {"a.png": some_landmarks((0, 4), (0, 111), None)}

    evaluation = evaluate(found, truth, measures=WIDTH)

    assert pck(evaluation, 0.05) == pytest.approx(1 / 3)
    assert pck(evaluation, 0.2) == pytest.approx(2 / 3)


def test_an_image_without_the_reference_length_is_left_out():
    truth = {"a.png": some_landmarks((0, 0), (0, 100), (50, 50)), "b.png": some_landmarks((0, 0), None, (1, 1))}
    found = {"a.png": truth["a.png"], "b.png": some_landmarks((90, 0), None, (90, 1))}

    assert pck(evaluate(found, truth, measures=WIDTH), 0.1) == 1


def test_a_scheme_without_a_reference_length_has_no_shares():
    truth = {"a.png": some_landmarks((0, 0), (0, 100), (50, 50))}

    assert pck(evaluate(truth, truth), 0.1) is None


@settings(max_examples=30, deadline=None)
@given(st.floats(0.1, 10), st.floats(0.02, 0.5), st.integers(0, 99))
def test_shares_of_a_length_do_not_change_with_the_scale_of_the_image(scale, fraction, seed):
    truth = {i: one.reordered(one.names) for i, one in a_truth(4, seed=seed).items()}
    truth = {i: some_landmarks(*one.points.tolist()) for i, one in truth.items()}
    found = a_prediction(truth, 6.0, seed=seed)

    def grown(by_image):
        return {i: some_landmarks(*(scale * one.points).tolist(), names=NAMES) for i, one in by_image.items()}

    first = pck(evaluate(found, truth, measures=WIDTH), fraction)
    second = pck(evaluate(grown(found), grown(truth), measures=WIDTH), fraction)

    assert first == pytest.approx(second, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0.1, 30), min_size=2, max_size=6, unique=True), st.integers(0, 99))
def test_a_larger_radius_never_detects_less(radii, seed):
    truth = a_truth(4, seed=seed)
    evaluation = evaluate(a_prediction(truth, 5.0, seed=seed), truth, sizes=dict.fromkeys(truth, (100, 100)))

    rates = [detected_at_512(evaluation, radius) for radius in sorted(radii)]

    assert np.all(np.diff(rates) >= 0)

import csv
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from napari_kdland.anatomy import Index, Landmarks, load_scheme
from napari_kdland.anatomy.measures import Extent
from napari_kdland.evaluation.indices import agreement, index_values, references
from napari_kdland.evaluation.scoring import evaluate
from tests.evaluation.factories import some_landmarks

NAN = np.nan
RATIO = Index(
    name="ratio",
    title="Ratio",
    numerator=Extent(measure="width", of=("apex", "angle")),
    denominator=Extent(measure="distance", of=("apex", "border")),
)
samples = arrays(
    np.float64, st.shared(st.integers(2, 12), key="n"), elements=st.floats(-5, 5).map(lambda x: round(x, 3))
)


def an_evaluation(**given_):
    truth = {"a.png": some_landmarks((0, 0), (0, 5), (10, 0)), "b.png": some_landmarks((0, 0), (0, 8), (10, 0))}
    found = {"a.png": some_landmarks((0, 0), (3, 6), (10, 0)), "b.png": some_landmarks((0, 0), None, (10, 0))}
    return evaluate(found, truth, **given_)


def test_an_index_is_the_ratio_of_its_lengths():
    evaluation = an_evaluation()

    assert_allclose(index_values(RATIO, evaluation), [0.6, NAN])
    assert_allclose(references(RATIO, evaluation), [0.5, 0.8])


def test_pixels_that_are_not_square_are_measured_in_millimetres():
    assert_allclose(index_values(RATIO, an_evaluation(spacing_mm={"a.png": (0.5, 1.0)})), [1.2, NAN])


def test_references_from_elsewhere_are_taken_by_image():
    assert_allclose(references(RATIO, an_evaluation(), {"b.png": 0.7, "c.png": 0.1}), [NAN, 0.7])


def test_an_image_that_was_not_measured_is_counted_not_dropped():
    evaluation = an_evaluation()

    of = agreement(index_values(RATIO, evaluation), references(RATIO, evaluation))

    assert (of.n, of.n_left_out) == (1, 1)
    assert of.mean_absolute == pytest.approx(0.1)
    assert np.isnan([of.sd, of.low, of.high]).all()


def test_bias_and_limits_are_those_of_bland_and_altman():
    # Differences 1, 2, 3: mean 2, standard deviation 1.
    of = agreement([11.0, 22.0, 33.0], [10.0, 20.0, 30.0])

    assert (of.bias, of.sd) == (2, 1)
    assert_allclose([of.low, of.high], [2 - 1.96, 2 + 1.96], atol=1e-3)
    assert_allclose(of.bias_interval, [2 - 4.3027 / 3**0.5, 2 + 4.3027 / 3**0.5], atol=1e-3)
    assert_allclose(of.high_interval, [of.high - 4.3027, of.high + 4.3027], atol=1e-3)


def test_nothing_measured_gives_no_agreement():
    assert agreement([NAN], [1.0]).n == 0


@settings(deadline=None)
@given(samples)
def test_a_measurement_agrees_with_itself(values):
    of = agreement(values, values)

    assert (of.mean_absolute, of.bias, of.low, of.high) == (0, 0, 0, 0)


@settings(deadline=None)
@given(samples, samples, st.randoms(use_true_random=False))
def test_order_does_not_matter_and_swapping_turns_the_sign(found, reference, random):
    order = list(range(len(found)))
    random.shuffle(order)

    first, second = agreement(found, reference), agreement(reference[order], found[order])

    assert second.mean_absolute == pytest.approx(first.mean_absolute)
    assert second.bias == pytest.approx(-first.bias, abs=1e-9)
    assert second.high == pytest.approx(-first.low, abs=1e-9)


@settings(deadline=None)
@given(samples, samples, st.floats(0.01, 100))
def test_agreement_grows_with_the_values(found, reference, scale):
    first, second = agreement(found, reference), agreement(scale * found, scale * reference)

    assert_allclose([second.bias, second.high], [scale * first.bias, scale * first.high], atol=1e-7)


def test_the_ratio_of_ten_landmarks_is_that_of_the_authors_of_wingspan(shared):
    folder = shared / "data" / "wingspan-512"
    scheme = load_scheme("chest-10")
    placed = defaultdict(dict)
    with (folder / "landmarks_clinical.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            placed[row["image"]][row["landmark"]] = (float(row["y"]), float(row["x"]))
    with (folder / "images.csv").open(encoding="utf-8") as file:
        authors = {row["image"]: float(row["ctr"]) for row in csv.DictReader(file) if row["ctr"]}
    names = scheme.landmark_names
    truth = {i: Landmarks.placed(names, np.array([of[name] for name in names])) for i, of in placed.items()}
    evaluation = evaluate(truth, truth, measures=scheme.measures)
    index = scheme.measures.indices[0]

    of = agreement(index_values(index, evaluation), references(index, evaluation, authors))

    # As its README has it: 171 images, mean absolute difference 0.0040.
    assert of.n == 171
    assert of.mean_absolute == pytest.approx(0.0040, abs=5e-5)

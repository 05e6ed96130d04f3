from collections.abc import Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.answers import (
    Wanted,
    combined,
    likeliest_regions,
    region_logits,
    region_probabilities,
)
from napari_kdland.engine.distillation.base import Answer, TeacherOutput
from tests.engine.factories import noise

EVERYTHING = Wanted(points=True, variance=True)
GRID = (32, 32)

centres = st.tuples(st.floats(11, 20), st.floats(11, 20))


def an_answer(*points: tuple[float, float], sigma: float = 2.0, seed: int = 0, **taps: torch.Tensor) -> Answer:
    maps = heatmaps.encode(torch.tensor([points]), GRID, sigma).clamp_min(1e-30)
    return Answer(heatmaps.log_softmax(maps.log()), noise(1, 3, *GRID, seed=seed), taps)


def together(answers: Sequence[Answer], *, wanted: Wanted = EVERYTHING, overlapping: bool = True) -> TeacherOutput:
    return combined(answers, sigma=2.0, overlapping=overlapping, wanted=wanted)


@pytest.mark.parametrize("count", [2, 5])
@pytest.mark.parametrize("overlapping", [True, False])
def test_copies_of_one_answer_are_that_answer_and_agree(count: int, overlapping: bool):
    answer = an_answer((12.25, 14.5), (20, 9))

    output = together([answer] * count, overlapping=overlapping)

    alone, copies = (
        region_probabilities(regions, overlapping=overlapping) for regions in (answer.regions, output.regions)
    )
    torch.testing.assert_close(output.log_probabilities.exp(), answer.log_probabilities.exp(), atol=1e-7, rtol=1e-4)
    torch.testing.assert_close(copies, alone, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(output.points, heatmaps.decode(answer.log_probabilities.exp(), 2.0).points)
    torch.testing.assert_close(output.between, torch.zeros(1, 2, 2, 2), atol=1e-6, rtol=0)
    torch.testing.assert_close(output.variance, torch.zeros(1, 2, *GRID), atol=1e-5, rtol=0)


@settings(max_examples=20)
@given(st.lists(centres, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_answers_does_not_matter(points: list, order):
    answers = [an_answer(point, seed=seed) for seed, point in enumerate(points)]
    turned = answers.copy()
    order.shuffle(turned)

    first, second = together(answers), together(turned)

    for name in ("log_probabilities", "regions", "points", "between", "variance"):
        torch.testing.assert_close(getattr(first, name), getattr(second, name), atol=1e-4, rtol=1e-4)


@settings(max_examples=30)
@given(st.lists(centres, min_size=2, max_size=5))
def test_spread_of_the_mean_map_is_that_within_the_answers_and_that_between_them(points: list):
    answers = [an_answer(point) for point in points]

    output = together(answers)

    mean, total = heatmaps.moments(output.log_probabilities.exp())
    within = torch.stack([heatmaps.moments(answer.log_probabilities.exp())[1] for answer in answers]).mean(0)
    torch.testing.assert_close(output.points, mean, atol=0.02, rtol=0)
    torch.testing.assert_close(total, within + output.between, atol=0.3, rtol=0.02)


def test_disagreement_by_hand():
    answers = [an_answer((10, 16)), an_answer((22, 16))]

    output = together(answers)

    torch.testing.assert_close(output.points[0, 0], torch.tensor([16.0, 16.0]), atol=1e-3, rtol=0)
    torch.testing.assert_close(output.between[0, 0], torch.tensor([[36.0, 0.0], [0.0, 0.0]]), atol=0.05, rtol=0)
    # Where one says 1 and the other 0, their variance is 1/4.
    assert output.variance[0, 0, 10, 16].item() == pytest.approx(0.25, abs=0.01)
    assert output.variance[0, 0, 16, 16].item() == pytest.approx(0, abs=0.01)


def test_one_answer_comes_as_it_is_and_tells_of_no_disagreement():
    answer = an_answer((12, 14), low=noise(1, 4, 8, 8))

    output = together([answer])

    assert output.log_probabilities is answer.log_probabilities
    assert output.regions is answer.regions
    assert (output.points, output.between, output.variance) == (None, None, None)
    assert output.taps == (answer.taps,)


def test_what_nobody_reads_is_not_computed():
    output = together([an_answer((12, 14)), an_answer((13, 14))], wanted=Wanted())

    assert (output.points, output.between, output.variance) == (None, None, None)


def test_features_are_kept_one_mapping_an_answer():
    answers = [an_answer((12, 14), low=noise(1, 4, 8, 8, seed=seed)) for seed in range(3)]

    output = together(answers)

    assert [taps["low"] for taps in output.taps] == [answer.taps["low"] for answer in answers]


def test_a_teacher_that_says_nothing_is_refused():
    with pytest.raises(ValueError, match="a teacher gave no answer"):
        together([])


def test_far_from_every_peak_the_logarithm_stays_finite():
    steep = torch.full((1, 1, *GRID), -500.0)
    steep[..., 3, 3] = 0
    answer = Answer(steep, steep[:, :0], {})

    assert together([answer, answer]).log_probabilities.isfinite().all()


def test_region_probabilities_are_averaged_not_their_logits():
    sure, unsure = (Answer(noise(1, 1, 4, 4), torch.full((1, 1, 4, 4), logit), {}) for logit in (8.0, -2.0))

    output = together([sure, unsure])

    expected = (torch.sigmoid(torch.tensor(8.0)) + torch.sigmoid(torch.tensor(-2.0))) / 2
    torch.testing.assert_close(output.regions.sigmoid(), expected.expand(1, 1, 4, 4))


@given(st.booleans(), st.integers(0, 100))
def test_region_logits_and_probabilities_are_inverse(overlapping: bool, seed: int):
    probabilities = region_probabilities(3 * noise(1, 3, 4, 4, seed=seed), overlapping=overlapping)

    again = region_probabilities(region_logits(probabilities, overlapping=overlapping), overlapping=overlapping)

    torch.testing.assert_close(again, probabilities, atol=1e-5, rtol=1e-4)


def test_exclusive_regions_share_one_and_overlapping_ones_do_not():
    logits = noise(1, 3, 4, 4)

    exclusive = region_probabilities(logits, overlapping=False)

    torch.testing.assert_close(exclusive.sum(1), torch.ones(1, 4, 4))
    torch.testing.assert_close(region_probabilities(logits, overlapping=True), logits.sigmoid())


@pytest.mark.parametrize(("overlapping", "expected"), [(True, [1, 1, 0]), (False, [0, 1, 0])])
def test_overlapping_regions_are_all_that_are_likely_exclusive_ones_the_likeliest(overlapping: bool, expected: list):
    probabilities = torch.tensor([0.5, 0.8, 0.3]).view(1, 3, 1, 1)

    assert likeliest_regions(probabilities, overlapping=overlapping).flatten().tolist() == expected

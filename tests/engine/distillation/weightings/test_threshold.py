import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.engine.distillation.base import TeacherOutput, Weights
from napari_kdland.engine.distillation.weightings.threshold import threshold
from napari_kdland.recipes.model import WeightingPart
from tests.engine.distillation.factories import an_output

INF = float("inf")
spreads = st.sampled_from(["within", "between", "total"])


def weights(output: TeacherOutput, *, progress: float = 0.0, overlapping: bool = True, **part: object) -> Weights:
    return threshold(output, part=WeightingPart(**part), stride=2, progress=progress, overlapping=overlapping)


def disagreeing(width: float = 2.0, between: float = 1.0) -> TeacherOutput:
    return replace(an_output((15.5, 15.5), width=width), between=between * torch.eye(2).expand(1, 1, 2, 2))


@given(st.floats(0.5, 6), st.floats(0, 9), spreads)
def test_below_an_infinite_threshold_all_count(width: float, between: float, measure: str):
    assert weights(disagreeing(width, between), measure=measure, threshold=INF).landmarks.item() == 1


@given(st.floats(0.5, 6), st.floats(0, 9), spreads)
def test_below_a_threshold_of_nothing_none_counts(width: float, between: float, measure: str):
    assert weights(disagreeing(width, between), measure=measure, threshold=0.0).landmarks.item() == 0


@given(st.floats(0.5, 6), st.floats(0.1, 20), st.floats(0.1, 20), spreads)
def test_a_higher_threshold_never_counts_less(width: float, one: float, other: float, measure: str):
    low, high = (
        weights(disagreeing(width), measure=measure, threshold=limit).landmarks.item() for limit in sorted((one, other))
    )

    assert low <= high


def test_the_threshold_is_a_standard_deviation_in_input_pixels():
    # Variance 4 heatmap pixels squared an axis is 2 heatmap pixels, 4 input pixels.
    output = disagreeing(between=4.0)

    assert weights(output, measure="between", threshold=3.99).landmarks.item() == 0
    assert weights(output, measure="between", threshold=4.01).landmarks.item() == 1


def test_by_its_height_a_heatmap_counts_from_the_threshold_on():
    low = an_output((15, 16), sigma=2.0, width=4.0)

    assert weights(low, measure="peak", threshold=0.2).landmarks.item() == 1
    assert weights(low, measure="peak", threshold=0.3).landmarks.item() == 0


def test_the_threshold_rises_along_its_ramp():
    output = disagreeing(between=4.0)
    rising = {"measure": "between", "threshold": 2.0, "threshold_rise": 4.0, "ramp": 0.8}

    counted = [weights(output, progress=progress, **rising).landmarks.item() for progress in (0, 0.4, 0.6, 0.8, 1)]

    # 2 + 4 exp(-5 (1 - t / 0.8)^2): 2.03, 3.1, 4.9, 6, 6.
    assert counted == [0, 0, 1, 1, 1]


def test_pixels_count_by_the_deviation_of_the_answers_there():
    variance = torch.zeros(1, 1, 32, 32)
    variance[..., 5] = 0.04

    said = weights(replace(an_output((15, 16)), variance=variance), per="pixel", threshold=0.1)

    assert said.landmarks.item() == 1
    assert (said.heatmap_pixels[0, 0, 0, 5].item(), said.heatmap_pixels[0, 0, 0, 6].item()) == (0, 1)


@pytest.mark.parametrize(("overlapping", "unsure"), [(True, 0.4), (False, 0.9)])
def test_region_pixels_that_are_unsure_are_left_out(overlapping: bool, unsure: float):
    logits = torch.tensor([[[[math.log(unsure / (1 - unsure)), 20.0]], [[0.0, -20.0]]]])
    output = replace(an_output((15, 16)), regions=logits)

    assert weights(output, overlapping=overlapping, region_threshold=0.3).region_pixels.tolist() == [[[[0, 1]]]]


def test_by_their_height_region_pixels_count_from_the_threshold_on():
    logits = torch.tensor([[[[1.0, 20.0]], [[0.0, -20.0]]]])
    output = replace(an_output((15, 16)), regions=logits)

    said = weights(output, overlapping=False, measure="peak", region_threshold=0.95).region_pixels

    assert said.tolist() == [[[[0, 1]]]]


def test_the_threshold_of_regions_rises_on_its_own():
    # Of two even choices, p = 0.8: an entropy of 0.72.
    logits = torch.tensor([[[[math.log(0.8 / 0.2)]], [[0.0]]]])
    output = replace(an_output((15, 16)), regions=logits)
    rising = {"region_threshold": 0.5, "region_threshold_rise": 0.4, "threshold_rise": -8.0}

    counted = [
        weights(output, progress=progress, overlapping=False, **rising).region_pixels.item() for progress in (0, 0.5, 1)
    ]

    assert counted == [0, 0, 1]

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_kdland.engine.distillation.base import TeacherOutput, Weights
from napari_kdland.engine.distillation.weightings.confidence import confidence
from napari_kdland.recipes.model import WeightingPart
from tests.engine.distillation.factories import an_output


def weights(output: TeacherOutput, *, overlapping: bool = True, **part: object) -> Weights:
    return confidence(output, part=WeightingPart(**part), stride=2, progress=0.5, overlapping=overlapping)


def weight(width: float, *, sigma: float = 1.0, **part: object) -> float:
    return weights(an_output((15.5, 15.5), sigma=sigma, width=width), **part).landmarks.item()


def test_spread_beyond_the_targets_own_lowers_the_weight_as_stated():
    # 5 = 1 (targets) + 4 heatmap px^2, which is 16 input px^2 = scale_px^2.
    assert weight(math.sqrt(5)) == pytest.approx(math.exp(-0.5), rel=0.03)


@given(st.floats(0.7, 3.0), st.floats(1.05, 1.4), st.sampled_from(["within", "total", "peak"]))
def test_the_weight_falls_as_the_heatmap_widens(width: float, more: float, measure: str):
    sure, unsure = weight(width, measure=measure), weight(more * width, measure=measure)

    assert 0 <= unsure <= sure <= 1


@given(st.floats(1.2, 3.0), st.floats(1.0, 10.0), st.floats(1.1, 3.0))
def test_a_larger_scale_forgives_more(width: float, scale: float, more: float):
    assert weight(width, scale_px=more * scale) >= weight(width, scale_px=scale)


def test_a_teacher_surer_than_its_targets_has_full_weight():
    assert weight(0.5) == 1


def test_answers_that_disagree_count_less():
    output = replace(an_output((15.5, 15.5)), between=4 * torch.eye(2).expand(1, 1, 2, 2))

    assert weights(output, measure="between").landmarks.item() == pytest.approx(math.exp(-0.5))
    assert weights(output, measure="total").landmarks.item() == pytest.approx(math.exp(-0.5), rel=0.02)


def test_by_its_height_a_heatmap_counts_as_much_as_it_is_high():
    # Twice as wide is a quarter as high.
    assert weight(4.0, sigma=2.0, measure="peak") == pytest.approx(0.25, rel=0.02)


def test_pixels_count_by_the_variance_of_the_answers_there():
    variance = torch.zeros(1, 1, 32, 32)
    variance[..., 5] = 0.05

    said = weights(replace(an_output((15, 16)), variance=variance), per="pixel", variance_scale=0.05)

    assert said.landmarks.item() == 1
    assert said.heatmap_pixels[0, 0, 0, 5].item() == pytest.approx(math.exp(-1))
    assert said.heatmap_pixels[0, 0, 0, 6].item() == 1


@pytest.mark.parametrize("overlapping", [True, False])
def test_region_pixels_count_by_how_sure_they_are(overlapping: bool):
    logits = torch.tensor([[[[0.0, 20.0]], [[0.0, -20.0]]]])

    said = weights(replace(an_output((15, 16)), regions=logits), overlapping=overlapping).region_pixels

    torch.testing.assert_close(said, torch.tensor([[[[0.0, 1.0]]]]), atol=1e-4, rtol=0)


def test_by_their_height_region_pixels_count_by_the_likeliest_answer():
    logits = torch.tensor([[[[0.0, 20.0]], [[0.0, -20.0]]]])

    said = weights(replace(an_output((15, 16)), regions=logits), measure="peak").region_pixels

    torch.testing.assert_close(said, torch.tensor([[[[0.5, 1.0]]]]))


def test_without_regions_no_region_pixel_is_weighed():
    assert weights(an_output((15, 16))).region_pixels is None

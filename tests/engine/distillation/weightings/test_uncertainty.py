import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kdland.engine.distillation.weightings import uncertainty
from napari_kdland.recipes.model import WeightingPart
from tests.engine.distillation.factories import an_output
from tests.engine.factories import noise

BETWEEN = torch.diag(torch.tensor([2.0, 4.0])).expand(1, 1, 2, 2)


def variance(measure: str, *, sigma: float = 1.0, width: float = 3.0) -> float:
    output = replace(an_output((15, 16), sigma=sigma, width=width), between=BETWEEN)
    return uncertainty.variance_px2(output, WeightingPart(measure=measure), 2).item()


def regions(*logits: float, n: int = 1) -> torch.Tensor:
    return torch.tensor(logits).view(1, -1, 1, 1).expand(n, -1, 2, 2)


def test_variance_within_is_what_the_targets_do_not_explain_in_input_pixels():
    # 9 - 1 heatmap pixels squared, each 2 input pixels wide.
    assert variance("within") == pytest.approx(4 * 8, rel=0.03)


def test_variance_between_is_the_answers_disagreement_a_mean_axis():
    assert variance("between") == pytest.approx(4 * 3)


def test_variance_in_total_is_both():
    assert variance("total") == pytest.approx(variance("within") + variance("between"))


def test_a_single_answer_disagrees_with_nobody():
    output = an_output((15, 16), sigma=1.0, width=3.0)

    assert uncertainty.variance_px2(output, WeightingPart(measure="between"), 2).item() == 0


@given(st.floats(0.5, 3), st.floats(1.05, 1.5))
def test_a_wider_map_is_lower_and_more_unsure(width: float, more: float):
    narrow, wide = (an_output((15, 16), sigma=2.0, width=value) for value in (width, more * width))

    assert uncertainty.height(wide) <= uncertainty.height(narrow)
    assert variance("within", width=more * width) >= variance("within", width=width)


def test_a_map_as_sharp_as_its_target_has_height_one():
    assert uncertainty.height(an_output((15, 16), sigma=2.0)).item() == pytest.approx(1, abs=0.01)


@settings(max_examples=30)
@given(st.integers(0, 1000), st.floats(0.1, 20), st.booleans())
def test_entropy_and_peak_of_regions_are_shares(seed: int, sharpness: float, overlapping: bool):
    output = replace(an_output((15, 16)), regions=sharpness * noise(1, 3, 4, 4, seed=seed))

    for measure in (uncertainty.region_entropy, uncertainty.region_peak):
        share = measure(output, overlapping=overlapping)
        assert share.shape == (1, 1, 4, 4)
        # The published entropy of a sure pixel is -1e-6.
        assert ((share >= -1e-5) & (share <= 1 + 1e-6)).all()


@pytest.mark.parametrize("overlapping", [True, False])
def test_where_all_regions_are_as_likely_entropy_is_full(overlapping: bool):
    output = replace(an_output((15, 16)), regions=regions(0.0, 0.0, 0.0))

    torch.testing.assert_close(uncertainty.region_entropy(output, overlapping=overlapping), torch.ones(1, 1, 2, 2))


def test_entropy_of_exclusive_regions_by_hand():
    output = replace(an_output((15, 16)), regions=regions(math.log(0.5), math.log(0.25), math.log(0.25)))

    entropy = uncertainty.region_entropy(output, overlapping=False)

    assert entropy[0, 0, 0, 0].item() == pytest.approx(1.5 * math.log(2) / math.log(3), rel=1e-5)


def test_the_peak_of_exclusive_regions_is_the_likeliest_and_of_overlapping_ones_the_least_sure():
    exclusive = replace(an_output((15, 16)), regions=regions(math.log(0.7), math.log(0.3)))
    overlapping = replace(an_output((15, 16)), regions=torch.logit(regions(0.9, 0.4)))

    assert uncertainty.region_peak(exclusive, overlapping=False)[0, 0, 0, 0].item() == pytest.approx(0.7)
    assert uncertainty.region_peak(overlapping, overlapping=True)[0, 0, 0, 0].item() == pytest.approx(0.6)

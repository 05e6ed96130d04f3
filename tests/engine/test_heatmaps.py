import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_kdland.engine import heatmaps
from napari_kdland.engine.decoding import DECODERS
from napari_kdland.engine.decoding.dark import dark, gaussian_kernel
from napari_kdland.errors import UsageError
from napari_kdland.menus import Entry
from napari_kdland.recipes.model import DecodingPart
from tests.engine.factories import assert_published, noise, published_cases

inside = st.floats(10, 53)
# A kernel's first call may take longer than Hypothesis' deadline.
patient = settings(deadline=None, max_examples=30)


def a_map(y: float, x: float, sigma: float = 2.0, size: tuple[int, int] = (64, 64)) -> torch.Tensor:
    return heatmaps.encode(torch.tensor([[[y, x]]], dtype=torch.float64), size, sigma)


@patient
@given(inside, inside, st.floats(1.0, 2.5))
def test_encode_then_decode_returns_the_point(y: float, x: float, sigma: float):
    point = heatmaps.decode(a_map(y, x, sigma), sigma).points[0, 0]

    np.testing.assert_allclose(point, [y, x], atol=0.01)


@pytest.mark.parametrize("kind", [entry.name for entry in DECODERS])
def test_the_decoder_that_is_named_decodes(kind: str, monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(Entry, "resolve", lambda entry: asked.append(entry.name) or (lambda maps, *_: maps.mean((-1,))))

    heatmaps.decode(torch.rand(1, 1, 2, 2), 2.0, DecodingPart(kind=kind))

    assert asked == [kind]


def test_without_a_word_points_are_those_of_dark():
    maps = torch.rand(2, 3, 20, 24)

    assert torch.equal(heatmaps.decode(maps, 2.0).points, dark(maps, gaussian_kernel(2.0).float()))


def test_a_decoder_that_is_not_on_the_menu_is_answered_with_those_there_are():
    unknown = DecodingPart.model_construct(kind="guess")

    with pytest.raises(UsageError, match=r"no decoder 'guess'\. There are: argmax, quarter, dark"):
        heatmaps.decode(torch.rand(1, 1, 8, 8), 2.0, unknown)


def test_the_peak_and_the_covariance_are_the_same_whatever_the_decoder():
    maps = torch.rand(2, 3, 20, 24)
    by_dark = heatmaps.decode(maps, 2.0)

    by_mean = heatmaps.decode(maps, 2.0, DecodingPart(kind="local-mean"))

    assert torch.equal(by_mean.peak, by_dark.peak)
    assert torch.equal(by_mean.covariance, by_dark.covariance)
    assert not torch.equal(by_mean.points, by_dark.points)


def test_no_point_leaves_the_frame(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Entry, "resolve", lambda _: lambda *_: torch.tensor([[[-3.0, 9.0]]]))

    points = heatmaps.decode(torch.rand(1, 1, 8, 6), 2.0).points

    assert points[0, 0].tolist() == [-0.5, 5.5]


@patient
@given(inside, inside)
def test_the_centre_of_mass_of_a_target_is_its_landmark(y: float, x: float):
    mean, covariance = heatmaps.moments(a_map(y, x, 2.0))

    np.testing.assert_allclose(mean[0, 0], [y, x], atol=1e-3)
    np.testing.assert_allclose(covariance[0, 0], [[4, 0], [0, 4]], atol=0.02)


def test_a_landmark_without_a_point_has_an_empty_target():
    points = torch.tensor([[[float("nan"), float("nan")], [3.0, 4.0]]])

    targets = heatmaps.encode(points, (8, 8), 1.0)

    assert targets[0, 0].abs().sum() == 0
    assert targets[0, 1, 3, 4] == 1


def test_encode_refuses_a_sigma_that_is_not_positive():
    with pytest.raises(ValueError, match="sigma must be positive, found 0"):
        heatmaps.encode(torch.zeros(1, 1, 2), (8, 8), 0)


@pytest.mark.parametrize(
    ("point", "expected"), [((-0.5, 0), True), ((-0.6, 0), False), ((7.5, 5), True), ((0, 6), False)]
)
def test_the_frame_ends_half_a_pixel_beyond_the_last_centre(point: tuple[float, float], expected: bool):
    points = torch.tensor([[point]])

    assert heatmaps.in_frame(points, (8, 6)).item() is expected


def test_a_point_that_is_not_known_is_not_in_the_frame():
    assert not heatmaps.in_frame(torch.full((1, 1, 2), float("nan")), (8, 8)).any()


def test_a_network_as_sure_as_its_target_has_a_heatmap_of_height_one():
    target = a_map(30.0, 31.0, 2.0)

    shown = heatmaps.from_logits(target.clamp_min(1e-30).log(), 2.0)

    assert shown.max().item() == pytest.approx(1, abs=1e-3)


def test_the_cross_entropy_is_least_at_the_target_itself():
    target = a_map(30.2, 31.7)
    weights = torch.ones(1, 1)
    own = heatmaps.spatial_cross_entropy(target.clamp_min(1e-30).log(), target, weights)

    others = [heatmaps.spatial_cross_entropy(a_map(y, 31.7).clamp_min(1e-30).log(), target, weights) for y in (29, 31)]

    # The entropy of a Gaussian: 1 + ln(2 pi sigma^2).
    assert own.item() == pytest.approx(1 + math.log(2 * math.pi * 4), abs=0.01)
    assert all(other > own for other in others)


def test_a_landmark_without_weight_gets_no_gradient_and_no_nan():
    logits = noise(1, 2, 16, 16).requires_grad_()
    points = torch.tensor([[[float("nan"), float("nan")], [5.0, 6.0]]])

    loss = heatmaps.spatial_cross_entropy(logits, heatmaps.encode(points, (16, 16), 1.5), torch.tensor([[0.0, 1.0]]))
    loss.backward()

    assert logits.grad is not None
    assert logits.grad[0, 0].abs().sum() == 0
    assert logits.grad[0, 1].abs().sum() > 0


def test_without_any_weight_the_loss_is_zero():
    loss = heatmaps.spatial_cross_entropy(noise(1, 1, 8, 8), torch.zeros(1, 1, 8, 8), torch.zeros(1, 1))

    assert loss.item() == 0


def test_a_target_cut_by_the_frame_counts_in_full():
    logits = torch.zeros(1, 1, 16, 16)

    at_border = heatmaps.encode(torch.tensor([[[0.0, 0.0]]]), (16, 16), 2.0)
    loss = heatmaps.spatial_cross_entropy(logits, at_border, torch.ones(1, 1))

    assert loss.item() == pytest.approx(math.log(256), abs=1e-4)


def test_half_precision_logits_are_compared_in_single_precision():
    logits = 20 * noise(1, 1, 32, 32)

    difference = heatmaps.log_softmax(logits.bfloat16()) - heatmaps.log_softmax(logits.bfloat16().float())

    assert difference.abs().max() == 0


@patient
@given(inside, inside, st.floats(1.5, 3.0))
def test_a_clean_peak_has_the_spread_of_its_target(y: float, x: float, sigma: float):
    spread = heatmaps.spread(a_map(y, x, sigma))[0, 0]

    np.testing.assert_allclose(spread, [[sigma**2, 0], [0, sigma**2]], atol=0.1 * sigma**2)


def test_a_floor_under_the_map_does_not_count_as_spread():
    floor = 0.1 / 64**2 * a_map(30, 32).sum()

    spread = heatmaps.spread(a_map(30, 32) + floor)[0, 0]

    assert spread[0, 0].item() == pytest.approx(4, rel=0.1)


def test_a_second_peak_shows_in_the_covariance():
    single = heatmaps.decode(a_map(20, 32), 2.0).covariance[0, 0]

    double = heatmaps.decode(a_map(20, 32) + 0.9 * a_map(50, 32), 2.0).covariance[0, 0]

    assert double[0, 0] > 20 * single[0, 0]
    assert double[1, 1].item() == pytest.approx(single[1, 1].item(), rel=0.01)


def test_targets_agree_with_landmarker(shared: Path):
    for case, inputs, outputs in published_cases(shared, "heatmaps.landmarker_gaussian"):
        size = tuple(case["parameters"]["heatmap_size"])

        drawn = heatmaps.encode(inputs["landmarks_yx"].double(), size, case["parameters"]["sigma"])

        assert_published(case, "heatmap", drawn, outputs["heatmap"])


def test_targets_agree_with_mmpose_where_it_draws_them(shared: Path):
    for case, inputs, outputs in published_cases(shared, "heatmaps.mmpose_unbiased"):
        width, height = case["parameters"]["heatmap_size_WH"]
        drawn_there = outputs["weights"][0] > 0

        drawn = heatmaps.encode(inputs["keypoints_xy"].double().flip(-1), (height, width), case["parameters"]["sigma"])

        assert_published(case, "heatmap", drawn[0, drawn_there], outputs["heatmap"][drawn_there])


def test_the_cross_entropy_agrees_with_landmarker(shared: Path):
    for case, inputs, outputs in published_cases(shared, "distillation.landmarker_nll"):
        logits = inputs["student_logits"].double().requires_grad_()
        weights = torch.ones(logits.shape[:2], dtype=torch.float64)

        value = heatmaps.spatial_cross_entropy(logits, inputs["target"].double(), weights)
        value.backward()

        assert_published(case, "value", value, outputs["value"])
        assert_published(case, "grad_student", logits.grad, outputs["grad_student"])


@pytest.mark.parametrize("function", ["joints_mse", "mmpose_keypoint_mse"])
def test_the_squared_difference_agrees_with_the_published_one_but_for_its_scale(shared: Path, function: str):
    for case, inputs, outputs in published_cases(shared, f"distillation.{function}"):
        if case["parameters"]["use_target_weight"]:
            continue
        student = inputs["student"].double().requires_grad_()
        weights = torch.ones(student.shape[:2], dtype=torch.float64)
        # Theirs is a mean over pixels, JointsMSELoss half of it.
        scale = math.pi * 4 / student[0, 0].numel() * (0.5 if function == "joints_mse" else 1)

        value = scale * heatmaps.squared_difference(student, inputs["target"].double(), weights, sigma=2.0)
        value.backward()

        assert_published(case, "value", value, outputs["value"])
        assert_published(case, "grad_student", student.grad, outputs["grad_student"])

"""Our decoders against published ones."""

import math

import pytest
import torch

from napari_kdland.engine import heatmaps
from napari_kdland.engine.decoding.argmax import argmax
from napari_kdland.engine.decoding.dark import dark
from napari_kdland.engine.decoding.dark_udp import dark_udp
from napari_kdland.engine.decoding.gaussian_fit import gaussian_fit
from napari_kdland.engine.decoding.local_mean import local_mean
from napari_kdland.engine.decoding.quarter import quarter
from napari_kdland.engine.decoding.soft_argmax import soft_argmax
from napari_kdland.recipes.model import DecodingPart
from tests.reference.published import Case, holds, load, names

PART = DecodingPart()


def opencv_kernel(length: int) -> torch.Tensor:
    """Give OpenCV's kernel, some of which are tables and no sampled exponentials, as the cases of DARK hold it."""
    cases = (load("decoding", name) for name in names("decoding.dark", "match"))
    return next(case["kernel_1d"] for case in cases if case.parameters["blur_kernel"] == length)


def is_off_the_border(case: Case, first: int) -> torch.Tensor:
    """Say which points have their arg-max at row and column `first` at least, and not at the last; (B, L, 1)."""
    peaks = argmax(case["heatmap"], 2.0, PART)
    return ((peaks >= first) & (peaks < torch.tensor(case["heatmap"].shape[-2:]) - 1)).all(-1, keepdim=True)


def no_blur() -> torch.Tensor:
    return torch.ones(1, dtype=torch.float64)


def shares(logits: torch.Tensor, b: float = 1.0) -> torch.Tensor:
    return heatmaps.log_softmax(b * logits).exp()


@holds("decoding.argmax")
def test_the_arg_max_is_the_published_one(case: Case):
    decoded = heatmaps.decode(case["heatmap"], 2.0, DecodingPart(kind="argmax"))

    case.check("xy", decoded.points.flip(-1))
    case.check("peak", decoded.peak)


@holds("decoding.mmpose_quarter")
def test_a_quarter_towards_the_higher_neighbour_is_that_of_mmpose(case: Case):
    case.check("xy", quarter(case["heatmap"], 2.0, PART).flip(-1))


@holds("decoding.argmax_quarter")
def test_a_quarter_is_that_of_fast_pose_distillation_where_both_axes_are_off_the_border(case: Case):
    maps = case["heatmap"]
    is_moved = is_off_the_border(case, 2)

    # Published: a point near one border is not moved along the other axis either.
    case.check("xy", torch.where(is_moved, quarter(maps, 2.0, PART), argmax(maps, 2.0, PART)).flip(-1))


@holds("decoding.dark")
def test_points_are_those_of_dark(case: Case):
    case.check("xy", dark(case["heatmap"], case["kernel_1d"], largest_step_px=math.inf).flip(-1))


@holds("decoding.dark_no_blur")
def test_points_without_blur_are_those_of_dark_and_exact(case: Case):
    points = dark(case["heatmap"], no_blur()).flip(-1)

    case.check("xy", points)
    case.check("true_xy", points)


@holds("decoding.mmpose_dark")
def test_points_are_those_of_dark_in_mmpose(case: Case):
    kernel = opencv_kernel(case.parameters["blur_kernel"])

    case.check("xy", dark(case["heatmap"], kernel, largest_step_px=math.inf).flip(-1))


@holds("decoding.mmpose_dark_udp")
def test_points_off_the_border_are_those_of_dark_for_udp_in_mmpose(case: Case):
    kernel = opencv_kernel(case.parameters["blur_kernel"])
    is_held = is_off_the_border(case, 1)

    points = dark_udp(case["heatmap"], kernel, largest_step_px=math.inf).flip(-1)

    # On the border the blur has left a slope and no peak; published, the step is then taken downhill, off the map.
    assert is_held.float().mean() > 0.5
    case.check("xy", torch.where(is_held, points, case.outputs["xy"]))


@holds("decoding.mmpose_simcc_dark")
def test_dark_of_the_product_of_two_one_dimensional_maps_is_that_of_simcc(case: Case):
    maps = case["simcc"][..., :, None] * case["simcc"][..., None, :]

    points = dark(maps, case["kernel_1d"], largest_step_px=math.inf)

    case.check("x", points[..., 0])
    case.check("x", points[..., 1])


@holds("decoding.landmarker_decoders", whole=False)
def test_the_arg_max_is_that_of_landmarker(case: Case):
    case.check("argmax_yx", argmax(case["heatmap"], 2.0, PART))


@holds("decoding.landmarker_decoders")
@pytest.mark.parametrize("width", [5, 9])
def test_the_local_mean_of_a_softmax_is_the_local_soft_argmax_of_landmarker(case: Case, width: int):
    # There the map goes on beyond the border, being 0.
    radius = width // 2
    wider = torch.nn.functional.pad(case["heatmap"], (radius,) * 4)

    points = local_mean(shares(wider), radius, inverse_temperature=10) - radius

    case.check(f"local_soft_argmax_w{width}_t10_yx", points)


@holds("decoding.landmarker_decoders", whole=False)
def test_means_over_the_whole_map_are_those_of_landmarker(case: Case):
    maps = case["heatmap"]

    case.check("soft_argmax_yx", soft_argmax(shares(maps), inverse_temperature=1))
    case.check("mean_relu_yx", soft_argmax(maps.clamp_min(0), inverse_temperature=1))
    case.check("mean_sigmoid_yx", soft_argmax(maps.sigmoid(), inverse_temperature=1))


@holds("decoding.expected_coordinates")
def test_the_soft_arg_max_of_a_softmax_is_the_expected_coordinate(case: Case):
    points = soft_argmax(shares(case["heatmap"]), inverse_temperature=case.parameters["b"])
    size = torch.tensor(case["heatmap"].shape[-2:])

    case.check("xy", points.flip(-1))
    case.check("normalised_xy", ((2 * points + 1) / size - 1).flip(-1))


@holds("decoding.landmarker_gaussian_fit")
def test_the_fit_of_a_gaussian_of_height_one_is_that_of_landmarker(case: Case):
    maps = case["heatmap"]
    height = torch.ones(maps.shape[:2], dtype=maps.dtype)

    fitted = gaussian_fit(maps, case.parameters["sigma"], max(maps.shape[-2:]), height=height)

    case.check("yx", fitted.points)
    case.check("cov", fitted.covariance)


@holds("decoding.landmarker_mean_cov")
def test_mean_and_covariance_are_those_of_landmarker(case: Case):
    for prefix, mass in (("softmax20_", shares(case["heatmap"], 20)), ("", case["heatmap"].clamp_min(0) + 1e-6)):
        mean, covariance = heatmaps.moments(mass)
        # landmarker divides by 1 - sum p^2, as if the cells were a sample; a distribution's own covariance does not.
        share = mass / mass.sum((-1, -2), keepdim=True)
        as_sample = 1 / (1 - share.square().sum((-1, -2)))

        case.check(f"{prefix}mean_yx", mean)
        case.check(f"{prefix}cov_yx", covariance * as_sample[..., None, None])

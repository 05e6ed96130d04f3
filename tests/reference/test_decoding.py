"""Our decoder against published ones."""

import math

import torch

from napari_kdland.engine import heatmaps
from tests.reference.published import Case, holds, load, names


def opencv_kernel(length: int) -> torch.Tensor:
    """Give OpenCV's kernel, some of which are tables and no sampled exponentials, as the cases of DARK hold it."""
    cases = (load("decoding", name) for name in names("decoding.dark", "match"))
    return next(case["kernel_1d"] for case in cases if case.parameters["blur_kernel"] == length)


@holds("decoding.mmpose_dark")
def test_points_agree_with_dark_in_mmpose(case: Case):
    kernel = opencv_kernel(case.parameters["blur_kernel"])

    points = heatmaps.dark(case["heatmap"], kernel, largest_step_px=math.inf)

    case.check("xy", points.flip(-1))


@holds("decoding.landmarker_decoders", use="match", whole=False)
def test_means_over_the_whole_map_agree_with_landmarker(case: Case):
    maps = case["heatmap"]

    for name, shares in {
        "soft_argmax_yx": heatmaps.log_softmax(maps).exp(),
        "mean_relu_yx": maps.clamp_min(0),
        "mean_sigmoid_yx": maps.sigmoid(),
    }.items():
        case.check(name, heatmaps.moments(shares)[0])


@holds("decoding.landmarker_decoders", use="match", whole=False)
def test_the_arg_max_agrees_with_landmarker(case: Case):
    points = heatmaps.dark(case["heatmap"], torch.ones(1, dtype=torch.float64), largest_step_px=0)

    case.check("argmax_yx", points)

"""Our targets against published ones."""

import torch

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.base_losses.learned_sigma import gaussians
from tests.reference.published import Case, holds


@holds("heatmaps.landmarker_anisotropic")
def test_gaussians_of_their_own_width_are_those_of_landmarker(case: Case):
    cos, sin = case["rotation"].cos(), case["rotation"].sin()
    axes = torch.stack((torch.stack((cos, -sin), -1), torch.stack((sin, cos), -1)), -2)
    covariance = axes @ case["sigmas"].square().diag_embed() @ axes.mT
    height, width = case.parameters["heatmap_size"]

    drawn = gaussians(case["landmarks_yx"], torch.linalg.cholesky(covariance), (height, width))

    case.check("covariance", covariance)
    case.check("heatmap", drawn)


def ours(case: Case, points: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    return heatmaps.encode(points, size, case.parameters["sigma"])


def within(points: torch.Tensor, size: tuple[int, int], margin: float) -> torch.Tensor:
    """Say which points (n, L, 2) lie so far from the border that their Gaussian is whole."""
    return ((points > margin) & (points < points.new_tensor(size) - 1 - margin)).all(-1)


@holds("heatmaps.monai_generate_heatmap", use="contrast")
def test_a_target_lies_at_its_point_and_not_at_the_nearest_pixel_as_with_monai(case: Case):
    points, size = case["landmarks_yx"], tuple(case.parameters["spatial_shape"])
    whole = within(points, size, 4 * case.parameters["sigma"])

    ours_mean, _ = heatmaps.moments(ours(case, points, size))
    their_mean, _ = heatmaps.moments(case.outputs["heatmap"])

    torch.testing.assert_close(ours_mean[whole], points[whole], atol=1e-3, rtol=0)
    torch.testing.assert_close(their_mean[whole], points[whole].round(), atol=1e-3, rtol=0)


@holds("heatmaps.mmpose_rounded", use="contrast")
def test_a_target_is_not_cut_off_at_three_sigma_as_with_mmpose(case: Case):
    (width, height), points = case.parameters["heatmap_size_WH"], case["keypoints_xy"].flip(-1)
    is_drawn = case.outputs["weights"] > 0

    drawn = ours(case, points, (height, width))
    rounded = ours(case, (points + 0.5).trunc(), (height, width))
    theirs = case.outputs["heatmap"][None]

    shown = theirs[is_drawn] > 0
    torch.testing.assert_close(rounded[is_drawn][shown], theirs[is_drawn][shown], atol=1e-6, rtol=1e-4)
    assert (drawn[is_drawn] > 0).all()
    assert not shown.all()


@holds("heatmaps.landmarker_missing_point", use="contrast")
def test_a_landmark_without_a_point_has_an_empty_target_and_no_nan(case: Case):
    drawn = ours(case, case["landmarks_yx"], tuple(case.parameters["heatmap_size"]))

    assert case.outputs["heatmap"].isnan().any()
    case.check("heatmap_na_zero", drawn)

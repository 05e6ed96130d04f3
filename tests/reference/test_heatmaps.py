"""Our targets of learned width against published ones."""

import torch

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

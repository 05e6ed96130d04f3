"""Makers for the blocks of distillation."""

import torch

from napari_kdland.engine import heatmaps
from napari_kdland.engine.distillation.base import TeacherOutput
from napari_kdland.engine.distillation.members import TrainedMember
from napari_kdland.engine.networks.base import NetworkOutput


def an_output(*centres: tuple[float, float], sigma: float = 2.0, width: float | None = None) -> TeacherOutput:
    """Of a teacher that is sure of one Gaussian a landmark, `width` wide, where its targets were `sigma` wide."""
    maps = heatmaps.encode(torch.tensor([centres], dtype=torch.float32), (32, 32), width or sigma)
    return TeacherOutput(heatmaps.log_softmax(maps.clamp_min(1e-30).log()), sigma, maps[:, :0])


def a_member(
    logits: torch.Tensor, *, size: int = 64, sigma_px: float = 4.0, order: tuple[int, ...] | None = None
) -> TrainedMember:
    """A network that says `logits` (L, h, w) of every image, which must be `size` wide."""

    class Network(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> NetworkOutput:
            assert images.shape[-1] == size
            batch = logits.expand(len(images), *logits.shape)
            return NetworkOutput(batch, batch.new_zeros(batch.shape[:2]), batch[:, :0])

    return TrainedMember(Network(), size, sigma_px, order or tuple(range(len(logits))))

"""How much memory a training step takes: what is kept for the backward pass, counted on one image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from napari_kdland.engine import networks

if TYPE_CHECKING:
    from torch import Tensor

    from napari_kdland.engine.networks.base import Heads
    from napari_kdland.recipes import Recipe

_BYTES = 4
# The weights, their gradient, their average, and the optimiser's two running means.
_COPIES = 5


def bytes_of_step(recipe: Recipe, heads: Heads) -> int:
    """Estimate the memory of one step, in bytes, in single precision; bfloat16 takes down to half.

    Weights with all that goes with them, and what the forward pass keeps of every image for the backward pass. A
    teacher's forward pass, which keeps nothing, and the images themselves are small beside it.
    """
    n_channels = len(recipe.input.channels) or 1
    with torch.random.fork_rng(devices=[]):
        network = networks.build(recipe.student.backbone, heads, channels=n_channels, dropout=recipe.student.dropout)
        kept = _kept_of_one_image(network.train(), n_channels, recipe.input.size)
    n_weights = sum(parameter.numel() for parameter in network.parameters())
    part = recipe.training
    n_networks = 2 if recipe.teacher.source == "peer" else 1
    return n_networks * (_COPIES * _BYTES * n_weights + kept * (part.labelled_batch + part.unlabelled_batch))


def _kept_of_one_image(network: torch.nn.Module, n_channels: int, size: int) -> int:
    """Count what two images keep, halved: normalisation wants more than one."""
    weights = {parameter.data_ptr() for parameter in network.parameters()}
    kept: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        if tensor.data_ptr() not in weights:
            kept[tensor.data_ptr()] = max(kept.get(tensor.data_ptr(), 0), tensor.numel() * tensor.element_size())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        output = network(torch.zeros(2, n_channels, size, size))
    del output
    return sum(kept.values()) // 2

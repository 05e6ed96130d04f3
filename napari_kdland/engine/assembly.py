"""What a training is put together from: the device with its precision, and the networks behind a teacher."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins import MixedPrecision, Precision

from napari_kdland.engine import networks
from napari_kdland.engine.distillation.base import TapChannels
from napari_kdland.engine.distillation.members import TrainedMember
from napari_kdland.engine.level_heads import LevelHeads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

    from napari_kdland.engine import devices
    from napari_kdland.engine.checkpoints import LoadedRun
    from napari_kdland.engine.networks.base import Heads
    from napari_kdland.recipes import Recipe


def fabric_for(device: torch.device, precision: devices.Precision) -> Fabric:
    """Give what runs networks on a device in a precision."""
    index = [device.index or 0] if device.type == "cuda" else 1
    # Handed over as a plugin because Fabric prints a line when it makes the same one from its name.
    plugin = MixedPrecision(precision, device.type) if precision == "bf16-mixed" else Precision()
    return Fabric(accelerator=device.type, devices=index, plugins=[plugin])


def member_of(
    run: LoadedRun, recipe: Recipe, landmarks: Sequence[str], regions: Sequence[str], fabric: Fabric
) -> TrainedMember:
    """Give a trained run as a member of a teacher: its landmarks, regions and channels in the student's order."""
    network = fabric.setup_module(networks.laid_out(run.network(), fabric.device))
    seen = recipe.teacher.channels or recipe.input.channels
    channels = tuple(seen.index(name) for name in run.recipe.input.channels) or (0,)
    order = tuple(run.landmarks.index(name) for name in landmarks) if recipe.heads.landmarks else ()
    region_order: tuple[int, ...] = ()
    if recipe.heads.regions:
        first = 0 if run.facts.regions_overlap else 1
        region_order = (*range(first), *(first + run.facts.regions.index(name) for name in regions))
    return TrainedMember(network, run.size, run.recipe.input.sigma_px, order, channels, region_order)


def online_member(network: nn.Module, recipe: Recipe, heads: Heads) -> TrainedMember:
    """Give a network that is trained itself, or its average, as the member of a teacher."""
    part = recipe.input
    return TrainedMember(
        network,
        part.size,
        part.sigma_px,
        tuple(range(heads.n_landmarks)),
        tuple(range(len(part.channels) or 1)),
        tuple(range(heads.n_region_channels)),
    )


def tap_channels(recipe: Recipe, heads: Heads, teachers: Sequence[LoadedRun]) -> TapChannels:
    """Give the channels of the features of student and teacher; a teacher without a run is like the student."""

    def of(backbone: str) -> dict[str, int]:
        with torch.random.fork_rng(devices=[]):
            return networks.build(backbone, heads).tap_channels

    if not (recipe.taps or recipe.base.levels):
        return TapChannels({}, {})
    own = of(recipe.student.backbone)
    return TapChannels(own, of(teachers[0].recipe.student.backbone) if teachers else own)


def level_heads(recipe: Recipe, heads: Heads, channels: TapChannels) -> LevelHeads | None:
    """Give the heads that a recipe trains on the way up through the student, if it names any.

    Raises
    ------
    RecipeError
        If the student has no such level.
    """
    return LevelHeads(recipe.base.levels, channels.student, heads) if recipe.base.levels else None

"""The menu of backbones: networks from radiograph to heatmap logits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.menus import Entry, choose

if TYPE_CHECKING:
    import torch

    from napari_kdland.engine.networks.base import Backbone, Heads

_HERE = "napari_kdland.engine.networks"
_UNET = f"{_HERE}.heatmap_unet"

BACKBONES: tuple[Entry, ...] = (
    Entry("tiny", "U-Net of 0.12 M parameters: for tests and very weak machines.", f"{_UNET}:tiny"),
    Entry("light", "U-Net of 0.5 M parameters: the student.", f"{_UNET}:light"),
    Entry("teacher", "U-Net of 2 M parameters: the teacher on a CPU.", f"{_UNET}:teacher"),
    Entry("large", "U-Net of 8 M parameters: the teacher on a GPU.", f"{_UNET}:large"),
    Entry("enet", "ENet of 0.36 M parameters: a student of EMKD.", f"{_HERE}.enet:ENet"),
    Entry("mobilenetv2", "MobileNetV2 of 2.3 M parameters: a student of EMKD.", f"{_HERE}.mobilenetv2:MobileNetV2"),
    Entry("resnet18", "ResNet-18 of 11 M parameters: a student of EMKD.", f"{_HERE}.resnet:ResNet18"),
    Entry("ra-unet", "RA-UNet of 22 M parameters on ResNet-34: the teacher of EMKD.", f"{_HERE}.ra_unet:RAUNet"),
)


def build(name: str, heads: Heads, *, channels: int = 1, dropout: float = 0.0) -> Backbone:
    """Build a backbone with fresh weights from torch's global random state.

    Parameters
    ----------
    name
        An entry of the menu.
    heads
        What the network is asked for.
    channels
        C of the images.
    dropout
        Rate of the channels that are dropped while training; 0 gives a network without dropout.

    Raises
    ------
    UsageError
        If there is no such backbone.
    """
    factory = choose(BACKBONES, name, what="backbone").resolve()
    network: Backbone = factory(heads, channels=channels, dropout=dropout)
    return network


def laid_out(network: Backbone, device: torch.device) -> Backbone:
    """Move a network to a device, its weights in the order of memory that the device is fast with.

    That is channels_last on a GPU. On a CPU the norms of single channels lose more by it than the convolutions gain:
    with bfloat16 on two cores with AVX-512 a step of the teacher took 424 ms in channels_last, 225 ms without
    (`benchmarks/training_step.py` measures both).
    """
    from torch import channels_last, contiguous_format

    order = channels_last if device.type == "cuda" else contiguous_format
    return network.to(device).to(memory_format=order)  # type: ignore[call-overload, no-any-return]  # torch's stubs

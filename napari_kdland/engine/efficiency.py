"""What a network costs: parameters, multiplications, the size of its file, and the time it takes an image."""

from __future__ import annotations

import copy
import dataclasses
import statistics
import time
from typing import TYPE_CHECKING, Literal

import torch
from safetensors.torch import save
from torch.utils.flop_counter import FlopCounterMode

from napari_kdland.engine import devices, networks

if TYPE_CHECKING:
    from napari_kdland.engine.networks.base import Backbone

_WARM_UP = 10


@dataclasses.dataclass(frozen=True)
class Efficiency:
    """The costs of one network, and under which circumstances its time was taken.

    `n_macs` counts multiplications with an addition in convolutions and linear layers, for one image. `file_bytes` is
    the size of its weights as safetensors. The time is that of one image in a batch of its own: the median of
    `repeats`, with the quartiles about it.
    """

    n_parameters: int
    n_macs: int
    file_bytes: int
    median_ms: float
    quartiles_ms: tuple[float, float]
    repeats: int
    size: int
    channels: int
    device: str
    threads: int
    precision: str

    def to_json(self) -> dict[str, object]:
        """Give the values by name, as JSON can hold them."""
        values = dataclasses.asdict(self)
        return values | {"quartiles_ms": list(self.quartiles_ms)}


def measure(
    network: Backbone,
    size: int,
    *,
    device: torch.device | None = None,
    precision: Literal["float32", "bfloat16"] = "float32",
    repeats: int = 30,
) -> Efficiency:
    """Measure a copy of a network as it predicts.

    Parameters
    ----------
    network
        A fresh backbone, or the network of a trained run; it stays as it is.
    size
        Side of its input in pixels, a multiple of 32.
    device
        Where; the processor where none is given. It is measured with as many threads as torch is set to.
    precision
        What the convolutions are computed in.
    repeats
        How many times; at least 2.
    """
    device = device or torch.device("cpu")
    measured = networks.laid_out(copy.deepcopy(network).eval(), device)
    images = torch.randn((1, network.channels, size, size), generator=torch.Generator().manual_seed(0)).to(device)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        measured(images)
    milliseconds = _times(measured, images, is_bfloat16=precision == "bfloat16", repeats=repeats)
    low, middle, high = statistics.quantiles(milliseconds, n=4)
    return Efficiency(
        n_parameters=sum(weight.numel() for weight in network.parameters()),
        n_macs=counter.get_total_flops() // 2,
        file_bytes=len(save({name: value.contiguous() for name, value in network.state_dict().items()})),
        median_ms=middle,
        quartiles_ms=(low, high),
        repeats=repeats,
        size=size,
        channels=network.channels,
        device=torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        threads=torch.get_num_threads(),
        precision=precision,
    )


@torch.no_grad()
def _times(network: Backbone, images: torch.Tensor, *, is_bfloat16: bool, repeats: int) -> list[float]:
    """Give the milliseconds of each repeat, the warm-up left out."""
    device = images.device
    milliseconds = []
    with devices.denormals_flushed(), torch.autocast(device.type, torch.bfloat16, enabled=is_bfloat16):
        for _ in range(_WARM_UP + repeats):
            _wait(device)
            begun = time.perf_counter()
            network(images)
            _wait(device)
            milliseconds.append((time.perf_counter() - begun) * 1e3)
    return milliseconds[_WARM_UP:]


def _wait(device: torch.device) -> None:
    """Wait until a GPU has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()

"""From stored pixels to what a network is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Share of the free memory that the images of a training may take on a device; beyond, they are streamed.
_RESIDENT_SHARE = 0.25


def to_grey(stored: Tensor) -> Tensor:
    """Give grey values 0..1, float32 (B, 1, H, W), for stored 16-bit pixels (B, H, W) carried as int16."""
    return stored.to(torch.int32).bitwise_and_(0xFFFF).to(torch.float32).mul_(1 / 65535).unsqueeze(1)


def centred(grey: Tensor) -> Tensor:
    """Shift and scale grey values 0..1 to about zero mean and unit spread, the same for every image."""
    return (grey - 0.5) * 4.0


class StoredImages:
    """Images of a training or prediction, by place: on the device where they fit, else streamed from the file.

    Parameters
    ----------
    images : (N, S, S) uint16
        Usually memory-mapped.
    used : (n,)
        The places that will be asked for.
    """

    def __init__(self, images: NDArray[np.uint16], used: NDArray[np.int64], device: torch.device) -> None:
        self._images = images
        self._device = device
        self._resident: Tensor | None = None
        self._row_of = np.full(len(images), -1, dtype=np.int64)
        if device.type == "cuda" and self._fits(len(used)):
            places = np.unique(used)
            self._row_of[places] = np.arange(len(places))
            self._resident = self._read(places).to(device)

    def __getitem__(self, places: NDArray[np.int64]) -> Tensor:
        """Give grey values 0..1 of the images at `places`, (B, 1, S, S), on the device."""
        if self._resident is not None:
            rows = torch.from_numpy(self._row_of[places]).to(self._device, non_blocking=True)
            return to_grey(self._resident[rows])
        stored = self._read(places)
        if self._device.type == "cuda":
            stored = stored.pin_memory()
        return to_grey(stored.to(self._device, non_blocking=True))

    def _read(self, places: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(self._images[places]).view(np.int16))

    def _fits(self, count: int) -> bool:
        free, _ = torch.cuda.mem_get_info(self._device)
        return bool(count * self._images[:1].nbytes < _RESIDENT_SHARE * free)

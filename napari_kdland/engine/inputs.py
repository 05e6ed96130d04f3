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
_MIDDLE, _SPREAD = 0.5, 4.0
# What a network is given where an image is black.
BLACK = -_MIDDLE * _SPREAD


def to_grey(stored: Tensor) -> Tensor:
    """Give grey values 0..1, float32, for stored 16-bit pixels of any shape carried as int16."""
    return as_numbers(stored).to(torch.float32).mul_(1 / 65535)


def as_numbers(stored: Tensor) -> Tensor:
    """Give the unsigned 16-bit numbers that are carried as int16, as int32."""
    return stored.to(torch.int32).bitwise_and_(0xFFFF)


def region_masks(bits: Tensor, region_bits: tuple[int, ...]) -> Tensor:
    """Give masks 0 or 1, float32 (B, R, H, W), for stored bit flags (B, H, W) carried as int16."""
    flags = torch.tensor(region_bits, dtype=torch.int32, device=bits.device).view(1, -1, 1, 1)
    return (as_numbers(bits).unsqueeze(1) & flags).ne(0).to(torch.float32)


def centred(grey: Tensor) -> Tensor:
    """Shift and scale grey values 0..1 to about zero mean and unit spread, the same for every image."""
    return (grey - _MIDDLE) * _SPREAD


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
        """Give grey values 0..1 at `places` (B,) or, a plane a channel, (B, C): (B, C, S, S), on the device."""
        grey = to_grey(self.raw(places))
        return grey if places.ndim > 1 else grey.unsqueeze(1)

    def raw(self, places: NDArray[np.int64]) -> Tensor:
        """Give the stored numbers at `places`, carried as int16, on the device; the shape of `places`, then (S, S)."""
        if self._resident is not None:
            rows = torch.from_numpy(self._row_of[places]).to(self._device, non_blocking=True)
            return self._resident[rows]
        stored = self._read(places)
        if self._device.type == "cuda":
            stored = stored.pin_memory()
        return stored.to(self._device, non_blocking=True)

    def _read(self, places: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(self._images[places]).view(np.int16))

    def _fits(self, count: int) -> bool:
        free, _ = torch.cuda.mem_get_info(self._device)
        return bool(count * self._images[:1].nbytes < _RESIDENT_SHARE * free)

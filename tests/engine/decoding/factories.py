"""Maps to decode."""

import torch
from hypothesis import settings

from napari_kdland.engine import heatmaps

# A kernel's first call may take longer than Hypothesis' deadline.
patient = settings(deadline=None, max_examples=20)


def a_map(y: float, x: float, sigma: float = 2.0, size: tuple[int, int] = (48, 40)) -> torch.Tensor:
    """A Gaussian of height 1, (1, 1, h, w)."""
    return heatmaps.encode(torch.tensor([[[y, x]]], dtype=torch.float64), size, sigma)


def pixels(*values: tuple[float, ...]) -> torch.Tensor:
    """A map by hand, (1, 1, h, w)."""
    return torch.tensor(values, dtype=torch.float64)[None, None]

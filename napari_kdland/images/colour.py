"""From colour to grey, knowingly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.integer]

# Rec. ITU-R BT.601-7, 2.5.1: the weights of JPEG's own luma, so a grey JPEG in colour gives back its Y.
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


def without_alpha(samples: Samples) -> tuple[Samples, tuple[str, ...]]:
    """Leave out the alpha channel of (H, W, 2) or (H, W, 4) samples, and say so.

    Pixels are not blended: a radiograph has no background.
    """
    if samples.ndim == 3 and samples.shape[2] in (2, 4):
        kept = samples[..., 0] if samples.shape[2] == 2 else samples[..., :3]
        return kept, ("alpha channel left out",)
    return samples, ()


def grey_of(samples: Samples, what: str = "RGB") -> tuple[Samples, tuple[str, ...]]:
    """Turn (H, W, 3) samples into (H, W) grey of the same type; (H, W) passes through.

    Parameters
    ----------
    samples
        Red, green, blue, whole numbers.
    what
        The name of the source's colours for the note: ``RGB``, ``palette``.

    Returns
    -------
    grey
        The one channel where the three are equal, else their luma, rounded.
    notes
        What was done, for `Radiograph.applied`.
    """
    if samples.ndim == 2:
        return samples, ()
    red = samples[..., 0]
    if np.array_equal(red, samples[..., 1]) and np.array_equal(red, samples[..., 2]):
        return np.ascontiguousarray(red), (f"grey stored as {what}",)
    luma = samples.astype(np.float32) @ _LUMA
    return np.rint(luma, out=luma).astype(samples.dtype), (f"{what} colours converted to grey",)

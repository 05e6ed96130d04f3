"""Overlap and surface distances of region masks, through MONAI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from monai.metrics import compute_average_surface_distance, compute_dice, compute_hausdorff_distance

from napari_kdland.errors import RunError
from napari_kdland.evaluation.regions import RegionFigures
from napari_kdland.images.silence import decoders_kept_quiet

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from napari_kdland.anatomy import Regions

    Values = NDArray[np.float64]
    Masks = NDArray[np.bool_]


def dice(predicted: Masks, truth: Masks) -> Values:
    """Give twice the common pixels over the sum of the pixels of both, for masks (R, H, W); shape (R,).

    0 where the prediction is empty and the truth is not; NaN where the truth is empty.

    References
    ----------
    Dice (1945), Measures of the amount of ecologic association between species, Ecology 26(3), p. 298.
    """
    values: Values = compute_dice(_batch(predicted), _batch(truth))[0].double().numpy()
    return values


def surface_distances(predicted: Masks, truth: Masks, spacing: ArrayLike = (1.0, 1.0)) -> tuple[Values, Values]:
    """Give how far the outlines of masks (R, H, W) lie from each other.

    Parameters
    ----------
    predicted, truth
        The masks.
    spacing
        Between rows (along y) and between columns (along x): the unit of the distances.

    Returns
    -------
    hd95 : (R,)
        The larger of the two directed 95th percentiles of the distances from one outline to the other.
    assd : (R,)
        Mean over the outline pixels of both, each to the other outline.

    Both are NaN where either mask is empty: MONAI gives infinity or NaN there, which no mean can hold.

    References
    ----------
    Huttenlocher, Klanderman, Rucklidge (1993), Comparing images using the Hausdorff distance, eq. 1 and 4 (the
    percentile in place of the maximum); Heimann et al. (2009), Comparison and evaluation of methods for liver
    segmentation, IEEE TMI 28(8), III-D (average symmetric surface distance).
    """
    hd95, assd = (np.full(len(truth), np.nan) for _ in range(2))
    both = np.flatnonzero(predicted.any(axis=(1, 2)) & truth.any(axis=(1, 2)))
    if len(both):
        row, column = np.asarray(spacing, dtype=np.float64).tolist()
        pair = _batch(predicted[both]), _batch(truth[both])
        how = {"include_background": True, "spacing": [row, column]}
        # MONAI 1.6 warns of an argument of its own that it is about to drop.
        with decoders_kept_quiet():
            percentile = compute_hausdorff_distance(*pair, percentile=95, **how)
            mean = compute_average_surface_distance(*pair, symmetric=True, **how)
        hd95[both], assd[both] = percentile[0].numpy(), mean[0].numpy()
    return hd95, assd


def measure(predicted: Regions, truth: Regions, *, spacing_mm: tuple[float, float] | None = None) -> RegionFigures:
    """Hold the predicted regions of one image against what its reader drew.

    Parameters
    ----------
    predicted, truth
        In pixels of the original image; regions that the truth does not know are not measured.
    spacing_mm
        Millimetres per pixel between rows and between columns; `None` where nobody knows.

    Raises
    ------
    RunError
        If a region of the truth was not predicted at all, or the sizes differ.
    """
    lacking = sorted(set(truth.names) - set(predicted.names))
    if lacking or predicted.size != truth.size:
        found = f"{', '.join(predicted.names)} of {predicted.size} pixels"
        raise RunError(
            f"Cannot measure {found} against {', '.join(truth.names)} of {truth.size} pixels. "
            "Choose a run that was trained with the project's scheme."
        )
    masks = np.stack([predicted[name] for name in truth.names])
    overlap = np.where(truth.known, dice(masks, truth.masks), np.nan)
    hd95_px, assd_px = surface_distances(masks, truth.masks)
    hd95_mm, assd_mm = None, None
    if spacing_mm is not None and spacing_mm[0] == spacing_mm[1]:
        hd95_mm, assd_mm = spacing_mm[0] * hd95_px, spacing_mm[0] * assd_px
    elif spacing_mm is not None:
        hd95_mm, assd_mm = surface_distances(masks, truth.masks, spacing_mm)
    return RegionFigures(
        names=truth.names,
        dice=overlap,
        hd95_px=hd95_px,
        assd_px=assd_px,
        hd95_mm=hd95_mm,
        assd_mm=assd_mm,
        has_truth=truth.area_px > 0,
        has_prediction=masks.sum(axis=(1, 2)) > 0,
        known=truth.known,
    )


def _batch(masks: Masks) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(masks, dtype=np.uint8)).unsqueeze(0)

"""Losses of the region masks: Dice with cross-entropy, and Dice with a focal loss."""

from __future__ import annotations

import torch
from monai.losses import DiceLoss
from torch import Tensor
from torch.nn import functional

from napari_kdland.engine import heatmaps


def dice_ce(logits: Tensor, masks: Tensor, known: Tensor, *, overlapping: bool) -> Tensor:
    """Give Dice plus cross-entropy over what a reader has drawn.

    Parameters
    ----------
    logits : (n, C_r, h, w)
        Of the region channels.
    masks : (n, C_r, h, w)
        0 or 1; regions that exclude each other with the background first.
    known : (n, C_r)
        1 for the channels that the reader has spoken of, 0 for the others; of regions that exclude each other all or
        none of an image.
    overlapping
        Whether regions may overlap (one sigmoid each) or not (one softmax).

    Returns
    -------
    scalar
        0 where nothing is known.

    References
    ----------
    Milletari, Navab, Ahmadi 2016, V-Net, section 3 (Dice with squared denominators), over the whole batch with the
    background, as in the code of SSL4MIS.
    """
    values = _wide(logits)
    logs = choice_logs(values, masks, overlapping=overlapping)
    overlap = dice(_probabilities(values, overlapping), masks, known, is_squared=True, smooth=1e-5)
    return _mean(-logs, known, overlapping) + overlap


def focal_dice(logits: Tensor, masks: Tensor, known: Tensor, *, overlapping: bool) -> Tensor:
    """Give half a focal loss and half Dice of the foreground over what a reader has drawn.

    Parameters
    ----------
    logits, masks, known, overlapping
        As of `dice_ce`.

    Returns
    -------
    scalar
        0 where nothing is known.

    References
    ----------
    Qin et al. 2021, Efficient medical image segmentation based on knowledge distillation, as `calc_loss` of its code
    (EagleMIT/m-i-d) computes it: weight 0.5, gamma 2, smooth 1.
    """
    values = _wide(logits)
    first = 0 if overlapping else 1
    probabilities = _probabilities(values, overlapping)[:, first:]
    overlap = dice(probabilities, masks[:, first:], known[:, first:], is_squared=False, smooth=1.0)
    each = focal(choice_logs(values, masks, overlapping=overlapping))
    return 0.5 * _mean(each, known, overlapping) + 0.5 * overlap


def choice_logs(logits: Tensor, masks: Tensor, *, overlapping: bool) -> Tensor:
    """Give the log-probability of what is right at each pixel, (n, C_r, h, w), or (n, h, w) of exclusive regions."""
    if overlapping:
        return functional.logsigmoid(torch.where(masks > 0, logits, -logits))
    return (functional.log_softmax(logits, dim=1) * masks).sum(dim=1)


def focal(logs: Tensor, *, gamma: float = 2.0) -> Tensor:
    """Give -(1 - p)^gamma log p for log-probabilities of what is right.

    No gradient flows through the factor: it weighs pixels, as in the code of EMKD.

    References
    ----------
    Lin et al. 2017, Focal loss for dense object detection, eq. 4.
    """
    return -((1 - logs.detach().exp()) ** gamma) * logs


def dice(probabilities: Tensor, masks: Tensor, known: Tensor, *, is_squared: bool, smooth: float) -> Tensor:
    """Give 1 - Dice of each channel over all images that know it, mean over the channels that any image knows.

    Parameters
    ----------
    probabilities, masks : (n, C_r, h, w)
    known : (n, C_r)
        1 or 0.
    is_squared
        Whether the denominator sums squares.
    smooth
        Added to numerator and denominator.
    """
    kept = known[..., None, None]
    loss = DiceLoss(squared_pred=is_squared, batch=True, smooth_nr=smooth, smooth_dr=smooth, reduction="none")
    each: Tensor = loss(probabilities * kept, masks * kept)
    return heatmaps.weighted_mean(each.flatten(), known.amax(dim=0).to(each.dtype))


def _mean(values: Tensor, known: Tensor, overlapping: bool) -> Tensor:
    """Give the mean over pixels, then over the images, or channels of images, that are known."""
    weights = known if overlapping else known[:, 0]
    return heatmaps.weighted_mean(values.flatten(weights.ndim).mean(-1), weights.to(values.dtype))


def _probabilities(logits: Tensor, overlapping: bool) -> Tensor:
    return logits.sigmoid() if overlapping else logits.softmax(dim=1)


def _wide(logits: Tensor) -> Tensor:
    return logits if logits.dtype == torch.float64 else logits.float()

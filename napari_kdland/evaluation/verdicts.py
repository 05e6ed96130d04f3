"""Differences between runs in plain words."""

from __future__ import annotations

from typing import Literal

from napari_kdland.evaluation.statistics import MIN_IMAGES, PairedDifference

_ALPHA = 0.05


def in_words(
    difference: PairedDifference, against: str, *, p_value: float | None = None, unit: Literal["px", "mm"] = "px"
) -> str:
    """Say what a paired difference shows.

    Parameters
    ----------
    difference
        A run's errors minus those of `against`.
    against
        Name of the run, or of the floor, that the run is compared with.
    p_value
        Of the Wilcoxon test, adjusted where several runs are compared; said only where it contradicts the interval.
    unit
        That of the errors that were compared.
    """
    if difference.n_images == 0:
        return f"cannot be compared with {against}: no landmark was predicted by both"
    direction, amount, interval = _figures(difference)
    if difference.n_images == 1:
        return (
            f"{direction} than {against} by {amount} {unit} on the only image; one image gives no confidence interval"
        )
    if difference.mean_px == difference.low_px == difference.high_px == 0:
        return f"no difference shown from {against}: the mean errors of all {difference.n_images} images are equal"
    evidence = f"({interval}, {difference.n_images} images)"
    if difference.n_images < MIN_IMAGES:
        return (
            f"{direction} than {against} by {amount} {unit} on these images {evidence}; too few images to conclude from"
        )
    if not difference.is_shown:
        return f"no difference shown from {against}: {direction} by {amount} {unit} {evidence}"
    doubt = ""
    if p_value is not None and p_value >= _ALPHA:
        doubt = f"; the Wilcoxon test does not confirm it (p = {p_value:.2f})"
    return f"{direction} than {against} by {amount} {unit} {evidence}{doubt}"


def _figures(difference: PairedDifference) -> tuple[str, str, str]:
    is_worse = difference.mean_px > 0
    decimals = 1 if abs(difference.mean_px) >= 1 else 2
    sign = 1.0 if is_worse else -1.0
    interval = ""
    if difference.low_px is not None and difference.high_px is not None:
        low, high = sorted((sign * difference.low_px, sign * difference.high_px))
        # Adding 0.0 turns a rounded minus zero into zero.
        low, high = round(low, decimals) + 0.0, round(high, decimals) + 0.0
        interval = f"95 % CI {low:.{decimals}f} to {high:.{decimals}f}"
    return "worse" if is_worse else "better", f"{abs(difference.mean_px):.{decimals}f}", interval

"""Differences between runs in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.evaluation.statistics import MIN_IMAGES, p_in_words

if TYPE_CHECKING:
    from napari_kdland.evaluation.judging import PairTest


def in_words(test: PairTest, against: str | None = None, *, what: str = "mean errors") -> str:
    """Say what a paired difference shows: better or worse only where the interval and the adjusted test both do.

    Parameters
    ----------
    test
        Of a run's errors minus those of the other one.
    against
        What the other one is called; by its name by default.
    what
        The figures of an image, where they are not errors of landmarks.
    """
    against = against or test.against
    if test.n_images == 0:
        return f"cannot be compared with {against}: no landmark was predicted by both"
    direction = "worse" if (test.mean > 0) != test.higher_is_better else "better"
    amount = f"{abs(test.mean):.{_decimals(test)}f} {test.unit}"
    if test.n_images == 1:
        return (
            f"no difference shown from {against}: {direction} by {amount} on the only image; one image gives no "
            "confidence interval"
        )
    if test.mean == 0 and test.mean_interval == (0, 0):
        return f"no difference shown from {against}: the {what} of all {test.n_images} images are equal"
    if test.is_shown:
        return f"{direction} than {against} by {amount} {_evidence(test)}"
    return f"no difference shown from {against}: {direction} by {amount} {_evidence(test)}{_doubt(test)}"


def verdict(from_baseline: PairTest | None, from_floor: PairTest | None, floor: str) -> str:
    """Say what a run's tests show, against the floor only where it is not shown to beat the baseline.

    Parameters
    ----------
    floor
        What the floor is called.
    """
    sentences = [] if from_baseline is None else [in_words(from_baseline)]
    if from_floor is not None and (from_baseline is None or _leaves_open(from_baseline)):
        sentences.append(in_words(from_floor, floor))
    return "; ".join(sentences)


def _leaves_open(test: PairTest) -> bool:
    """Whether the floor is worth a word: with few images it would be told no more than the baseline was."""
    return test.n_images >= MIN_IMAGES and not (test.is_shown and (test.mean < 0) != test.higher_is_better)


def _evidence(test: PairTest) -> str:
    seen, decimals = (test if test.mean > 0 else test.mirrored), _decimals(test)
    # Adding 0.0 turns a rounded minus zero into zero.
    low, high, median = (
        f"{round(value, decimals) + 0.0:.{decimals}f}"
        for value in (*(seen.mean_interval or (seen.mean, seen.mean)), seen.median)
    )
    said = "" if test.p_holm is None else f", Holm's {p_in_words(test.p_holm)}"
    return f"(95 % CI {low} to {high}, median {median}{said}, {test.n_images} images)"


def _doubt(test: PairTest) -> str:
    if test.n_images < MIN_IMAGES:
        return "; too few images to conclude from"
    if test.leaves_out_zero:
        return "; the interval leaves out zero, but the adjusted p is not below 0.05"
    if test.is_significant:
        return "; the adjusted p is below 0.05, but the interval holds zero"
    return ""


def _decimals(test: PairTest) -> int:
    return 1 if abs(test.mean) >= 1 else 2

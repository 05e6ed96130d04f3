"""What the ellipses and discs on screen mean, how large those of a landmark are, and why one is missing; no Qt here."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from napari_kdland.evaluation.conformal import images_needed
from napari_kdland.gui.layers.scene import Spread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from napari_kdland.gui.layers.scene import Shown
    from napari_kdland.images.radiograph import Spacing

_MEANING = {
    Spread.ONE_SD: "Ellipses: one standard deviation",
    Spread.MOST: "Ellipses: 95 % of a Gaussian",
    Spread.DISC_80: "Discs: the truth lies within in 80 % of cases",
    Spread.DISC_90: "Discs: the truth lies within in 90 % of cases",
    Spread.DISC_95: "Discs: the truth lies within in 95 % of cases",
}


class SpreadWords(NamedTuple):
    """A line on what is drawn, a line on what is not, and the radii of all landmarks for a tooltip."""

    said: str = ""
    missing: str = ""
    radii: str = ""


def spread_words(
    spread: Spread,
    sources: Sequence[Shown],
    *,
    current: str | None,
    title: Callable[[str], str],
    spacing: Spacing | None,
) -> SpreadWords:
    """Tell what is drawn around the landmarks of the sources that give an uncertainty; nothing where none does.

    Parameters
    ----------
    current
        The landmark whose radii are told.
    title
        Gives a landmark's title.
    spacing
        Of the image, for millimetres; in pixels alone without it.
    """
    sure = [shown for shown in sources if shown.covariance is not None]
    if spread is Spread.OFF or not sure:
        return SpreadWords()
    by_way: dict[str, list[str]] = {}
    for shown in sure:
        by_way.setdefault(shown.found_by.words, []).append(shown.run)
    ways = "; ".join(f"{', '.join(runs)}: {words}" for words, runs in by_way.items())
    said, level = [f"{_MEANING[spread]} ({ways})."], spread.level
    if level is None:
        return SpreadWords(said[0])
    if current is not None and (sizes := _sizes(sure, level, current, spacing)):
        said.append(f"{title(current)}: {sizes}.")
    every = [(name, _sizes(sure, level, name, spacing)) for name in sure[0].landmarks.names]
    return SpreadWords(
        " ".join(said) if any(sizes for _, sizes in every) else "",
        _all_missing(sure, level),
        "\n".join(f"{title(name)}: {sizes}" for name, sizes in every if sizes),
    )


def _sizes(sources: Sequence[Shown], level: float, name: str, spacing: Spacing | None) -> str:
    found = []
    for shown in sources:
        radii = shown.radii_px.get(level)
        radius = math.nan if radii is None else float(radii[shown.landmarks.names.index(name)])
        if math.isfinite(radius):
            found.append(f"{shown.run} {_length(radius, spacing)}")
    return ", ".join(found)


def _length(radius_px: float, spacing: Spacing | None) -> str:
    if spacing is None:
        return f"{radius_px:.1f} px"
    # Where pixels are not square a disc of pixels is an ellipse in millimetres: the radius of one of its area.
    return f"{radius_px:.1f} px ({radius_px * math.sqrt(spacing.row_mm * spacing.column_mm):.1f} mm)"


def _all_missing(sources: Sequence[Shown], level: float) -> str:
    by_reason: dict[str, list[str]] = {}
    for shown in sources:
        by_reason.setdefault(_missing(shown, level), []).append(shown.run)
    return " ".join(f"{', '.join(runs)}: {reason}" for reason, runs in by_reason.items() if reason)


def _missing(shown: Shown, level: float) -> str:
    radii = shown.radii_px.get(level)
    n_unknown = 0 if radii is None else int(np.isinf(radii).sum())
    if not n_unknown:
        return ""
    needs = f"{100 * level:g} % of cases needs {images_needed(level)} annotated images of val"
    n_points = int(shown.landmarks.has_point.sum())
    if n_unknown < n_points:
        return f"no disc around {n_unknown} of {n_points} landmarks; a radius that holds in {needs} of each."
    return f"no disc; a radius that holds in {needs}, and there are {shown.found_by.n_images}."

"""Names beside the points of a chart, moved apart so that none covers another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.evaluation.figures import INK, PAPER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

# Height of a line of names, as a share of an inch.
LINE_INCHES = 0.15
_SIZE = 8.5


def name_points(ax: Axes, points: Mapping[str, tuple[float, float]], *, height: float) -> None:
    """Write names beside points on a logarithmic x axis: to the right in its left half, to the left in its right half.

    A thin line leads from a point to a name that had to be moved. The limits of both axes must be set before.

    Parameters
    ----------
    points
        (x, y) by name.
    height
        Of the axes in inches, about.
    """
    low, high = ax.get_ylim()
    y = {name: place[1] for name, place in points.items()}
    gap = (high - low) * LINE_INCHES / height
    apart = dict(zip(y, spread(list(y.values()), gap, within=(low + gap / 2, high - gap / 2)), strict=True))
    left, right = np.log(ax.get_xlim())
    for name, (x, value) in points.items():
        to_the_right = np.log(x) <= (left + right) / 2
        aside = float(np.exp(np.log(x) + (0.035 if to_the_right else -0.035) * (right - left)))
        ax.plot([x, aside], [value, apart[name]], color=INK, linewidth=0.5, alpha=0.6, zorder=1)
        ax.text(
            aside,
            apart[name],
            f" {name} ",
            ha="left" if to_the_right else "right",
            va="center",
            fontsize=_SIZE,
            color=INK,
            # The line of those that no other beats would strike a name out.
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.4},
        )


def spread(values: ArrayLike, gap: float, *, within: tuple[float, float] = (-np.inf, np.inf)) -> NDArray[np.float64]:
    """Move values until neighbours are at least `gap` apart, in their order and by the least squares; (n,) as given.

    They stay `within` two ends where there is room for all of them; else the upper ones leave it.
    """
    from scipy.optimize import isotonic_regression

    given = np.asarray(values, dtype=np.float64)
    order = np.argsort(given, kind="stable")
    steps = gap * np.arange(len(given))
    moved = np.empty_like(given)
    # Values are far enough apart where they do not fall once a gap each is taken off.
    if len(given):
        low, high = within
        squeezed = isotonic_regression(given[order] - steps).x
        moved[order] = np.clip(squeezed, low, max(low, high - steps[-1])) + steps
    return moved

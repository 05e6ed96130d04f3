"""Charts beside the errors: mean ranks with their critical difference, agreement on an index, error against cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.evaluation.figure_labels import LINE_INCHES, name_points
from napari_kdland.evaluation.figures import INK, RULE, blank, marked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from napari_kdland.evaluation.encodings import Encoding
    from napari_kdland.evaluation.indices import Agreement
    from napari_kdland.evaluation.ranking import Ranking


def critical_difference(ranking: Ranking, encodings: Mapping[str, Encoding]) -> Figure:
    """Draw mean ranks on a line, best on the left; a bar joins runs that are not shown to differ.

    References
    ----------
    Demsar (2006), J. Mach. Learn. Res. 7, figure 1.
    """
    order = np.argsort(ranking.mean_ranks, kind="stable")
    k, alike = len(order), ranking.alike
    figure, (ax,) = blank(1.35 + 0.3 * k + 0.16 * len(alike))
    for line, index in enumerate(order, start=1):
        name, mean_rank = ranking.names[index], ranking.mean_ranks[index]
        ax.plot([mean_rank, mean_rank], [0, line], color=RULE, linewidth=1.0, zorder=1)
        ax.plot(mean_rank, line, **marked(encodings[name], 8), zorder=3)
        is_left = mean_rank <= (1 + k) / 2
        _beside(ax, f"{name} ({mean_rank:.2f})", (mean_rank, line), to_the_left=not is_left)
    places = dict(zip(ranking.names, ranking.mean_ranks, strict=True))
    for bar, group in enumerate(alike):
        ends = [places[name] for name in group]
        y = -0.35 - 0.5 * bar
        ax.plot([min(ends) - 0.02, max(ends) + 0.02], [y, y], color=INK, linewidth=3.2, solid_capstyle="round")
    lowest = -0.5 * len(alike) - 1.1
    ends_of_bar = [1, 1 + min(ranking.critical_difference, k - 1)]
    ax.plot(ends_of_bar, [lowest, lowest], color=INK, linewidth=1.2, marker="|", markersize=7)
    _beside(ax, f"critical difference {ranking.critical_difference:.2f}", (ends_of_bar[1], lowest))
    ax.set(xlim=(0.9, k + 0.1), ylim=(k + 0.6, lowest - 0.6), xlabel="Mean rank (1 is best)")
    ax.set_yticks([])
    ax.set_xticks(range(1, k + 1))
    ax.grid(axis="y", visible=False)
    return figure


def agreements(
    found: Mapping[str, NDArray[np.float64]],
    reference: NDArray[np.float64],
    of: Mapping[str, Agreement],
    encodings: Mapping[str, Encoding],
) -> Figure:
    """Draw the difference of each image over the mean of both measurements, one panel a run (Bland and Altman).

    Parameters
    ----------
    found
        (N,) by run.
    reference : (N,)
        What they are held against.
    of
        Bias and limits of each run.
    """
    figure, panels = blank(1.5 * len(found) + 0.5, n=len(found))
    differences = {name: values - reference for name, values in found.items()}
    reach = max([1e-3, *(float(np.nanmax(np.abs(one), initial=0.0)) for one in differences.values())])
    for ax, (name, values) in zip(panels, differences.items(), strict=True):
        ax.plot((found[name] + reference) / 2, values, **marked(encodings[name], 4.5), linestyle="none")
        ax.axhline(0, color=RULE, linewidth=0.8)
        bias, low, high = of[name].bias, of[name].low, of[name].high
        for y, dashes in ((bias, "solid"), (low, (0, (4, 2))), (high, (0, (4, 2)))):
            if np.isfinite(y):
                ax.axhline(y, color=INK, linewidth=1.1, linestyle=dashes)
                ax.annotate(
                    f"{y:+.3f}",
                    (1.01, y),
                    xycoords=("axes fraction", "data"),
                    fontsize=7.5,
                    color=INK,
                    va="center",
                    annotation_clip=False,
                )
        ax.set(ylim=(-1.25 * reach, 1.25 * reach))
        ax.set_title(name, loc="left", fontsize=9, color=INK)
    panels[-1].set_xlabel("Mean of run and reference")
    return figure


def tradeoff(
    points: Mapping[str, tuple[float, float]],
    encodings: Mapping[str, Encoding],
    labels: tuple[str, str],
    *,
    decimals: int = 0,
) -> Figure:
    """Draw what runs cost against their error, and the line of those that no other beats in both (Pareto).

    Parameters
    ----------
    points
        (cost, error) by run, at least two different costs.
    labels
        Of the axes, cost and error.
    decimals
        Digits of the costs.
    """
    from matplotlib.ticker import NullLocator

    height = max(2.4, 0.3 + 1.3 * LINE_INCHES * len(points))
    figure, (ax,) = blank(height + 0.8)
    steps = [points[name] for name in pareto(points)]
    if len(steps) > 1:
        ax.step(*zip(*steps, strict=True), where="post", color=INK, linewidth=1.0, linestyle=(0, (4, 2)))
    for name, (cost, error) in points.items():
        ax.plot(cost, error, **marked(encodings[name], 8), zorder=3)
    costs = sorted({cost for cost, _ in points.values()})
    beside = (costs[-1] / costs[0]) ** 0.08
    ax.set(xscale="log", xlabel=labels[0], xlim=(costs[0] / beside, costs[-1] * beside))
    errors = [error for _, error in points.values()]
    ax.set_ylim(0.7 * min(errors), 1.1 * max(1e-9, *errors))
    # Powers of ten would be mathematics, and a factor of five may have none between its ends: the runs are the ticks.
    ticks = _apart(costs, (costs[-1] / costs[0]) ** 0.12)
    ax.set_xticks(ticks, [f"{cost:,.{decimals}f}" for cost in ticks])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_title(labels[1], loc="left", fontsize=9, color=INK)
    name_points(ax, points, height=height)
    return figure


def pareto(points: Mapping[str, tuple[float, float]]) -> tuple[str, ...]:
    """Give those that no other one beats in cost and error, by rising cost."""
    front: list[str] = []
    for name in sorted(points, key=lambda name: points[name]):
        if not front or points[name][1] < points[front[-1]][1]:
            front.append(name)
    return tuple(front)


def _apart(costs: Sequence[float], factor: float) -> list[float]:
    """Leave out costs that lie nearer than a factor to the one before: their figures would cover each other."""
    kept: list[float] = []
    for cost in costs:
        if not kept or cost >= factor * kept[-1]:
            kept.append(cost)
    return kept


def _beside(ax: Axes, words: str, place: tuple[float, float], *, to_the_left: bool = False) -> None:
    ax.annotate(
        words,
        place,
        xytext=(-7 if to_the_left else 7, 0),
        textcoords="offset points",
        ha="right" if to_the_left else "left",
        va="center",
        fontsize=8.5,
        color=INK,
    )

"""The chart of an ablation: which parts are in, the error, and the difference from the method that has them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_kdland.evaluation.figures import INK, RULE, dress, marked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from napari_kdland.evaluation.ablation import MeasuredAblation
    from napari_kdland.evaluation.encodings import Encoding

_WIDTH, _LINE_INCHES = 6.2, 0.3


def ablation_figure(of: MeasuredAblation, encodings: Mapping[str, Encoding]) -> Figure:
    """Draw a line a method: a dot for each part that it has, its mean with the interval, its difference from the full.

    An empty ring is a part left out.
    """
    from matplotlib.figure import Figure

    names = list(of.ablation.has)
    figure = Figure(figsize=(_WIDTH, 1.0 + _LINE_INCHES * len(names)), layout="constrained")
    widths = [0.42 * len(of.ablation.parts), 2.0, 2.0]
    matrix, errors, differences = figure.subplots(1, 3, sharey=True, width_ratios=widths)
    for ax in (matrix, errors, differences):
        dress(ax)
        ax.grid(axis="y", visible=False)
    _draw_matrix(matrix, of, names)
    for place, name in enumerate(names):
        mean, interval = of.means[name]
        _draw_mean(errors, place, mean, interval, marked(encodings[name], 7))
        test = of.tests.get(name)
        if test is not None:
            _draw_mean(differences, place, test.mean, test.mean_interval, marked(encodings[name], 7))
    differences.axvline(0, color=INK, linewidth=0.8)
    errors.set_xlabel(f"Mean error ({of.unit})")
    differences.set_xlabel(f"Difference ({of.unit})")
    differences.set_title("worse \N{RIGHTWARDS ARROW}", loc="right", fontsize=8.5, color=INK)
    return figure


def _draw_matrix(ax: Axes, of: MeasuredAblation, names: list[str]) -> None:
    parts = of.ablation.parts
    for column, part in enumerate(parts):
        for place, name in enumerate(names):
            is_in = part in of.ablation.has[name]
            face, edge = (INK, INK) if is_in else ("none", RULE)
            ax.plot(column, place, "o", markersize=7, markerfacecolor=face, markeredgecolor=edge)
    ax.set(xlim=(-0.6, len(parts) - 0.4), ylim=(len(names) - 0.5, -0.5))
    ax.set_xticks(range(len(parts)), [chr(ord("A") + column) for column in range(len(parts))])
    ax.set_yticks(range(len(names)), names)
    ax.xaxis.tick_top()
    ax.tick_params(axis="x", length=0)
    ax.spines["bottom"].set_visible(False)
    ax.grid(visible=False)


def _draw_mean(ax: Axes, place: int, mean: float, interval: tuple[float, float] | None, style: dict[str, Any]) -> None:
    if interval is not None:
        ax.plot(interval, [place, place], color=INK, linewidth=1.8, solid_capstyle="butt")
    ax.plot(mean, place, **style, zorder=3)

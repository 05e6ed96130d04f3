"""The charts of uncertainties and of labelling: reliability, sparsification, errors by number of labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_kdland.evaluation.encodings import encodings
from napari_kdland.evaluation.figures import INK, PAPER, RULE, svg
from napari_kdland.evaluation.labelling_curves import REFERENCE
from napari_kdland.evaluation.pictures import marker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from napari_kdland.evaluation.encodings import Encoding
    from napari_kdland.evaluation.labelling_curves import LabellingCurve
    from napari_kdland.evaluation.uncertainty import Sureness, UncertaintyFigures

_SIZE = (5.4, 4.0)


def reliability_chart(
    judged: Mapping[str, UncertaintyFigures | Sureness], chosen: Mapping[str, Encoding] | None = None
) -> Figure:
    """Draw predicted standard deviation against error found, in bins; what is right lies on the diagonal.

    Parameters
    ----------
    judged
        Figures by the name that the legend gives, such as ``student, views``.
    chosen
        Colour and symbol by the same names; by default those of as many students.
    """
    figure, ax = _blank()
    look = chosen or encodings(judged)
    limit = max(
        [
            1.0,
            *(
                float(max(one.reliability.predicted_px.max(), one.reliability.found_px.max()))
                for one in judged.values()
                if len(one.reliability.counts)
            ),
        ]
    )
    ax.plot([0, 1.05 * limit], [0, 1.05 * limit], color=INK, linewidth=0.8, linestyle=(0, (2, 2)))
    for name, one in judged.items():
        bins = one.reliability
        ax.plot(bins.predicted_px, bins.found_px, label=f"{name} (ENCE {bins.ence:.2f})", **_line(look[name]))
    ax.set(xlim=(0, 1.05 * limit), ylim=(0, 1.05 * limit), xlabel="Predicted standard deviation along an axis (px)")
    return _finished(figure, ax, "Error found along an axis, root mean square (px)")


def sparsification_chart(
    judged: Mapping[str, UncertaintyFigures | Sureness], chosen: Mapping[str, Encoding] | None = None
) -> Figure:
    """Draw the mean error of what is left when the least sure are taken out; dotted, the best order there can be."""
    figure, ax = _blank()
    look = chosen or encodings(judged)
    for name, one in judged.items():
        curve = one.sparsification
        every = max(1, len(curve.removed) // 8)
        ax.plot(
            100 * curve.removed,
            curve.by_uncertainty,
            label=f"{name} (AUSE {curve.ause:.2f})",
            markevery=every,
            **_line(look[name]),
        )
        ax.plot(100 * curve.removed, curve.by_error, color=look[name].colour, linewidth=1.0, linestyle=(0, (1, 2)))
    ax.axhline(1, color=INK, linewidth=0.7, linestyle=(0, (2, 2)))
    ax.set(xlim=(0, 100), ylim=(0, None), xlabel="Taken out, the least sure first (%)")
    return _finished(figure, ax, "Mean error of the rest, as a share of the mean of all")


def labelling_chart(curves: Sequence[LabellingCurve]) -> Figure:
    """Draw the mean radial error by number of labels, a line a strategy, with the spread over the seeds."""
    figure, ax = _blank()
    look = encodings([curve.strategy for curve in curves], {REFERENCE: "baseline"})
    for curve in curves:
        encoding = look[curve.strategy]
        ax.plot(curve.labels, curve.mean_px, label=curve.strategy, **_line(encoding))
        spread = np.nan_to_num(curve.sd_px)
        ax.fill_between(
            curve.labels, curve.mean_px - spread, curve.mean_px + spread, color=encoding.colour, alpha=0.12, linewidth=0
        )
    ax.set(ylim=(0, None), xlabel="Labelled images")
    return _finished(figure, ax, "Mean radial error (px)")


def on_paper(figure: Figure) -> str:
    """Write a chart as SVG that stands alone, black on white, where a page's own would take the page's colours."""
    drawn = svg(figure, "chart")
    for name, colour in (("ink", "#1A1A1A"), ("rule", "#DDDDDD"), ("paper", "#FFFFFF")):
        drawn = drawn.replace(f"var(--{name})", colour)
    return drawn.replace("<svg ", '<svg style="font-family: sans-serif; background: #FFFFFF" ', 1)


def _blank() -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE, layout="constrained")
    ax = figure.add_subplot()
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.spines["bottom"].set_color(INK)
    ax.tick_params(colors=INK, labelcolor=INK, labelsize=8.5, length=3, width=0.7)
    ax.xaxis.label.set(color=INK, fontsize=9)
    ax.grid(color=RULE, linewidth=0.6)
    ax.set_axisbelow(True)
    return figure, ax


def _finished(figure: Figure, ax: Axes, title: str) -> Figure:
    ax.set_title(title, loc="left", fontsize=9, color=INK)
    # Below the chart, where it can hide no line.
    figure.legend(loc="outside lower left", fontsize=8, frameon=False, labelcolor=INK)
    return figure


def _line(encoding: Encoding) -> dict[str, Any]:
    return {
        "color": encoding.colour,
        "linewidth": 1.6,
        "marker": marker(encoding.symbol),
        "markersize": 6,
        "markeredgecolor": PAPER,
        "markeredgewidth": 0.7,
    }

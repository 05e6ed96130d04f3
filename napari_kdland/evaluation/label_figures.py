"""The chart of error over numbers of labelled images, with teachers and the mean shape as references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_kdland.evaluation.figures import INK, blank, marked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from napari_kdland.evaluation.encodings import Encoding
    from napari_kdland.evaluation.label_lines import LabelLine

_DASHES: dict[str, Any] = {"student": "solid", "teacher": (0, (5, 2)), "floor": (0, (1, 1.5))}
# A floor that lies higher than this above everything else would press it to the bottom.
_MOST_ABOVE = 2.0


def label_figure(lines: Sequence[LabelLine], encodings: Mapping[str, Encoding]) -> Figure:
    """Draw mean radial error over the number of labelled images, with intervals and single seeds."""
    from matplotlib.ticker import NullLocator

    figure, (ax,) = blank(3.7 + 0.16 * (len(lines) // 3))
    limit, too_high = _limit(lines)
    drawn = [line for line in lines if line not in too_high]
    for place, line in enumerate(drawn):
        _draw(ax, line, encodings[line.name], 1.02 ** (place - (len(drawn) - 1) / 2))
    ticks = sorted({labels for line in lines for labels in line.points})
    ax.set(xscale="log", xlabel="Labelled images", ylim=(0, limit))
    ax.set_xticks(ticks, [str(labels) for labels in ticks])
    ax.xaxis.set_minor_locator(NullLocator())
    for line in too_high:
        means = [of.mean for of in line.points.values()]
        said = f"{line.name}, {min(means):.1f} to {max(means):.1f} {line.unit}, lies above"
        ax.text(0.99, 0.99, said, transform=ax.transAxes, ha="right", va="top", fontsize=8, color=INK)
    ax.set_title(f"Mean radial error ({lines[0].unit})", loc="left", fontsize=9, color=INK)
    ax.legend(
        loc="upper left", bbox_to_anchor=(0, -0.16), ncols=3, fontsize=8, frameon=False, labelcolor=INK, handlelength=3
    )
    return figure


def _draw(ax: Axes, line: LabelLine, encoding: Encoding, aside: float) -> None:
    """Draw one line, a little aside, so that bars at one number of labels do not cover each other."""
    labels = sorted(line.points)
    points = [line.points[one] for one in labels]
    x, means = [one * aside for one in labels], [of.mean for of in points]
    ends = [of.interval or (of.mean, of.mean) for of in points]
    ax.vlines(x, [low for low, _ in ends], [high for _, high in ends], color=encoding.colour, linewidth=1.3)
    for one, of in zip(x, points, strict=True):
        ax.plot([one] * len(of.singles), of.singles, "o", color=encoding.colour, markersize=2.6, alpha=0.6)
    style = marked(encoding, 7)
    ax.plot(
        x, means, label=line.name, color=encoding.colour, linewidth=1.5, linestyle=_DASHES[line.kind], zorder=3, **style
    )


def _limit(lines: Sequence[LabelLine]) -> tuple[float, list[LabelLine]]:
    """Give where the axis of errors ends, and the floors that lie beyond it."""
    tops = {line.name: max(_highest(line), default=0.0) for line in lines}
    others = max([top for line in lines if line.kind != "floor" and (top := tops[line.name])], default=0.0)
    floors = [line for line in lines if line.kind == "floor"]
    too_high = [line for line in floors if others and tops[line.name] > _MOST_ABOVE * others]
    shown = [tops[line.name] for line in floors if line not in too_high]
    return 1.06 * max([1e-9, others, *shown]), too_high


def _highest(line: LabelLine) -> list[float]:
    return [end for of in line.points.values() for end in (of.mean, *of.singles, *(of.interval or ()))]

"""The charts of a report: cumulative errors, paired differences, errors by landmark."""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from napari_kdland.evaluation.comparison import Comparison, Row, RowKind
from napari_kdland.evaluation.pictures import marker
from napari_kdland.evaluation.statistics import image_differences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from napari_kdland.evaluation.encodings import Encoding
    from napari_kdland.evaluation.metrics import Errors

# Stand-ins that `svg` replaces by the page's own colours, so that charts follow its light and dark look.
INK, RULE, PAPER = "#010203", "#040506", "#070809"
_PAGE_COLOURS = {INK: "var(--ink)", RULE: "var(--rule)", PAPER: "var(--paper)"}
_WIDTH = 5.4
# A legend of more than so many lines stands below the chart, over its whole width, where it hides nothing.
_FEW = 8
_LINE_OF_LEGEND = 0.17
_DASHES: tuple[Any, ...] = ("solid", (0, (5, 1.5)), (0, (1, 1)), (0, (4, 1, 1, 1)), (0, (7, 2)))


def cumulative_errors(comparison: Comparison, encodings: Mapping[str, Encoding]) -> Figure:
    """Draw, for every source, the share of landmarks that lie within each radial error.

    Landmarks that were not predicted are never reached, so such a curve ends below 100 %.
    """
    n_rows = len(comparison.rows)
    figure, ax = _figure(3.5 + _room_below(n_rows))
    limit = axis_limit(comparison)
    for index, row in enumerate(comparison.rows):
        errors = errors_of(row, comparison.unit)
        errors = np.sort(errors[np.isfinite(errors)])
        n = max(int(row.evaluation.has_truth.sum()), 1)
        x, y = np.concatenate([[0.0], errors]), np.arange(len(errors) + 1) / n
        ax.step(x, 100 * y, where="post", label=row.name, **_line(row, encodings[row.name], index, len(x)))
    outlier_px = comparison.baseline.evaluation.summary.outlier_px
    if comparison.unit == "px" and outlier_px < limit:
        ax.axvline(outlier_px, color=INK, linewidth=0.7, linestyle=(0, (2, 2)))
        ax.text(outlier_px, 50, " outliers", color=INK, fontsize=8, ha="left", va="center")
    ax.set(xlim=(0, limit), ylim=(0, 101), xlabel=f"Radial error ({comparison.unit})")
    ax.set_title("Landmarks within this error (%)", loc="left", fontsize=9, color=INK)
    if n_rows > _FEW:
        figure.legend(loc="outside lower left", ncols=2, **_PLAIN_LEGEND)
        return figure
    legend = ax.legend(loc="lower right", fontsize=8, frameon=True, facecolor=PAPER, edgecolor="none", labelcolor=INK)
    legend.get_frame().set_alpha(None)
    return figure


def paired_differences(comparison: Comparison, encodings: Mapping[str, Encoding]) -> Figure:
    """Draw each run's difference from the baseline: a dot an image, a bar for the mean and its 95 % interval."""
    rows = [row for row in comparison.runs if row.kind is not RowKind.BASELINE]
    figure, ax = _figure(0.95 + 0.62 * len(rows))
    tests = {} if comparison.judgement is None else {one.name: one for one in comparison.judgement.against_baseline}
    against = errors_of(comparison.baseline, comparison.unit)
    for position, row in enumerate(rows):
        differences = image_differences(errors_of(row, comparison.unit), against)
        differences = differences[np.isfinite(differences)]
        encoding = encodings[row.name]
        offsets = position + 0.17 * np.sin(2.4 * np.arange(len(differences)))
        ax.plot(differences, offsets, marker="o", linestyle="none", markersize=3.2, color=encoding.colour, alpha=0.45)
        test = tests.get(row.name)
        if test is None:
            continue
        if test.mean_interval is not None:
            ax.plot(test.mean_interval, [position] * 2, color=INK, linewidth=2.2, solid_capstyle="butt")
        ax.plot(test.mean, position, **marked(encoding, 8))
    ax.axvline(0, color=INK, linewidth=0.8)
    reach = 1.06 * max([1e-9, *np.abs(ax.get_xlim())])
    ax.set(
        xlim=(-reach, reach),
        ylim=(len(rows) - 0.5, -0.5),
        xlabel=f"Difference of the image's mean error ({comparison.unit})",
    )
    ax.set_yticks(range(len(rows)), [row.name for row in rows])
    ax.grid(axis="y", visible=False)
    ax.set_title("\N{LEFTWARDS ARROW} better", loc="left", fontsize=9, color=INK)
    ax.set_title("worse \N{RIGHTWARDS ARROW}", loc="right", fontsize=9, color=INK)
    return figure


def landmark_errors(comparison: Comparison, encodings: Mapping[str, Encoding], titles: Mapping[str, str]) -> Figure:
    """Draw one box a landmark and run: quartiles, median, whiskers of 1.5 interquartile ranges, points beyond.

    Parameters
    ----------
    titles
        Landmark titles by name.
    """
    rows, names = comparison.runs, comparison.names
    step = 0.8 / len(rows)
    figure, ax = _figure(0.9 + len(names) * (0.16 + 0.145 * len(rows)) + _room_below(len(rows)))
    for index, row in enumerate(rows):
        columns = [column[np.isfinite(column)] for column in errors_of(row, comparison.unit).T]
        positions = np.arange(len(names)) + (index - (len(rows) - 1) / 2) * step
        _boxes(ax, columns, positions, 0.74 * step, encodings[row.name])
    ax.set(xlim=(0, axis_limit(comparison)), ylim=(len(names) - 0.5, -0.5), xlabel=f"Radial error ({comparison.unit})")
    ax.set_yticks(range(len(names)), [titles.get(name, name.replace("_", " ")) for name in names])
    for boundary in np.arange(len(names) - 1) + 0.5:
        ax.axhline(boundary, color=RULE, linewidth=0.6)
    ax.grid(axis="y", visible=False)
    handles = [ax.plot([], [], label=row.name, **marked(encodings[row.name], 7), linestyle="none")[0] for row in rows]
    if len(rows) > _FEW:
        figure.legend(handles=handles, loc="outside lower left", ncols=2, **_PLAIN_LEGEND)
    else:
        ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, **_PLAIN_LEGEND)
    return figure


def errors_of(row: Row, unit: Literal["px", "mm"]) -> Errors:
    """Give the radial errors (N, L) of a row in a unit; in pixels where there are no millimetres."""
    return row.evaluation.errors_in(unit)


def mean_error(row: Row, unit: Literal["px", "mm"]) -> float:
    """Give the mean radial error of a row in a unit."""
    summary = row.evaluation.summary
    mean = summary.mean_radial_error_mm if unit == "mm" else summary.mean_radial_error_px
    return float("nan") if mean is None else mean


def axis_limit(comparison: Comparison) -> float:
    """Give the error at which the axes of charts end, in the unit of the comparison.

    Beyond it there is at most one landmark in a hundred of any run, so that a few wild ones do not squash the rest.
    """
    pools = [errors[np.isfinite(errors)] for errors in (errors_of(row, comparison.unit) for row in comparison.runs)]
    ends = [np.percentile(pool, 99) for pool in pools if len(pool)]
    return max(1.0, 1.1 * float(max(ends, default=1.0)))


def n_beyond(comparison: Comparison) -> int:
    """Count the errors of runs that lie beyond `axis_limit`."""
    limit = axis_limit(comparison)
    return int(sum((errors_of(row, comparison.unit) > limit).sum() for row in comparison.runs))


def svg(figure: Figure, name: str) -> str:
    """Write a figure as SVG to stand in a page: its words as text, its ink in the page's colours.

    Parameters
    ----------
    name
        Unique in the page: it goes before every identifier.
    """
    from matplotlib import rc_context
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)
    out = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": name}), warnings.catch_warnings():
        # The page's font draws the words; that matplotlib's own lacks a letter does not matter.
        warnings.filterwarnings("ignore", message="Glyph")
        figure.savefig(
            out, format="svg", transparent=True, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
        )
    drawn = out.getvalue()
    drawn = drawn[drawn.index("<svg") :]
    drawn = re.sub(r"<!--.*?-->|<style.*?</style>|font-family: [^;\"]*;? ?", "", drawn, flags=re.DOTALL)
    drawn = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", drawn)
    drawn = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', 'aria-hidden="true"', drawn, count=1)
    for stand_in, colour in _PAGE_COLOURS.items():
        drawn = drawn.replace(stand_in, colour)
    return drawn


_PLAIN_LEGEND: dict[str, Any] = {"fontsize": 8, "frameon": False, "labelcolor": INK, "borderaxespad": 0.3}


def _room_below(n_lines: int) -> float:
    """Give the inches that a legend of two columns takes below a chart."""
    return _LINE_OF_LEGEND * -(-n_lines // 2) if n_lines > _FEW else 0.0


def _figure(height: float) -> tuple[Figure, Axes]:
    figure, (ax,) = blank(height)
    return figure, ax


def blank(height: float, n: int = 1) -> tuple[Figure, list[Axes]]:
    """Make an empty figure of a column's width, `height` inches high, with `n` axes below each other that share x."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    panels = list(figure.subplots(n, 1, sharex=True, squeeze=False)[:, 0])
    for ax in panels:
        dress(ax)
    return figure, panels


def dress(ax: Axes) -> None:
    """Give axes the look of the report."""
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.spines["bottom"].set_color(INK)
    ax.tick_params(colors=INK, labelcolor=INK, labelsize=8.5, length=3, width=0.7)
    ax.tick_params(axis="y", length=0)
    ax.xaxis.label.set(color=INK, fontsize=9)
    ax.grid(color=RULE, linewidth=0.6)
    ax.set_axisbelow(True)


def _line(row: Row, encoding: Encoding, index: int, n: int) -> dict[str, Any]:
    if row.kind is RowKind.FLOOR:
        return {"color": encoding.colour, "linewidth": 1.2, "linestyle": (0, (1, 2))}
    every = (index / 12, 0.18) if n > 8 else None
    return {
        "linewidth": 1.7,
        "linestyle": _DASHES[index % len(_DASHES)],
        "markevery": every,
        "color": encoding.colour,
        **marked(encoding, 6),
    }


def marked(encoding: Encoding, size: float) -> dict[str, Any]:
    """Give what matplotlib needs to draw a source's symbol."""
    return {
        "marker": marker(encoding.symbol),
        "markersize": size,
        "markerfacecolor": encoding.colour,
        "markeredgecolor": PAPER,
        "markeredgewidth": 0.7,
    }


def _boxes(ax: Axes, columns: list[Any], positions: Any, width: float, encoding: Encoding) -> None:
    thin = {"color": encoding.colour, "linewidth": 1.1}
    ax.boxplot(
        columns,
        positions=positions,
        widths=width,
        orientation="horizontal",
        manage_ticks=False,
        patch_artist=True,
        boxprops={"facecolor": encoding.colour, "edgecolor": encoding.colour, "linewidth": 0.8},
        medianprops={"color": PAPER, "linewidth": 1.8},
        whiskerprops=thin,
        capprops={"linewidth": 0},
        flierprops={"marker": "o", "markersize": 2, "markerfacecolor": encoding.colour, "markeredgewidth": 0},
    )

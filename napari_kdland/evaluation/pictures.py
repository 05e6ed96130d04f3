"""One image with the landmarks of several sources side by side, as a PNG picture."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from napari_kdland.evaluation.encodings import HUMAN, Encoding, encodings, outline
from napari_kdland.evaluation.metrics import Errors, image_means, radial_errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from napari_kdland.anatomy import Landmarks

_PANEL_INCHES = 3.0
_DPI = 160
_LONGEST_SIDE = 720
_MARKER_POINTS = 6.0


@dataclass(frozen=True)
class Overlay:
    """A heatmap over an image.

    Parameters
    ----------
    values : (h, w)
        0..1; the maximum over landmarks, or one landmark's heatmap.
    scale
        Image pixels per heatmap pixel along (y, x).
    translate
        Where the centre of heatmap pixel (0, 0) lies in the image, (y, x).
    """

    values: NDArray[np.floating[Any]]
    scale: tuple[float, float]
    translate: tuple[float, float]

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """(left, right, bottom, top) edges in image pixels."""
        height, width = self.values.shape
        top, left = (t - s / 2 for t, s in zip(self.translate, self.scale, strict=True))
        return left, left + width * self.scale[1], top + height * self.scale[0], top


@dataclass(frozen=True)
class CaseImage:
    """One image with what everybody says about it.

    Parameters
    ----------
    name
        Of the image.
    shown : (H, W)
        Grey values for the eye, 0..1.
    truth
        The human's landmarks.
    predictions
        Landmarks by source, in the order in which they are to stand.
    heatmaps
        Heatmaps by source, for those that have one.
    spacing_mm
        (y, x) in millimetres a pixel, where errors are to be told in millimetres.
    """

    name: str
    shown: NDArray[np.floating[Any]]
    truth: Landmarks
    predictions: Mapping[str, Landmarks] = field(default_factory=dict)
    heatmaps: Mapping[str, Overlay] = field(default_factory=dict)
    spacing_mm: tuple[float, float] | None = None

    @property
    def unit(self) -> Literal["px", "mm"]:
        """What errors are told in."""
        return "px" if self.spacing_mm is None else "mm"

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        height, width = self.shown.shape
        return height, width

    @cached_property
    def small(self) -> NDArray[np.float64]:
        """The image as it is drawn: 0..1, its longest side at most 720 pixels."""
        shown = np.clip(np.nan_to_num(np.asarray(self.shown, dtype=np.float64)), 0, 1)
        shrink = _LONGEST_SIDE / max(self.size)
        if shrink >= 1:
            return shown
        from skimage.transform import resize_local_mean

        smaller: NDArray[np.float64] = resize_local_mean(shown, [max(1, round(side * shrink)) for side in self.size])
        return smaller

    def errors(self, source: str) -> Errors:
        """Give the radial error of each landmark (L,) in `unit`; NaN where nothing can be measured."""
        predicted = self.predictions[source].reordered(self.truth.names)
        spacing = None if self.spacing_mm is None else [self.spacing_mm]
        errors: Errors = radial_errors(predicted.points[None], self.truth.points[None], spacing_mm=spacing)[0]
        return errors

    def note(self, source: str) -> str:
        """Say the mean radial error of a source on this image."""
        mean = float(image_means(self.errors(source)[None])[0])
        return f"{mean:.1f} {self.unit}" if np.isfinite(mean) else "not measured"


def draw_case(
    case: CaseImage,
    path: Path,
    *,
    roles: Mapping[str, str] | None = None,
    n_columns: int = 4,
    title: str | None = None,
) -> Path:
    """Draw an image with its sources side by side, the human first.

    The human's landmarks are white rings with a dark halo in every panel; each source adds its own symbol and a line
    from every predicted landmark to the true one. Heatmaps lie over the image with one fixed scale, 0..1.

    Parameters
    ----------
    path
        PNG file; its folder is made where it is missing.
    roles
        Role by source name, see `encodings.encodings`.
    n_columns
        Panels in a row.
    title
        Above the panels; by default the image's name.

    Returns
    -------
    Path
        The file written.
    """
    figure = case_figure(case, roles=roles, n_columns=n_columns, title=title)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png")
    return path


def case_figure(
    case: CaseImage, *, roles: Mapping[str, str] | None = None, n_columns: int = 4, title: str | None = None
) -> Figure:
    """Make the figure that `draw_case` writes."""
    sources = list(case.predictions)
    columns = min(n_columns, 1 + len(sources))
    rows = -(-(1 + len(sources)) // columns)
    figure, axes = _panels(case, rows * (2 if case.heatmaps else 1), columns)
    chosen = encodings(sources, roles)
    above, below = axes[: rows * columns], axes[rows * columns :]
    _draw_human(above[0], case)
    for ax, source in zip(above[1:], sources, strict=False):
        _draw_source(ax, case, source, chosen[source])
    for ax, source in zip(below[1:], sources, strict=False):
        if source in case.heatmaps:
            _draw_heatmap(ax, case, source, chosen[source])
    for ax in axes:
        if not ax.has_data():
            ax.set_axis_off()
    _head_and_foot(figure, case, title)
    return figure


def _panels(case: CaseImage, rows: int, columns: int) -> tuple[Figure, Sequence[Axes]]:
    from matplotlib.figure import Figure

    heading, gap = 0.42, 0.12
    height = _PANEL_INCHES * case.size[0] / case.size[1]
    width_all, height_all = columns * (_PANEL_INCHES + gap) + gap, rows * (height + heading) + 0.75
    figure = Figure(figsize=(width_all, height_all), dpi=_DPI, facecolor="white")
    axes = []
    for row in range(rows):
        bottom = height_all - 0.35 - (row + 1) * (height + heading)
        for column in range(columns):
            left = gap + column * (_PANEL_INCHES + gap)
            box = (left / width_all, bottom / height_all, _PANEL_INCHES / width_all, height / height_all)
            axes.append(figure.add_axes(box, xticks=[], yticks=[], frame_on=False))
    return figure, axes


def _draw_image(ax: Axes, case: CaseImage) -> None:
    height, width = case.size
    extent = (-0.5, width - 0.5, height - 0.5, -0.5)
    ax.imshow(case.small, cmap="gray", vmin=0, vmax=1, extent=extent, interpolation="bilinear", aspect="auto")
    ax.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))


def _draw_human(ax: Axes, case: CaseImage) -> None:
    _draw_image(ax, case)
    _draw_markers(ax, case.truth.points, HUMAN)
    _write_heading(ax, "human", HUMAN)


def _draw_source(ax: Axes, case: CaseImage, source: str, encoding: Encoding) -> None:
    predicted = case.predictions[source].reordered(case.truth.names)
    _draw_image(ax, case)
    _draw_markers(ax, case.truth.points, HUMAN)
    _draw_errors(ax, case.truth, predicted)
    _draw_markers(ax, predicted.points, encoding)
    _write_heading(ax, source, encoding, case.note(source))


def _draw_heatmap(ax: Axes, case: CaseImage, source: str, encoding: Encoding) -> None:
    overlay = case.heatmaps[source]
    _draw_image(ax, case)
    ax.imshow(coloured(overlay.values), extent=overlay.extent, interpolation="bilinear", aspect="auto")
    height, width = case.size
    ax.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    _write_heading(ax, source, encoding, "heatmap")


def _draw_errors(ax: Axes, truth: Landmarks, predicted: Landmarks) -> None:
    from matplotlib.collections import LineCollection

    both = truth.has_point & predicted.has_point
    lines = np.stack([predicted.points[both], truth.points[both]], axis=1)[..., ::-1]
    for colour, width in (("black", 2.6), ("#FFE14D", 1.1)):
        ax.add_collection(LineCollection(list(lines), colors=colour, linewidths=width, capstyle="round"), autolim=False)


def _draw_markers(ax: Axes, points: NDArray[np.float64], encoding: Encoding) -> None:
    y, x = points[np.isfinite(points).all(axis=1)].T
    style: dict[str, Any] = {"marker": marker(encoding.symbol), "linestyle": "none", "clip_on": True}
    if encoding.symbol == "ring":
        size = _MARKER_POINTS + 3
        ax.plot(x, y, markersize=size, markerfacecolor="none", markeredgecolor="black", markeredgewidth=3.0, **style)
        ax.plot(x, y, markersize=size, markerfacecolor="none", markeredgecolor="white", markeredgewidth=1.4, **style)
        return
    ax.plot(x, y, markersize=_MARKER_POINTS + 1.2, color="black", markeredgewidth=1.6, **style)
    ax.plot(
        x,
        y,
        markersize=_MARKER_POINTS,
        markerfacecolor=encoding.colour,
        markeredgecolor="white",
        markeredgewidth=0.7,
        **style,
    )


def marker(symbol: str) -> Sequence[tuple[float, float]]:
    """Give a symbol as a marker of matplotlib, whose y points up."""
    points = outline(symbol) * (1.0, -1.0)
    closed = [*points.tolist(), points[0].tolist()]
    return [(float(x), float(y)) for x, y in closed]


def _write_heading(ax: Axes, name: str, encoding: Encoding, note: str = "") -> None:
    top = 1 + 0.17 * _DPI / ax.bbox.height
    edge = "black" if encoding is HUMAN else encoding.colour
    symbol: dict[str, Any] = {"marker": marker(encoding.symbol), "markersize": 7, "markerfacecolor": encoding.colour}
    ax.plot([0.03], [top], clip_on=False, transform=ax.transAxes, markeredgecolor=edge, **symbol)
    words: dict[str, Any] = {"transform": ax.transAxes, "va": "center_baseline", "parse_math": False}
    ax.text(0.075, top, name, ha="left", weight="bold", fontsize=min(10.0, 200 / max(len(name), 1)), **words)
    ax.text(1, top, note, ha="right", fontsize=10, color="#333333", **words)


def _head_and_foot(figure: Figure, case: CaseImage, title: str | None) -> None:
    inch = 1 / figure.get_figheight()
    left = 0.12 / figure.get_figwidth()
    figure.text(left, 1 - 0.2 * inch, title or case.name, size=12, weight="bold", va="center", parse_math=False)
    foot = "White ring: human. Line: from a predicted landmark to the human's. Number: mean radial error in this image."
    if case.heatmaps:
        foot += " Heatmaps: dark 0, bright 1, the same scale for all."
    foot = textwrap.fill(foot, int(15 * figure.get_figwidth()))
    figure.text(left, 0.18 * inch, foot, size=7.5, color="#444444", va="center")


def coloured(values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Colour a heatmap of 0..1 on one fixed scale; (h, w, 4) RGBA of 0..1, transparent where there is no heat."""
    from matplotlib import colormaps

    clipped = np.clip(np.nan_to_num(np.asarray(values, dtype=np.float64)), 0, 1)
    rgba: NDArray[np.float64] = np.array(colormaps["inferno"](0.25 + 0.75 * clipped))
    # Transparent where there is no heat, so that the radiograph stays to be seen.
    rgba[..., 3] = 0.85 * np.clip(clipped * 1.6, 0, 1)
    return rgba

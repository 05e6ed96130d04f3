"""The cases that a report shows: which images, and what is drawn on them."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.evaluation.encodings import HUMAN, Encoding, outline
from napari_kdland.evaluation.metrics import image_means
from napari_kdland.evaluation.pictures import coloured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_kdland.anatomy import Landmarks
    from napari_kdland.evaluation.comparison import Comparison
    from napari_kdland.evaluation.pictures import CaseImage, Overlay

_RANKS = ("worst", "second worst", "third worst", "median", "best")


@dataclass(frozen=True)
class Mark:
    """One landmark in a panel: (x, y) in image pixels and what is said of it."""

    x: float
    y: float
    title: str


@dataclass(frozen=True)
class Line:
    """From a predicted landmark to the true one, in image pixels."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Picture:
    """A picture as a data URI and where it lies in image pixels: left, top, width, height."""

    uri: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Panel:
    """One source over one image."""

    source: str
    encoding: Encoding
    note: str
    alt: str
    truth: tuple[Mark, ...] = ()
    marks: tuple[Mark, ...] = ()
    lines: tuple[Line, ...] = ()
    heatmap: Picture | None = None


@dataclass(frozen=True)
class Case:
    """One image of the gallery: a panel for the human, one for each source, and one for each heatmap."""

    name: str
    rank: str
    image: Picture
    size: tuple[int, int]
    panels: tuple[Panel, ...]
    heatmaps: tuple[Panel, ...] = ()


def representative_images(comparison: Comparison, *, by: str | None = None) -> dict[str, str]:
    """Choose the three worst, the median and the best image of a run.

    Parameters
    ----------
    by
        Run whose mean error, in the unit of the comparison, orders the images; by default the last run. Images of which
        it found nothing are its worst.

    Returns
    -------
    dict
        Image name by ``worst``, ``second worst``, ``third worst``, ``median`` and ``best``; fewer where there are fewer
        images.

    Raises
    ------
    UsageError
        If the comparison has no run of that name.
    """
    row = comparison.runs[-1] if by is None else comparison.row(by)
    errors = image_means(row.evaluation.errors_in(comparison.unit))
    # Where the run found nothing of what the human placed, no error is worse.
    errors[np.isnan(errors) & row.evaluation.has_truth.any(axis=1)] = np.inf
    order = [int(index) for index in np.argsort(-errors, kind="stable") if not np.isnan(errors[index])]
    chosen: dict[str, str] = {}
    places = {"worst": 0, "best": -1, "median": len(order) // 2, "second worst": 1, "third worst": 2}
    for rank, position in places.items():
        if position < len(order) and order and comparison.images[order[position]] not in chosen.values():
            chosen[rank] = comparison.images[order[position]]
    return {rank: chosen[rank] for rank in _RANKS if rank in chosen}


def draw(case: CaseImage, rank: str, encodings: Mapping[str, Encoding], titles: Mapping[str, str]) -> Case:
    """Lay out one image: the human's panel, one for each source, then one for each heatmap.

    Parameters
    ----------
    rank
        As `representative_images` calls it.
    encodings
        By source.
    titles
        Landmark titles by name.
    """
    truth = tuple(_mark(name, point, "human", titles) for name, _, point in case.truth if np.isfinite(point).all())
    panels = [Panel("human", HUMAN, "", f"{case.name} with the human's {len(truth)} landmarks.", truth)]
    panels += [_source_panel(case, source, encodings[source], truth, titles) for source in case.predictions]
    heatmaps = tuple(
        Panel(
            source,
            encodings[source],
            "heatmap",
            f"{case.name} under the heatmap of {source}.",
            heatmap=_heatmap(case.heatmaps[source]),
        )
        for source in case.predictions
        if source in case.heatmaps
    )
    height, width = case.size
    image = Picture(_png((case.small * 255).round().astype(np.uint8)), (-0.5, -0.5, width, height))
    return Case(case.name, rank, image, case.size, tuple(panels), heatmaps)


def path_of(symbol: str) -> str:
    """Give a symbol of radius 1 as the path of an SVG."""
    return "M" + "L".join(f"{x:.3f},{y:.3f}" for x, y in outline(symbol)) + "Z"


def _source_panel(
    case: CaseImage, source: str, encoding: Encoding, truth: tuple[Mark, ...], titles: Mapping[str, str]
) -> Panel:
    predicted = case.predictions[source].reordered(case.truth.names)
    note = case.note(source)
    marks = [
        _mark(name, point, source, titles, f"{error:.1f} {case.unit}" if np.isfinite(error) else "")
        for (name, _, point), error in zip(predicted, case.errors(source), strict=True)
        if np.isfinite(point).all()
    ]
    alt = f"{case.name} with the landmarks of {source}; mean radial error {note}."
    return Panel(source, encoding, note, alt, truth, tuple(marks), _lines(predicted, case.truth))


def _lines(predicted: Landmarks, truth: Landmarks) -> tuple[Line, ...]:
    ends = np.concatenate([predicted.points[:, ::-1], truth.points[:, ::-1]], axis=1)
    return tuple(Line(*row) for row in ends[np.isfinite(ends).all(axis=1)].round(2).tolist())


def _mark(name: str, point: NDArray[np.float64], source: str, titles: Mapping[str, str], error: str = "") -> Mark:
    title = f"{titles.get(name, name.replace('_', ' '))}, {source}"
    title += f": {error}" if error else ""
    y, x = point.round(2).tolist()
    return Mark(x, y, title)


def _heatmap(overlay: Overlay) -> Picture:
    left, right, bottom, top = overlay.extent
    pixels = (coloured(overlay.values) * 255).round().astype(np.uint8)
    return Picture(_png(pixels), (left, top, right - left, bottom - top))


def _png(pixels: NDArray[np.uint8]) -> str:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode("ascii")

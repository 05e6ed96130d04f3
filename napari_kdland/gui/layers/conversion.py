"""Pure conversion of landmarks, heatmaps and errors into what napari's layers take; no NaN ever comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_kdland.anatomy import LandmarkState
from napari_kdland.evaluation.abstention import LOOK_HERE
from napari_kdland.gui.layers.style import CURRENT, ERROR_COLOURS, HUMAN, Style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from napari_kdland.anatomy import Landmarks
    from napari_kdland.images.radiograph import Spacing

_STATE_SIGNS = {LandmarkState.OCCLUDED: " (hidden)", LandmarkState.UNCERTAIN: " ?"}
# A run marks what it is not sure of in the state that readers use for it.
_RUN_SIGNS = {LandmarkState.UNCERTAIN: f" {LOOK_HERE}"}
_ALPHA = {LandmarkState.OCCLUDED: 0.7, LandmarkState.UNCERTAIN: 0.5}
# Height of a chest radiograph in millimetres, for colouring errors of images without spacing.
_USUAL_HEIGHT_MM = 400.0


@dataclass(frozen=True)
class Frame:
    """What all layers of one image share: scale (y, x), units and axis labels."""

    scale: tuple[float, float] = (1.0, 1.0)
    unit: str = "pixel"

    @classmethod
    def of(cls, spacing: Spacing | None) -> Frame:
        """Give the frame of an image: millimetres where its spacing is known, pixels elsewhere."""
        return cls() if spacing is None else cls((spacing.row_mm, spacing.column_mm), "mm")

    @property
    def units(self) -> tuple[str, str]:
        """Unit along y and x."""
        return self.unit, self.unit


@dataclass(frozen=True)
class Marks:
    """Landmarks ready for a Points layer; N is the number of those that have a point.

    Parameters
    ----------
    points : (N, 2)
        (y, x) in image pixels.
    names, labels, symbols
        Of each point: the landmark's name, the text beside it, napari's symbol.
    colours : (N, 4)
        Red, green, blue, opacity, each 0..1.
    sizes : (N,)
        Diameters in image pixels.
    """

    points: NDArray[np.float64]
    names: tuple[str, ...]
    labels: tuple[str, ...]
    symbols: tuple[str, ...]
    colours: NDArray[np.float64]
    sizes: NDArray[np.float64]


def rgba(colour: str, alpha: float = 1.0) -> tuple[float, float, float, float]:
    """Turn ``#RRGGBB`` into red, green, blue, opacity, each 0..1."""
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue, alpha


def marks_of(
    landmarks: Landmarks,
    style: Style,
    *,
    height: int,
    current: str | None = None,
    title: str | None = None,
    own_colours: Mapping[str, str] | None = None,
) -> Marks:
    """Draw landmarks in one style.

    Parameters
    ----------
    landmarks
        Those without a point are left out.
    style
        Of their source; the `current` landmark of a reader is drawn in a colour of its own.
    height
        Of the image, in pixels; sizes are a tenth of it, so that the layer's limit on screen holds at every zoom.
    current
        Name of the landmark that the user works on.
    title
        Text beside the current landmark; the others show their number, which is also their key.
    own_colours
        Of landmarks that have one, in place of the style's; the current one keeps the colour that says so.
    """
    rows = np.flatnonzero(landmarks.has_point)
    names = tuple(landmarks.names[row] for row in rows)
    states = [landmarks.states[row] for row in rows]
    is_current = np.array([name == current for name in names], dtype=bool)
    own = [CURRENT if chosen and style is HUMAN else style for chosen in is_current]
    hues = [
        each.colour if each is CURRENT else (own_colours or {}).get(name, each.colour)
        for name, each in zip(names, own, strict=True)
    ]
    colours = [rgba(hue, _ALPHA.get(state, 1.0)) for hue, state in zip(hues, states, strict=True)]
    numbers = [str(row + 1) for row in rows]
    texts = [
        (title if chosen and title else number) + (_STATE_SIGNS if style is HUMAN else _RUN_SIGNS).get(state, "")
        for chosen, number, state in zip(is_current, numbers, states, strict=True)
    ]
    return Marks(
        points=landmarks.points[rows],
        names=names,
        labels=tuple(texts),
        symbols=tuple(each.symbol for each in own),
        colours=np.array(colours, dtype=np.float64).reshape(-1, 4),
        sizes=np.full(len(names), 0.1 * height),
    )


@dataclass(frozen=True)
class Strokes:
    """Straight strokes ready for a Vectors layer: errors, pieces of ellipses.

    Parameters
    ----------
    lines : (N, 2, 2)
        Start (y, x) and step (y, x), in image pixels.
    colours : (N, 4)
        Red, green, blue, opacity, each 0..1.
    names
        Landmark of each stroke.
    """

    lines: NDArray[np.float64]
    colours: NDArray[np.float64]
    names: tuple[str, ...]

    @classmethod
    def joined(cls, parts: Sequence[Strokes]) -> Strokes:
        """Give all strokes of several drawings as one."""
        lines = np.concatenate([np.empty((0, 2, 2)), *(part.lines for part in parts)])
        colours = np.concatenate([np.empty((0, 4)), *(part.colours for part in parts)])
        return cls(lines, colours, tuple(name for part in parts for name in part.names))


def error_lines(predicted: Landmarks, truth: Landmarks, *, spacing: Spacing | None, height: int) -> Strokes:
    """Draw a line from each predicted landmark to the true one; landmarks that either lacks are left out.

    The colour is that of the length in millimetres.
    """
    truth = truth.reordered(predicted.names)
    rows = np.flatnonzero(predicted.has_point & truth.has_point)
    start = predicted.points[rows]
    step = truth.points[rows] - start
    mm = np.array([_USUAL_HEIGHT_MM / height] * 2 if spacing is None else [spacing.row_mm, spacing.column_mm])
    lengths = np.linalg.norm(step * mm, axis=1)
    colours = [rgba(next(colour for limit, colour in ERROR_COLOURS if length <= limit)) for length in lengths]
    return Strokes(
        lines=np.stack([start, step], axis=1).reshape(-1, 2, 2),
        colours=np.array(colours, dtype=np.float64).reshape(-1, 4),
        names=tuple(predicted.names[row] for row in rows),
    )


def heat_image(heatmaps: ArrayLike, index: int | None) -> NDArray[np.float32]:
    """Give one landmark's heatmap, or the maximum over all where `index` is `None`; (L, h, w) to (h, w)."""
    maps = np.asarray(heatmaps)
    chosen = maps.max(axis=0) if index is None else maps[index]
    return np.nan_to_num(np.asarray(chosen, dtype=np.float32), nan=0.0, posinf=1.0, neginf=0.0)


def heat_transform(
    frame: Frame, heatmap_scale: float, heatmap_translate: tuple[float, float]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Give (scale, translate) that lay a heatmap on its image in the image's units.

    `heatmap_scale` is in image pixels per heatmap pixel, `heatmap_translate` in image pixels (see `Placement`).
    """
    y, x = frame.scale
    down, right = heatmap_translate
    return (heatmap_scale * y, heatmap_scale * x), (down * y, right * x)

"""A swipe: one source to the left of a line, another to its right, and the mouse that moves the line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from napari_kdland.anatomy import Landmarks, LandmarkState
from napari_kdland.gui.layers.conversion import Strokes, rgba

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from napari_kdland.gui.compat import ViewerModel

_Kind = TypeVar("_Kind", bound=np.generic)

_LINE = "#FFFFFF"
# In screen pixels, as for grabbing a landmark.
_GRAB = 10


@dataclass(frozen=True)
class Part:
    """The columns of the image in which a source is seen, from `start` up to `stop`, in image pixels."""

    start: float = -math.inf
    stop: float = math.inf

    @property
    def is_whole(self) -> bool:
        """Whether nothing is cut off."""
        return (self.start, self.stop) == (-math.inf, math.inf)

    def of_landmarks(self, landmarks: Landmarks) -> Landmarks:
        """Give the landmarks that are seen; the others as not yet placed."""
        x = landmarks.points[:, 1]
        with np.errstate(invalid="ignore"):
            is_cut = landmarks.has_point & ~((x >= self.start) & (x < self.stop))
        states = tuple(
            LandmarkState.NOT_YET if cut else state for cut, state in zip(is_cut, landmarks.states, strict=True)
        )
        points = np.where(is_cut[:, None], np.nan, landmarks.points)
        return Landmarks(landmarks.names, points, states, landmarks.sd_px, landmarks.confidence)

    def of_columns(
        self, pixels: NDArray[_Kind], *, scale: float = 1.0, translate: tuple[float, float] = (0.0, 0.0)
    ) -> tuple[NDArray[_Kind], tuple[float, float]]:
        """Give the columns of an array (..., w) that are seen, and (y, x) of what is now its first pixel.

        Parameters
        ----------
        scale, translate
            Image pixels per pixel of the array, and (y, x) in image pixels of its first pixel's centre.
        """
        first, last = (_edge(x, pixels.shape[-1], scale, translate[1]) for x in (self.start, self.stop))
        return pixels[..., first:last], (translate[0], translate[1] + first * scale)


WHOLE = Part()


def parts_of(split: float, width: int, *, scale: float = 1.0, left: float = -0.0) -> tuple[Part, Part]:
    """Part an image between two sources.

    Parameters
    ----------
    split
        Where, as a share of the image's width.
    width
        Of the image, in pixels.
    scale, left
        Image pixels per heatmap pixel and x of the first one's centre: the line lies between two of their columns,
        so that what is cut ends at it.
    """
    wanted = split * width - 0.5
    edge = left + (round((wanted - left) / scale + 0.5) - 0.5) * scale
    return Part(stop=edge), Part(start=edge)


def split_line(part: Part, size: tuple[int, int]) -> Strokes:
    """Draw the line at which a left part ends; `size` (height, width) of the image."""
    x = min(max(part.stop, -0.5), size[1] - 0.5)
    line = np.array([[[-0.5, x], [float(size[0]), 0.0]]])
    return Strokes(line, np.array([rgba(_LINE)]), ("",))


class SplitHandle:
    """Lets the mouse drag the line of a swipe; it comes before the hand that places landmarks.

    Parameters
    ----------
    viewer
        Whose mouse it listens to.
    where
        Gives the line's x in world units, `None` while there is no line.
    moved
        Called with the x that the line is dragged to, in world units.
    """

    def __init__(self, viewer: ViewerModel, where: Callable[[], float | None], moved: Callable[[float], None]) -> None:
        self._viewer = viewer
        self._where = where
        self._moved = moved
        viewer.mouse_drag_callbacks.append(self.follow)

    def close(self) -> None:
        """Let go of the mouse."""
        if self.follow in self._viewer.mouse_drag_callbacks:
            self._viewer.mouse_drag_callbacks.remove(self.follow)

    def follow(self, _viewer: ViewerModel, event: Any) -> Iterator[None]:
        """Follow one press of the mouse to its release."""
        line = self._where()
        if line is None or event.button != 1 or event.modifiers:
            return
        if abs(event.position[-1] - line) * event.camera_zoom > _GRAB:
            return
        event.handled = True
        yield
        while event.type == "mouse_move":
            event.handled = True
            self._moved(float(event.position[-1]))
            yield


def _edge(x: float, n_columns: int, scale: float, left: float) -> int:
    """Give the first of the columns that begin at x or after it."""
    if math.isinf(x):
        return 0 if x < 0 else n_columns
    return min(max(round((x - left) / scale + 0.5), 0), n_columns)

"""What a click places and which landmark comes after it: in sequence, all again, or one through all images."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal

from napari_kdland.anatomy import LandmarkState
from napari_kdland.errors import AnnotationError

if TYPE_CHECKING:
    from napari_kdland.anatomy import Landmarks


class PlacingMode(StrEnum):
    """How clicks go through landmarks and images; the value is what people read."""

    SEQUENCE = "in sequence"
    AGAIN = "all again"
    THROUGH = "same landmark through the images"


class Placing:
    """The mode of placing, and what follows from it.

    Attributes
    ----------
    mode
        In sequence: on to the first unset landmark. All again: on to the next landmark, set or not. Through the images:
        the same landmark in the next image.
    """

    changed = Signal()

    def __init__(self) -> None:
        self.mode = PlacingMode.SEQUENCE

    @property
    def goes_on_to_next_image(self) -> bool:
        """Whether a placed landmark leads to the next image."""
        return self.mode is PlacingMode.THROUGH

    def cycle(self) -> None:
        """Go over to the next mode."""
        modes = list(PlacingMode)
        self.turn_to(modes[(modes.index(self.mode) + 1) % len(modes)])

    def turn_to(self, mode: PlacingMode) -> None:
        """Go over to a mode."""
        self.mode = mode
        self.changed.emit()

    def first(self, landmarks: Landmarks, before: str | None) -> str | None:
        """Give the landmark to begin an image with; `before` was the current one in the image before."""
        if self.mode is PlacingMode.THROUGH and before in landmarks.names:
            return before
        if self.mode is PlacingMode.AGAIN:
            return landmarks.names[0] if landmarks.names else None
        return first_unset(landmarks)

    def after(self, landmarks: Landmarks, done: str) -> str | None:
        """Give the landmark that follows on `done` in the same image; `None` after the last."""
        if self.mode is PlacingMode.THROUGH:
            return done
        if self.mode is PlacingMode.AGAIN:
            following = landmarks.names.index(done) + 1
            # Not round to the first one: a click too many would move it.
            return landmarks.names[following] if following < len(landmarks) else None
        return first_unset(landmarks)


def first_unset(landmarks: Landmarks) -> str | None:
    """Give the first landmark of which nothing is known."""
    return next((name for name, state, _ in landmarks if state is LandmarkState.NOT_YET), None)


def check_inside(point: tuple[float, float], size: tuple[int, int], title: str) -> None:
    """Refuse a point (y, x) outside an image of (height, width) pixels; `title` is its landmark's.

    Raises
    ------
    AnnotationError
        If it lies outside.
    """
    height, width = size
    if not (np.isfinite(point).all() and -0.5 <= point[0] <= height - 0.5 and -0.5 <= point[1] <= width - 0.5):
        raise AnnotationError(
            f"{title} would lie outside the image (row {point[0]:.1f}, column {point[1]:.1f} of {height} x {width}). "
            "Mark it absent if it is not in the picture."
        )

"""What somebody says of one landmark, and whether it can be true."""

from __future__ import annotations

import math
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_kdland.anatomy.landmarks import LandmarkState, Origin


@dataclass(frozen=True)
class Annotation:
    """What somebody says of one landmark.

    Parameters
    ----------
    image_id
        The image.
    landmark
        Name of the landmark.
    state
        What is known of it.
    point
        (y, x) in image pixels where the state carries a point, else `None`.
    reader
        Who says so; empty for the reader that the whole import is given.
    origin
        Where the point comes from; `None` for the origin that the whole import is given.
    """

    image_id: int
    landmark: str
    state: LandmarkState
    point: tuple[float, float] | None
    reader: str = ""
    origin: Origin | None = None


def problem_with(annotation: Annotation, landmarks: Sequence[str], size: tuple[int, int]) -> str:
    """Say what is wrong with an annotation of an image of (height, width) pixels; empty where nothing is."""
    if annotation.landmark not in landmarks:
        close = get_close_matches(annotation.landmark, landmarks, n=3)
        hint = f"close to it: {', '.join(close)}" if close else f"there are: {', '.join(landmarks)}"
        return f"the scheme has no landmark {annotation.landmark!r} ({hint})"
    if annotation.point is None or not annotation.state.has_point:
        if annotation.state.has_point == (annotation.point is not None):
            return ""
        found = "has no coordinates" if annotation.point is None else "has coordinates"
        return f"{annotation.landmark} is {annotation.state.value}, but {found}"
    y, x = annotation.point
    if not (math.isfinite(y) and math.isfinite(x)):
        return f"{annotation.landmark} is {annotation.state.value}, but its coordinates are x {x}, y {y}"
    height, width = size
    if not (-0.5 <= y <= height - 0.5 and -0.5 <= x <= width - 0.5):
        return (
            f"{annotation.landmark} at x {x:g}, y {y:g} lies outside the image of {width} x {height} pixels "
            f"(x from -0.5 to {width - 0.5}, y from -0.5 to {height - 0.5}; whole numbers are pixel centres)"
        )
    return ""

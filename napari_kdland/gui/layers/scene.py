"""What Compare shows: the image on screen, what each source says of it, and how the user wants to see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from napari_kdland.evaluation.found_by import NOT_RECORDED

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from napari_kdland.anatomy import Landmarks
    from napari_kdland.evaluation.found_by import FoundBy
    from napari_kdland.gui.layers.style import Style
    from napari_kdland.project import Record
    from napari_kdland.session.outlines import Outlined

OFF, CURRENT, MAXIMUM = "off", "current landmark", "maximum"


class View(StrEnum):
    """Ways of seeing several sources of one image."""

    SIDE_BY_SIDE = "side by side"
    OVERLAY = "overlay"
    SWIPE = "swipe"
    BLINK = "blink"
    DIFFERENCE = "difference"

    @property
    def is_of_two(self) -> bool:
        """Whether it shows two sources, whatever the number ticked."""
        return self in (View.SWIPE, View.BLINK, View.DIFFERENCE)


class Spread(StrEnum):
    """What is drawn around a predicted landmark: an ellipse of its heatmap, or a disc that holds the truth."""

    OFF = "off"
    ONE_SD = "ellipse 1 SD"
    MOST = "ellipse 95 %"
    DISC_80 = "disc 80 %"
    DISC_90 = "disc 90 %"
    DISC_95 = "disc 95 %"

    @property
    def level(self) -> float | None:
        """Probability with which the truth lies within the disc; `None` where none is drawn."""
        return {Spread.DISC_80: 0.8, Spread.DISC_90: 0.9, Spread.DISC_95: 0.95}.get(self)


@dataclass(frozen=True)
class Scene:
    """The image on screen: its record, the readers' landmarks, the landmark the user works on.

    `masks` are the readers' regions; `None` where there are none.
    """

    record: Record
    truth: Landmarks
    current: str | None
    masks: Outlined | None = None


@dataclass(frozen=True)
class Shown:
    """What a source says of the image on screen.

    `heatmaps` (L, h, w) may be missing; `scale` and `translate` lay them on the image (see `Placement`). `masks`
    are `None` where the source knows no regions. `covariance` (L, 2, 2) is in image pixels squared, (y, x), NaN where
    a landmark has none, and `None` where the source gives none; a run's is calibrated where val has landmarks.
    `radii_px` (L,) by level are those of discs that hold the truth, infinite where val has too few labels; `found_by`
    says how covariance and radii were found.
    """

    run: str
    style: Style
    landmarks: Landmarks
    heatmaps: NDArray[np.float16] | None = None
    scale: float = 1.0
    translate: tuple[float, float] = (0.0, 0.0)
    masks: Outlined | None = None
    covariance: NDArray[np.float64] | None = None
    radii_px: Mapping[float, NDArray[np.float64]] = field(default_factory=dict)
    found_by: FoundBy = NOT_RECORDED


@dataclass(frozen=True)
class Wish:
    """How the sources are to be shown: in which view, which heatmap, errors, regions, ellipses or discs or not.

    `pair` names the first and the second source of a view of two, the first two where it is `None`; `split` is where a
    swipe parts them, as a share of the image's width.
    """

    view: View = View.SIDE_BY_SIDE
    heatmap: str = MAXIMUM
    errors: bool = True
    regions: bool = True
    spread: Spread = Spread.OFF
    pair: tuple[str, str] | None = None
    split: float = 0.5

    @property
    def side_by_side(self) -> bool:
        """Whether each source has a cell of its own."""
        return self.view is View.SIDE_BY_SIDE

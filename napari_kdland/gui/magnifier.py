"""An inset that shows the surroundings of a place four times enlarged, with a cross-hair and the landmarks."""

# mypy: allow-subclassing-any
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QWidget

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENLARGED = 4
_SIDE = 180
# The cross-hair leaves the middle free, so that the landmark's own pixels are seen.
_GAP = 7
_RING = 6
_HAIR = "#F0E442"
_LANDMARK = "#FFFFFF"


@dataclass(frozen=True)
class Seen:
    """What the magnifier looks at.

    Parameters
    ----------
    picture : (H, W)
        The radiograph as the window shows it.
    limits
        Its darkest and its brightest value.
    is_inverted
        Whether dark is shown bright.
    points : (N, 2)
        (y, x) of landmarks in image pixels.
    """

    picture: NDArray[np.float32]
    limits: tuple[float, float]
    is_inverted: bool
    points: NDArray[np.float64]


class Magnifier(QWidget):
    """Lies over the canvas and lets the mouse through.

    Parameters
    ----------
    canvas
        The widget that it lies on.
    """

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.resize(self.sizeHint())
        self._seen: Seen | None = None
        self._middle = (0.0, 0.0)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(_SIDE, _SIDE)

    @property
    def middle(self) -> tuple[float, float]:
        """The place (y, x) in image pixels under the cross-hair."""
        return self._middle

    def look_at(self, seen: Seen, middle: tuple[float, float]) -> None:
        """Show the surroundings of (y, x) in image pixels."""
        self._seen = seen
        self._middle = middle
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#000000"))
        if self._seen is not None:
            self._paint_picture(painter, self._seen)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_landmarks(painter, self._seen)
        self._paint_hair(painter)
        painter.setPen(QPen(QColor(_HAIR), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_picture(self, painter: QPainter, seen: Seen) -> None:
        grey, (top, left) = crop(seen, self._middle, _SIDE / 2 / ENLARGED)
        if not grey.size:
            return
        height, width = grey.shape
        image = QImage(grey.tobytes(), width, height, width, QImage.Format.Format_Grayscale8)
        # The upper left corner of a pixel lies half a pixel before its centre.
        corner = self._on_screen(top - 0.5, left - 0.5)
        painter.drawImage(QRectF(corner.x(), corner.y(), width * ENLARGED, height * ENLARGED), image)

    def _paint_landmarks(self, painter: QPainter, seen: Seen) -> None:
        for pen in (QPen(QColor(0, 0, 0), 3), QPen(QColor(_LANDMARK), 1.5)):
            painter.setPen(pen)
            for y, x in seen.points:
                painter.drawEllipse(self._on_screen(y, x), _RING, _RING)

    def _paint_hair(self, painter: QPainter) -> None:
        middle = _SIDE / 2
        for pen in (QPen(QColor(0, 0, 0, 150), 3), QPen(QColor(_HAIR), 1)):
            painter.setPen(pen)
            for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0)):
                painter.drawLine(
                    QPointF(middle + right * _GAP, middle + down * _GAP),
                    QPointF(middle + right * middle, middle + down * middle),
                )

    def _on_screen(self, y: float, x: float) -> QPointF:
        return QPointF((x - self._middle[1]) * ENLARGED + _SIDE / 2, (y - self._middle[0]) * ENLARGED + _SIDE / 2)


def crop(seen: Seen, middle: tuple[float, float], reach: float) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """Cut out the pixels within `reach` of (y, x), in greys of 0..255 as the window shows them.

    Returns
    -------
    grey : (h, w)
        Empty where the place lies far outside the image.
    corner
        Row and column of its first pixel.
    """
    starts, stops = [], []
    for centre, length in zip(middle, seen.picture.shape, strict=True):
        starts.append(min(max(math.floor(centre - reach), 0), length))
        stops.append(min(max(math.ceil(centre + reach) + 1, 0), length))
    part = seen.picture[starts[0] : stops[0], starts[1] : stops[1]]
    low, high = seen.limits
    grey = np.clip((part - low) / max(high - low, 1e-9), 0.0, 1.0)
    if seen.is_inverted:
        grey = 1.0 - grey
    return np.ascontiguousarray(np.rint(255 * grey).astype(np.uint8)), (starts[0], starts[1])

"""The watched images in tiles: the radiograph, the heatmap over it, the reader's landmarks and the network's."""

# mypy: allow-subclassing-any
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QImage, QPainter, QPen
from qtpy.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from napari_kdland.engine.small_maps import unpacked
from napari_kdland.gui.widgets import button, row, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_kdland.events import Probed
    from napari_kdland.gui.desk import Desk
    from napari_kdland.session.probes import ProbePicture

_COLUMNS = 4
_SIDE, _CAPTION = 84, 15
_GLOW = np.array([255, 150, 40], dtype=np.float32)
_SEEN, _HALO, _READER = "#D55E00", "#000000", "#FFFFFF"
_WAITING = "What the network sees in the watched images is shown at every validation."
_BLIND = "You read blind: neither the reader's landmarks nor the network's are shown here."
_NONE = "No image can be watched: label some, or choose an image of val, train or pool."


class ProbeStrip(QWidget):
    """Shows what a network sees while it learns.

    Parameters
    ----------
    desk
        Its probes are shown; a click on a tile opens the image.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._probes = desk.probes
        self.tiles: dict[str, ProbeTile] = {}
        self.said = words()
        self._grid = QGridLayout()
        self._grid.setSpacing(4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(self._grid)
        layout.addWidget(self.said)
        self.watch = button("Watch this image", self._watch, "Watch the image on screen from the next training on")
        self.usual = button(
            "Usual images", self._probes.take_usual, "Watch four labelled images of val, or of train where val has none"
        )
        layout.addLayout(row(self.watch, self.usual))
        self._probes.changed.connect(self.look)
        desk.session.images_changed.connect(self.look)
        desk.session.blind.changed.connect(self.look)
        self.look()

    def look(self) -> None:
        """Show what was seen last; nothing of it to somebody who reads blind."""
        is_blind = self._desk.session.blind.is_on
        wanted = () if is_blind else tuple(self._probes.seen)
        if tuple(self.tiles) != wanted:
            self._lay(wanted)
        for image, tile in self.tiles.items():
            tile.show_probe(self._probes.seen[image], self._probes.pictures.get(image))
        if is_blind:
            self.said.setText(_BLIND)
            return
        n_next, request = len(self._probes.images), self._desk.trainings.request
        steps = {event.step for event in self._probes.seen.values()}
        shown = f"Step {max(steps)}; white: the reader, orange: the network." if steps else ""
        how = "chosen by you" if self._probes.is_chosen else "labelled images of val or train"
        coming = f"The next training watches {n_next} ({how})." if n_next else _NONE
        if self._desk.trainings.is_busy and request is not None and request.order.probes == self._probes.images:
            coming = ""  # what is watched now, or will be in a moment, is what the next one watches, too
        self.said.setText(" ".join(part for part in (shown or _WAITING, coming) if part))
        self.usual.setEnabled(self._probes.is_chosen)

    def release(self) -> None:
        """Listen no longer."""
        self._probes.changed.disconnect(self.look)
        self._desk.session.images_changed.disconnect(self.look)
        self._desk.session.blind.changed.disconnect(self.look)

    def _lay(self, images: tuple[str, ...]) -> None:
        for tile in self.tiles.values():
            self._grid.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self.tiles = {}
        for place, image in enumerate(images):
            tile = self.tiles[image] = ProbeTile()
            tile.clicked.connect(partial(self._desk.attempt, self._desk.session.paging.go_to))
            self._grid.addWidget(tile, place // _COLUMNS, place % _COLUMNS)

    def _watch(self) -> None:
        self._desk.attempt(lambda: self._probes.watch(self._desk.session.the_record()))


class ProbeTile(QWidget):
    """One watched image; `clicked` emits its number."""

    clicked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.event_shown: Probed | None = None
        self.picture: ProbePicture | None = None
        self.caption = ""
        self._image: QImage | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(_SIDE, _SIDE + _CAPTION)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return self.sizeHint()

    def show_probe(self, event: Probed, picture: ProbePicture | None) -> None:
        """Show what was seen, over its image where that has been read."""
        if event is self.event_shown and picture is self.picture:
            return
        self.event_shown, self.picture = event, picture
        error = None if picture is None else picture.error_px(event.points)
        self.caption = "" if error is None else f"{error:.1f} px"
        if picture is not None:
            self._image = as_image(over_grey(picture.grey, unpacked(event.heatmap)))
            errors = "" if error is None else f"\nmean radial error {error:.2f} px (image pixels)"
            self.setToolTip(f"{picture.name}, step {event.step}{errors}\nClick to open the image.")
        self.update()

    def mouseReleaseEvent(self, event: Any) -> None:  # noqa: N802, ARG002 - Qt's name and signature
        """Open the image."""
        if self.picture is not None:
            self.clicked.emit(self.picture.image_id)

    def paintEvent(self, _event: Any) -> None:  # noqa: N802 - Qt's name
        """Draw image, heatmap and points, and the error below."""
        side = min(self.width(), self.height() - _CAPTION)
        left = (self.width() - side) / 2
        square = QRectF(left, 0, side, side)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._image is None:
            painter.fillRect(square, QColor(_HALO))
        else:
            painter.drawImage(square, self._image)
            self._draw_points(painter, square)
        painter.setPen(self.palette().windowText().color())
        below = QRectF(0, side, self.width(), _CAPTION)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.caption)
        painter.end()

    def _draw_points(self, painter: QPainter, square: QRectF) -> None:
        picture, event = self.picture, self.event_shown
        if picture is None or event is None or not event.points:
            return
        scale = square.width() / len(picture.grey)
        seen = (picture.placement.to_input(np.array(event.points)) + 0.5) * scale
        read = (picture.placement.to_input(picture.readers) + 0.5) * scale
        both = zip(read, seen, strict=True) if len(read) == len(seen) else ()
        for one, other in both:
            if np.isfinite(one).all():
                painter.setPen(QPen(QColor(_SEEN), 1))
                painter.drawLine(_at(square, one), _at(square, other))
                _ring(painter, _at(square, one))
        painter.setPen(QPen(QColor(_HALO), 1))
        painter.setBrush(QColor(_SEEN))
        for point in seen:
            painter.drawEllipse(_at(square, point), 2.5, 2.5)


def over_grey(grey: NDArray[np.uint8], heatmap: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Lay a heatmap (h, h) over a grey image (S, S): the stronger, the more of its colour; gives (S, S, 3)."""
    colours = np.repeat(grey[..., None], 3, axis=2).astype(np.float32)
    if heatmap.size:
        times = -(-len(grey) // len(heatmap))
        share = 0.75 * np.kron(heatmap, np.ones((times, times), dtype=np.float32))[: len(grey), : len(grey), None]
        colours = (1 - share) * colours + share * _GLOW
    return np.ascontiguousarray(colours.round().astype(np.uint8))


def as_image(colours: NDArray[np.uint8]) -> QImage:
    """Give an array (H, W, 3) as Qt's image; a copy, so that the array may go."""
    height, width, _ = colours.shape
    return QImage(colours.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _at(square: QRectF, point: NDArray[np.float64]) -> QPointF:
    return QPointF(square.left() + float(point[1]), square.top() + float(point[0]))


def _ring(painter: QPainter, centre: QPointF) -> None:
    for colour, width in ((_HALO, 3.0), (_READER, 1.4)):
        painter.setPen(QPen(QColor(colour), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(centre, 3.5, 3.5)

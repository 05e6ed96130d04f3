"""The atlas picture beside the current landmark: where it lies, among the others; a click chooses."""

# mypy: allow-subclassing-any
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QWidget

from napari_kdland.gui.layers.style import landmark_colours
from napari_kdland.session.atlas import Atlas, Portrait, atlas_of, knows, make_portrait
from napari_kdland.session.shapes import shape_of

if TYPE_CHECKING:
    from napari_kdland.gui.desk import Desk
    from napari_kdland.session.job_runner import JobHandle

_SIDE = 132
_NEAR = 12
# Of a dot, in pixels: a hue needs more of them to be told.
_PLAIN, _COLOURED = 2.0, 3.0
_CURRENT, _OTHER, _LINE = "#F0E442", "#FFFFFF", "#56B4E9"


class AtlasPicture(QWidget):
    """Shows the scheme's landmarks on a synthetic radiograph, the current one large; hidden where nothing is known.

    Parameters
    ----------
    desk
        What it works on. The picture is made in the background.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._session = desk.session
        self._portrait: Portrait | None = None
        self._handle: JobHandle[Portrait] | None = None
        self.atlas: Atlas | None = None
        self.setFixedSize(self.sizeHint())
        self.setToolTip("Where the current landmark lies (yellow), on a synthetic radiograph. Click a dot to choose it")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._session.project_changed.connect(self._on_project)
        self._session.current_changed.connect(self._on_current)
        self._session.image_changed.connect(self._on_image)
        self._on_project()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(_SIDE, _SIDE)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        landmark = self.landmark_at(event.pos().y(), event.pos().x())
        if landmark is not None and self._session.landmarks is not None:
            self._session.choose(landmark)

    def landmark_at(self, row: float, column: float) -> str | None:
        """Give the landmark near a place of the widget, `None` where there is none."""
        if self.atlas is None:
            return None
        away = np.linalg.norm(self._places(self.atlas) - (row, column), axis=1)
        away = np.where(np.isfinite(away), away, np.inf)
        nearest = int(np.argmin(away))
        return self.atlas.landmarks.names[nearest] if away[nearest] <= _NEAR else None

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if self.atlas is None:
            return
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        height, width = self.atlas.picture.shape
        image = QImage(self.atlas.picture.tobytes(), width, height, width, QImage.Format.Format_Grayscale8)
        painter.drawImage(QRectF(0, 0, _SIDE, _SIDE), image)
        self._paint_lines(painter, self.atlas)
        self._paint_landmarks(painter, self.atlas)
        painter.end()

    def _paint_lines(self, painter: QPainter, atlas: Atlas) -> None:
        project = self._session.project
        places = dict(zip(atlas.landmarks.names, self._places(atlas), strict=True))
        painter.setPen(QPen(QColor(_LINE), 1))
        for pair in () if project is None else project.scheme.skeleton:
            start, end = (places[name] for name in pair)
            if np.isfinite([start, end]).all():
                painter.drawLine(QPointF(start[1], start[0]), QPointF(end[1], end[0]))

    def _paint_landmarks(self, painter: QPainter, atlas: Atlas) -> None:
        project = self._session.project
        colours = {} if project is None else landmark_colours(project.scheme)
        for name, (y, x) in zip(atlas.landmarks.names, self._places(atlas), strict=True):
            if np.isfinite((y, x)).all() and (name != self._session.current or name in colours):
                painter.setPen(QPen(QColor(0, 0, 0), 1))
                painter.setBrush(QColor(colours.get(name, _OTHER)))
                radius = _COLOURED if name in colours else _PLAIN
                painter.drawEllipse(QPointF(x, y), radius, radius)
        names = atlas.landmarks.names
        if self._session.current in names and atlas.landmarks.state_of(self._session.current).has_point:
            y, x = self._places(atlas)[names.index(self._session.current)]
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for pen in (QPen(QColor(0, 0, 0), 5), QPen(QColor(_CURRENT), 2.5)):
                painter.setPen(pen)
                painter.drawEllipse(QPointF(x, y), 7.0, 7.0)

    def _places(self, atlas: Atlas) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        """Give (y, x) of the landmarks (L, 2) in the widget."""
        return (atlas.landmarks.points + 0.5) * (_SIDE / np.array(atlas.picture.shape))

    def _on_project(self) -> None:
        self.atlas = None
        project = self._session.project
        names = () if project is None else project.scheme.landmark_names
        if project is not None and self._portrait is None and self._handle is None and knows(names):
            job = partial(make_portrait, project.layout.cache_folder)
            where = self._desk.apart
            self._handle = self._desk.runner.start("Draw the atlas", where(job), on_end=self._arrived, lane="atlas")
        self._draw()

    def _on_current(self) -> None:
        self.update()

    def _on_image(self) -> None:
        # The first labels of a scheme that phantoms do not know make its first picture.
        if self.atlas is None:
            self._draw()
        self.update()

    def _arrived(self, handle: JobHandle[Portrait]) -> None:
        self._handle, self._portrait = None, handle.result
        if not self._desk.is_closing:
            self._draw()

    def _draw(self) -> None:
        project = self._session.project
        if project is not None and project.scheme.landmarks:
            self.atlas = atlas_of(project.scheme.landmark_names, self._portrait, shape_of(project))
        self.setVisible(self.atlas is not None)
        self.update()

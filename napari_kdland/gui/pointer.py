"""What goes with the mouse over the canvas: the name of the current landmark, and a magnifier where one is wanted."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QEvent, QObject, QPoint, Qt
from qtpy.QtWidgets import QLabel, QWidget

from napari_kdland.gui.compat import canvas_in
from napari_kdland.gui.magnifier import Magnifier, Seen
from napari_kdland.gui.widgets import in_colour
from napari_kdland.session.placing import PlacingMode

if TYPE_CHECKING:
    from napari_kdland.gui.compat import ViewerModel
    from napari_kdland.gui.layers.pool import LayerPool
    from napari_kdland.session.session import Session

# From the tip of the mouse, and from the edge of the canvas, in screen pixels.
_BESIDE = QPoint(16, 14)
_MARGIN = 10
_STYLE = "background: rgba(0, 0, 0, 170); color: #F0E442; border-radius: 4px; padding: 1px 6px; font-weight: bold;"
_SIGNS = {PlacingMode.SEQUENCE: "", PlacingMode.AGAIN: " · again", PlacingMode.THROUGH: " · through the images"}


class Pointer(QObject):
    """Shows the current landmark beside the mouse; both are widgets over the canvas, so that no layer is redrawn.

    Parameters
    ----------
    viewer, session, pool
        Over whose canvas, of whose image, in whose grey values.
    """

    def __init__(self, viewer: ViewerModel, session: Session, pool: LayerPool) -> None:
        super().__init__()
        self._viewer = viewer
        self._session = session
        self._pool = pool
        self._canvas: QWidget | None = None
        self._mouse: QPoint | None = None
        self._magnifies = False
        self._tool = ""
        self.label: QLabel | None = None
        self.magnifier: Magnifier | None = None
        viewer.cursor.events.position.connect(self._on_cursor)
        session.current_changed.connect(self._on_current)
        session.image_changed.connect(self._on_image)
        session.landmarks_changed.connect(self._on_landmarks)
        session.placing.changed.connect(self._show_label)

    @property
    def magnifies(self) -> bool:
        """Whether the magnifier is wanted."""
        return self._magnifies

    def name_tool(self, tool: str) -> None:
        """Name a tool beside the mouse, in the landmark's place as a click places none; empty for none."""
        self._tool = tool
        self._show_label()

    def live_in(self, window: QWidget) -> None:
        """Go over the canvas of a window, where it has one."""
        canvas = canvas_in(window)
        if canvas is None or canvas is self._canvas:
            return
        self._leave()
        self._canvas = canvas
        self.label, self.magnifier = QLabel(canvas), Magnifier(canvas)
        self.label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.label.setStyleSheet(_STYLE)
        self.label.hide()
        self.magnifier.hide()
        canvas.installEventFilter(self)

    def close(self) -> None:
        """Go away."""
        self._viewer.cursor.events.position.disconnect(self._on_cursor)
        self._session.current_changed.disconnect(self._on_current)
        self._session.image_changed.disconnect(self._on_image)
        self._session.landmarks_changed.disconnect(self._on_landmarks)
        self._session.placing.changed.disconnect(self._show_label)
        self._leave()

    def toggle_magnifier(self) -> None:
        """Show the magnifier, or put it away."""
        self._magnifies = not self._magnifies
        if self.magnifier is not None:
            self._put_magnifier()
            self._look_at_landmark()
            self.magnifier.setVisible(self._magnifies and self._pool.exists)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Follow the mouse; the events themselves are left to the canvas."""
        if watched is self._canvas:
            if event.type() == QEvent.Type.MouseMove:
                was_away, self._mouse = self._mouse is None, event.pos()
                if was_away:
                    self._show_label()
                self._put_label()
                self._put_magnifier()
            elif event.type() == QEvent.Type.Leave:
                self._mouse = None
                self._show_label()
            elif event.type() == QEvent.Type.Resize:
                self._put_magnifier()
        return False

    def _leave(self) -> None:
        if self._canvas is not None:
            self._canvas.removeEventFilter(self)
        for each in (self.label, self.magnifier):
            if each is not None:
                each.hide()
                each.setParent(None)
                each.deleteLater()
        self._canvas = self._mouse = self.label = self.magnifier = None

    def _on_current(self) -> None:
        self._show_label()
        self._look_at_landmark()

    def _on_image(self) -> None:
        self._show_label()
        if self.magnifier is not None:
            self.magnifier.setVisible(self._magnifies and self._pool.exists)
            self._look(self.magnifier.middle)

    def _on_landmarks(self) -> None:
        self._look_at_landmark()

    def _on_cursor(self, event: Any) -> None:
        if self._magnifies and self._pool.exists:
            y, x = self._pool.reader.radiograph.world_to_data(event.value)[-2:]
            self._look((float(y), float(x)))

    def _show_label(self) -> None:
        if self.label is None:
            return
        session = self._session
        is_wanted = self._mouse is not None and session.current is not None and session.landmarks is not None
        if self._tool and self._mouse is not None:
            self._write(self._tool)
            is_wanted = True
        elif is_wanted and session.current is not None and session.landmarks is not None:
            number = session.landmarks.names.index(session.current) + 1
            scheme = session.the_project().scheme
            text = f"{number}  {scheme.title_of(session.current)}{_SIGNS[session.placing.mode]}"
            self._write(in_colour(text, scheme.colour_of(session.current)))
        self.label.setVisible(is_wanted)

    def _write(self, text: str) -> None:
        if self.label is not None:
            self.label.setText(text)
            self.label.adjustSize()
            self._put_label()

    def _put_label(self) -> None:
        if self.label is None or self._canvas is None or self._mouse is None:
            return
        room = self._canvas.size() - self.label.size()
        place = self._mouse + _BESIDE
        self.label.move(min(place.x(), room.width()), min(place.y(), room.height()))

    def _put_magnifier(self) -> None:
        """Lay it into the upper right corner, or the left one where the mouse is near the right one."""
        if self.magnifier is None or self._canvas is None:
            return
        right = self._canvas.width() - self.magnifier.width() - _MARGIN
        place = QPoint(right, _MARGIN)
        if self._mouse is not None:
            near = self.magnifier.rect().translated(place).adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
            place = QPoint(_MARGIN, _MARGIN) if near.contains(self._mouse) else place
        self.magnifier.move(place)

    def _look_at_landmark(self) -> None:
        """Look at the landmark that a nudge would move, until the mouse moves."""
        landmark, landmarks = self._session.nudging.target(), self._session.landmarks
        if landmark is not None and landmarks is not None:
            y, x = landmarks[landmark]
            self._look((float(y), float(x)))

    def _look(self, middle: tuple[float, float]) -> None:
        is_shown = self._session.radiograph is not None and self._pool.exists
        if self.magnifier is None or not self._magnifies or not is_shown:
            return
        layer, points = self._pool.reader.radiograph, self._pool.reader.landmarks
        low, high = layer.contrast_limits
        drawn = np.asarray(points.data, dtype=np.float64).reshape(-1, 2)
        seen = Seen(layer.data, (float(low), float(high)), layer.colormap.name.endswith("_r"), drawn)
        self.magnifier.look_at(seen, middle)

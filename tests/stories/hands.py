"""Mouse and keyboard in a real napari window."""

import numpy as np


class Hands:
    """Mouse and keyboard over the canvas; places are (y, x) in image pixels."""

    def __init__(self, viewer, widget, qtbot):
        from qtpy.QtTest import QTest

        self.viewer, self.widget, self.qtbot, self.test = viewer, widget, qtbot, QTest
        self.canvas = viewer.window._qt_viewer.canvas.native

    def at(self, place):
        from qtpy.QtCore import QPoint

        camera = self.viewer.scene.camera
        world = np.array(place) * self.widget.desk.pool.frame.scale
        size = np.array([self.canvas.height(), self.canvas.width()])
        y, x = (world - np.array(camera.center)[-2:]) * camera.zoom + size / 2
        return QPoint(round(x), round(y))

    def click(self, place):
        from qtpy.QtCore import Qt

        self.test.mouseMove(self.canvas, self.at(place))
        self.test.mouseClick(self.canvas, Qt.MouseButton.LeftButton, pos=self.at(place))
        self.qtbot.wait(1)

    def press(self, place):
        from qtpy.QtCore import Qt

        self.test.mouseMove(self.canvas, self.at(place))
        self.test.mousePress(self.canvas, Qt.MouseButton.LeftButton, pos=self.at(place))

    def move(self, place):
        """Move with the button held: QTest's own move does not say so."""
        from qtpy.QtCore import QEvent, QPointF, Qt
        from qtpy.QtGui import QMouseEvent
        from qtpy.QtWidgets import QApplication

        point = QPointF(self.at(place))
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(self.canvas, QMouseEvent(QEvent.Type.MouseMove, point, point, left, left, none))
        self.qtbot.wait(20)  # vispy drops moves in quick succession

    def release(self, place):
        from qtpy.QtCore import Qt

        self.test.mouseRelease(self.canvas, Qt.MouseButton.LeftButton, pos=self.at(place))
        self.qtbot.wait(1)

    def key(self, name, *modifiers):
        from qtpy.QtCore import Qt

        held = Qt.KeyboardModifier.NoModifier
        for modifier in modifiers:
            held |= getattr(Qt.KeyboardModifier, f"{modifier}Modifier")
        self.test.keyClick(self.canvas, getattr(Qt.Key, f"Key_{name}"), held)
        self.qtbot.wait(1)

"""The sources' shapes outside the viewer: in legends, lists and plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph
from pyqtgraph.graphicsItems.ScatterPlotItem import renderSymbol
from qtpy.QtCore import QBuffer, QByteArray, QIODevice, QPointF
from qtpy.QtGui import QColor, QIcon, QImage, QPainter, QPen, QPixmap

if TYPE_CHECKING:
    from napari_kdland.gui.layers.style import Style

# napari's names of shapes to pyqtgraph's.
SYMBOLS = {
    "ring": "o",
    "disc": "o",
    "triangle_up": "t1",
    "triangle_down": "t",
    "square": "s",
    "diamond": "d",
    "star": "star",
    "cross": "+",
    "x": "x",
    "clobber": "p",
    "vbar": "|",
    "hbar": "_",
    "arrow": "t2",
    "tailed_arrow": "arrow_right",
}
_SIZE = 13


def icon(style: Style) -> QIcon:
    """Draw a source's shape in its colour, with a dark rim that is seen on light ground too."""
    return QIcon(QPixmap.fromImage(_image(style)))


def html_image(style: Style) -> str:
    """Give a source's shape as an image for rich text."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    _image(style).save(buffer, "PNG")
    return f'<img src="data:image/png;base64,{bytes(data.toBase64()).decode()}">'


def _image(style: Style) -> QImage:
    if style.symbol == "ring":
        return _ring(style.colour)
    image: QImage = renderSymbol(
        SYMBOLS[style.symbol], _SIZE, pyqtgraph.mkPen("#000000"), pyqtgraph.mkBrush(style.colour)
    )
    return image


def _ring(colour: str) -> QImage:
    """Draw a ring between two dark rims, as on the image: a light ring alone is not seen on light ground."""
    image = QImage(_SIZE + 3, _SIZE + 3, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = QPointF(image.width() / 2, image.height() / 2)
    for ink, width in (("#000000", 5.0), (colour, 2.4)):
        painter.setPen(QPen(QColor(ink), width))
        painter.drawEllipse(middle, _SIZE / 2 - 1.5, _SIZE / 2 - 1.5)
    painter.end()
    return image

"""The sources' shapes outside the viewer: in legends, lists and plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph
from pyqtgraph.graphicsItems.ScatterPlotItem import renderSymbol
from qtpy.QtCore import QBuffer, QByteArray, QIODevice
from qtpy.QtGui import QIcon, QImage, QPixmap

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
    is_hollow = style.symbol == "ring"
    pen = pyqtgraph.mkPen(style.colour if is_hollow else "#000000", width=2 if is_hollow else 1)
    brush = pyqtgraph.mkBrush("#000000" if is_hollow else style.colour)
    image: QImage = renderSymbol(SYMBOLS[style.symbol], _SIZE, pen, brush)
    return image

"""Everything we take from napari by name: where napari moves something, this is the one file to change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app_model.backends.qt import qkeysequence2modelkeybinding

# napari ships no type information, so that its classes are Any to mypy.
from napari.components import ViewerModel  # type: ignore[import-untyped]
from napari.layers import Image, Labels, Layer, Points, Shapes, Vectors  # type: ignore[import-untyped]
from napari.utils import Colormap, DirectLabelColormap  # type: ignore[import-untyped]
from napari.utils.key_bindings import coerce_keybinding  # type: ignore[import-untyped]
from napari.utils.notifications import show_error, show_info  # type: ignore[import-untyped]
from qtpy import API_NAME
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeyEvent, QKeySequence
from qtpy.QtWidgets import QMainWindow, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Colormap",
    "DirectLabelColormap",
    "Image",
    "Labels",
    "Layer",
    "Points",
    "Shapes",
    "Vectors",
    "ViewerModel",
    "camera_of",
    "canvas_in",
    "colorbar_of",
    "grid_of",
    "key_of",
    "name_overlay_of",
    "painting_colours",
    "same_key",
    "scale_bar_of",
    "show_error",
    "show_info",
    "text_overlay_of",
    "viewbox_of",
]


def camera_of(viewer: ViewerModel) -> Any:
    """Give the camera; `viewer.camera` is deprecated since napari 0.9."""
    return viewer.scene.camera


def canvas_in(window: QWidget) -> QWidget | None:
    """Give the widget that napari draws in; napari has no public name for it, but Qt knows the window's children."""
    middle = window.centralWidget() if isinstance(window, QMainWindow) else None
    children = [] if middle is None else middle.findChildren(QWidget)
    return next((child for child in children if child.inherits("QOpenGLWidget")), None)


def colorbar_of(layer: Image) -> Any:
    """Give the overlay that draws a layer's colours with their values."""
    return layer.colorbar


def grid_of(viewer: ViewerModel) -> Any:
    """Give the grid; `viewer.grid` is deprecated since napari 0.9."""
    return viewer.canvas.grid


def key_of(event: QKeyEvent) -> Any:
    """Give the key of an event as napari's keymaps hold it."""
    # PyQt5 has integers where PyQt6 has flags.
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    code = int(modifiers) | event.key() if API_NAME == "PyQt5" else modifiers | Qt.Key(event.key())
    return qkeysequence2modelkeybinding(QKeySequence(code))


def same_key(key: Any, name: str) -> bool:
    """Tell whether a key is the one of that name."""
    return bool(key == coerce_keybinding(name))


def name_overlay_of(layer: Layer) -> Any:
    """Give the overlay that writes a layer's name into its cell."""
    return layer.name_overlay


def scale_bar_of(viewer: ViewerModel) -> Any:
    """Give the scale bar; `viewer.scale_bar` is deprecated since napari 0.9."""
    return viewer.canvas.overlays.scale_bar


def painting_colours(colours: Sequence[str]) -> DirectLabelColormap:
    """Give label 0 no colour, label 1 the first of `colours` and so on; labels beyond have none."""
    by_label: dict[int | None, str] = {None: "transparent", 0: "transparent"}
    return DirectLabelColormap(color_dict=by_label | dict(enumerate(colours, start=1)))


def text_overlay_of(viewer: ViewerModel) -> Any:
    """Give the overlay of words over the canvas; `viewer.text_overlay` is deprecated since napari 0.9."""
    return viewer.canvas.overlays.text


def viewbox_of(viewer: ViewerModel) -> tuple[float, float]:
    """Give (height, width) in screen pixels of the canvas, or of one cell of its grid."""
    height, width = viewer.canvas.viewbox_size(viewer.layers)
    return float(height), float(width)

"""What every panel is: a widget at the desk that lets go of the viewer when the window closes."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QWidget

if TYPE_CHECKING:
    from napari_kdland.gui.desk import Desk


class Panel(QWidget):
    """One panel.

    Parameters
    ----------
    desk
        What every panel works on.

    Attributes
    ----------
    is_about_images
        Whether the user looks at an image beside it; the bar for windows and positions then stands below it.
    without_project
        What one could do in it if a project were open; empty where it is of use without one.
    """

    is_about_images = True
    without_project = ""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.session = desk.session

    def release(self) -> None:
        """Let go of the viewer; called once, when the plugin closes."""

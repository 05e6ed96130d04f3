"""The menu of where landmarks can be copied from, at the mouse or under a button."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtGui import QCursor
from qtpy.QtWidgets import QApplication, QMenu, QPushButton

from napari_kdland.gui.shortcuts import shown

if TYPE_CHECKING:
    from napari_kdland.anatomy import Origin
    from napari_kdland.gui.desk import Desk
    from napari_kdland.session.copying import Copied

_TITLES = {"image": "Image before: {}", "shape": "Mean shape", "teacher": "Teacher: {}", "student": "Student: {}"}
_TOOLTIP = (
    "Fill landmarks that are not set from the image before, a run, or the mean shape laid over what is placed already. "
    "Copied points are uncertain until you move them or mark them placed"
)


class CopyMenu:
    """Makes the menu anew each time that it opens, as runs and images come and go.

    Parameters
    ----------
    desk
        What it works on.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._menu: QMenu | None = None
        desk.copying.copied.connect(self._say)

    def open(self) -> None:
        """Open it at the mouse, the first entry chosen, so that Enter copies.

        Raises
        ------
        AnnotationError
            If no image is on screen.
        """
        self._desk.session.the_record()
        self.close()
        self._menu = QMenu(QApplication.activeWindow())  # in the colours of napari's theme
        self.fill(self._menu)
        self._menu.popup(QCursor.pos())
        self._menu.setActiveAction(self._menu.actions()[0])

    def button(self) -> QPushButton:
        """Make a button that opens it."""
        made = QPushButton("Copy from")
        made.setToolTip(f"{_TOOLTIP} ({shown('copy')})")
        menu = QMenu(made)
        menu.aboutToShow.connect(partial(self._refill, menu))
        made.setMenu(menu)
        return made

    def fill(self, menu: QMenu) -> None:
        """Put in what can be copied from now; the same again, with replacing, in a menu of its own."""
        menu.setToolTipsVisible(True)
        sources = self._desk.copying.sources()
        self._list(menu, sources, replaces=False)
        menu.addSeparator()
        replacing = menu.addMenu("Replace what is set, too")
        self._list(replacing, sources, replaces=True)

    def close(self) -> None:
        """Take it off the screen."""
        if self._menu is not None:
            self._menu.close()
            self._menu.deleteLater()
            self._menu = None

    def _refill(self, menu: QMenu) -> None:
        menu.clear()
        self.fill(menu)

    def _list(self, menu: QMenu, sources: list[Origin], *, replaces: bool) -> None:
        for source in sources:
            action = menu.addAction(_TITLES[source.kind].format(source.name))
            action.setToolTip(_TOOLTIP)
            copy = partial(self._desk.copying.copy, source, replaces=replaces)
            action.triggered.connect(lambda _checked=False, copy=copy: self._desk.attempt(copy))

    def _say(self, copied: Copied) -> None:
        source = _TITLES[copied.origin.kind].format(copied.origin.name)
        count = f"{copied.n_landmarks} landmark{'' if copied.n_landmarks == 1 else 's'}"
        self._desk.say(
            f"{count} copied from {source[0].lower()}{source[1:]}: uncertain until you move them or press "
            f"{shown('placed')}. {shown('undo')} takes all of them back."
        )

"""The words over the image that say what was done to it and what its millimetres rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_kdland.gui.compat import text_overlay_of
from napari_kdland.gui.positions import look_text, spacing_text

if TYPE_CHECKING:
    from napari_kdland.gui.compat import ViewerModel
    from napari_kdland.session.session import Session
    from napari_kdland.session.windowing import Windowing


# Its longest usual line fits a canvas of 480 pixels, as a window of 1280 leaves.
_POINTS = 8
# "MONOCHROME1 inverted" above it is what happened when the file was read.
_TURNED = "black and white swapped on screen (I)"


class Badge:
    """Writes in a corner of the canvas what was applied to the image on screen.

    Parameters
    ----------
    viewer, session, windowing
        Where, and of what.
    """

    def __init__(self, viewer: ViewerModel, session: Session, windowing: Windowing) -> None:
        self._session = session
        self._windowing = windowing
        self._more = ""
        self._overlay = text_overlay_of(viewer)
        self._overlay.position = "bottom_left"
        self._overlay.font_size = _POINTS
        session.image_changed.connect(self.show)
        session.images_changed.connect(self.show)
        windowing.changed.connect(self.show)
        windowing.turned.connect(self.show)

    def close(self) -> None:
        """Part from the session and take the words away."""
        self._session.image_changed.disconnect(self.show)
        self._session.images_changed.disconnect(self.show)
        self._windowing.changed.disconnect(self.show)
        self._windowing.turned.disconnect(self.show)
        self._write("")

    def show(self) -> None:
        """Say it of the image on screen."""
        self._write(self.words())

    def words(self) -> str:
        """Give what is said: how it is shown, what its reader did, its spacing; empty where there is no image."""
        record, picture, look = self._session.record, self._session.radiograph, self._windowing.look
        if record is None or picture is None or look is None:
            return ""
        turned = _TURNED if self._windowing.is_inverted else ""
        lines = [look_text(look, picture), *picture.notes, turned, spacing_text(record.spacing), self._more]
        return "\n".join(line for line in lines if line)

    def add(self, line: str) -> None:
        """Say a line more, from now on, in place of the one that was added before."""
        if line != self._more:
            self._more = line
            self.show()

    def let_see(self, is_wanted: bool) -> None:
        """Show or hide it."""
        self._overlay.visible = is_wanted and bool(self._overlay.text)

    def _write(self, words: str) -> None:
        if self._overlay.text != words:
            self._overlay.text = words
        self.let_see(True)

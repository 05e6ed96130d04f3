"""The foot of the window: how the image is shown, and what is under the mouse."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QComboBox, QLabel, QSizePolicy, QVBoxLayout, QWidget

from napari_kdland.gui.positions import grey_text, limits_text, nearest_text, place_text
from napari_kdland.gui.widgets import button, row

if TYPE_CHECKING:
    from napari_kdland.gui.desk import Desk

_BY_HAND = "by hand"
_N_LINES = 3
_DRAG = "Ctrl and a drag over the image: to the right widens it, down darkens."


class LookBar(QWidget):
    """Chooses the window of the image on screen and tells what is under the mouse.

    It is there while an image is, and the panel in front is about images.

    Parameters
    ----------
    desk
        What it works on.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._session = desk.session
        self._windowing = desk.windowing
        self._is_wanted = True
        self.presets = QComboBox()
        self.presets.setToolTip(
            "Between which grey values the image is shown. First what its file offers, then windows made of the image: "
            "all but the darkest and brightest percent, the full range, the lungs (next one: W, as the file asks: "
            f"Shift+W).\n{_DRAG}\nIt is for the eye only: the network sees the same whatever you choose."
        )
        self.presets.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.presets.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.presets.setMinimumContentsLength(12)
        self.limits = QLabel()
        self.limits.setToolTip(f"Centre / width of the window, in grey values of the file.\n{_DRAG}")
        self.mouse = _Lines(_N_LINES)
        self.mouse.setToolTip(
            "Row and column, from 0 at the first pixel's centre; millimetres from there, with the source of the "
            "spacing; the grey value as the file has it; the nearest landmark and how far away it is."
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 0, 2, 0)
        layout.setSpacing(2)
        layout.addLayout(
            row(
                self.presets,
                self.limits,
                button("Invert", desk.actions.invert, "Black for white (I)", keeps_focus=True),
                button("Fit", desk.actions.fit, "Show the whole image (=)", keeps_focus=True),
                button("To all", self._windowing.apply_to_all, _TO_ALL, keeps_focus=True),
                stretch=0,
            )
        )
        layout.addWidget(self.mouse)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.presets.activated.connect(self._on_preset)
        self._session.image_changed.connect(self._on_image)
        self._windowing.changed.connect(self._on_look)
        desk.viewer.mouse_move_callbacks.append(self._on_mouse)
        self._on_image()

    def want(self, is_wanted: bool) -> None:
        """Say whether the panel in front leaves room for it."""
        self._is_wanted = is_wanted
        self.setVisible(is_wanted and self._session.record is not None)

    def release(self) -> None:
        """Let go of the viewer."""
        if self._on_mouse in self._desk.viewer.mouse_move_callbacks:
            self._desk.viewer.mouse_move_callbacks.remove(self._on_mouse)
        self._session.image_changed.disconnect(self._on_image)
        self._windowing.changed.disconnect(self._on_look)

    def _on_image(self) -> None:
        self.want(self._is_wanted)
        self.presets.clear()
        for preset in self._windowing.presets:
            self.presets.addItem(preset.title)
            self.presets.setItemData(self.presets.count() - 1, preset.title, Qt.ItemDataRole.ToolTipRole)
        self.mouse.setText("")
        self._on_look()

    def _on_look(self) -> None:
        look, picture = self._windowing.look, self._session.radiograph
        if look is None or picture is None:
            return
        self.presets.setCurrentText(look.preset.title)
        place = self.presets.currentIndex()
        self.presets.setItemText(place, f"{look.preset.title}, {_BY_HAND}" if look.is_by_hand else look.preset.title)
        self.limits.setText(limits_text(look, picture))

    def _on_preset(self, place: int) -> None:
        presets = self._windowing.presets
        if place < len(presets):
            self._windowing.choose(presets[place].title)

    def _on_mouse(self, _viewer: Any, event: Any) -> None:
        record, picture = self._session.record, self._session.radiograph
        if record is None or picture is None or not self._desk.pool.exists:
            return
        y, x = (float(each) for each in self._desk.pool.reader.radiograph.world_to_data(event.position)[-2:])
        parts = [place_text((y, x), record.spacing), grey_text(picture.value_at(round(y), round(x)), picture.unit)]
        if self._session.landmarks is not None:
            title_of = self._session.the_project().scheme.title_of
            parts.append(nearest_text((y, x), self._session.landmarks, record.spacing, title_of))
        self.mouse.setText(" · ".join(part for part in parts if part))


_TO_ALL = (
    "Show every image with this preset. A window by hand becomes the same values where they have a unit (HU), and the "
    "same shares of each image's own range elsewhere. Windows chosen for single images are forgotten."
)


_FRAME_PX = 10


class _Lines(QLabel):
    """A label of so many lines, however much it holds, so that nothing moves while the mouse does."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(200, self.heightForWidth(0))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return self.sizeHint()

    def heightForWidth(self, _width: int) -> int:  # noqa: N802 - Qt's name
        # napari's style puts a frame around its labels.
        return self._count * int(self.fontMetrics().lineSpacing()) + _FRAME_PX

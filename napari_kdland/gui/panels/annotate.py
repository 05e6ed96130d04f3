"""The Annotate panel: the landmarks of the image on screen, their states, undo, and when it was saved."""

# mypy: allow-subclassing-any
from __future__ import annotations

import html
from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from napari_kdland.anatomy import LandmarkState
from napari_kdland.gui.atlas_picture import AtlasPicture
from napari_kdland.gui.companion_bar import CompanionBar
from napari_kdland.gui.empty_state import EmptyState
from napari_kdland.gui.landmark_table import LandmarkTable
from napari_kdland.gui.panels.base import Panel
from napari_kdland.gui.positions import moment_text, spacing_text, when_text
from napari_kdland.gui.reader_name import ReaderName
from napari_kdland.gui.region_bar import RegionBar
from napari_kdland.gui.scheme_editor import edit_scheme
from napari_kdland.gui.shortcuts import shown
from napari_kdland.gui.tones import Tone, TonedLabel
from napari_kdland.gui.widgets import button, in_colour, label, row, words
from napari_kdland.session.placing import PlacingMode
from napari_kdland.session.session import NO_IMAGE

if TYPE_CHECKING:
    from napari_kdland.gui.actions import Actions
    from napari_kdland.gui.desk import Desk

_NO_IMAGES = "The project has no images yet. Import radiographs to place landmarks on them."
_NO_LANDMARKS = "The project's scheme has no landmarks to place: its regions are painted below."


class AnnotatePanel(Panel):
    """Shows the landmarks of the image on screen and lets the reader say what is known of them.

    Parameters
    ----------
    desk
        What every panel works on.
    """

    without_project = "Here the landmarks and regions of its radiographs are placed and painted."

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._actions: Actions = desk.actions
        self._image, self._chip, self._hint = words(), words(), words()
        self._chip.set_tone(Tone.CURRENT, sheet="font-size: 17px; font-weight: bold; padding: 2px 0;")
        self.saved = TonedLabel(tone=Tone.GOOD)
        self._count = QLabel()
        self.reader = ReaderName(desk)
        self.mode = QComboBox()
        self.mode.addItems([mode.value for mode in PlacingMode])
        self.mode.setToolTip(f"What a click places after the current landmark ({shown('next_mode')})")
        self.atlas = AtlasPicture(desk)
        self.table = LandmarkTable(desk)
        self.companions = CompanionBar(desk)
        self.regions = RegionBar(desk)
        self._landmark_part = QWidget()
        self._no_image = EmptyState(NO_IMAGE).offer(
            "To the Project panel",
            partial(desk.wanted.emit, "Project"),
            "Import radiographs, or choose one of the list",
        )
        self._no_landmarks = EmptyState(_NO_LANDMARKS).offer(
            "Edit scheme ...", partial(edit_scheme, desk, self), "Give the scheme landmarks; what is painted stays"
        )
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty_page())
        self._pages.addWidget(self._image_page())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 6, 4, 4)
        layout.addWidget(self._pages)
        self._connect()
        self._on_project()
        self._on_image()

    def _connect(self) -> None:
        session = self.session
        session.project_changed.connect(self._on_project)
        session.image_changed.connect(self._on_image)
        session.landmarks_changed.connect(self._on_landmarks)
        session.current_changed.connect(self._on_current)
        session.saved.connect(self._on_saved)
        session.placing.changed.connect(self._on_mode)
        self.mode.activated.connect(self._set_mode)

    def _empty_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.addWidget(self._no_image)
        layout.addStretch(1)
        return page

    def _image_page(self) -> QWidget:
        actions = self._actions
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._image)
        layout.addWidget(self._landmark_part, 1)
        layout.addWidget(self._no_landmarks)
        layout.addWidget(self.companions)
        layout.addWidget(self.regions)
        layout.addLayout(
            row(
                button("Undo", actions.undo, "Ctrl+Z, on whatever image it was", keeps_focus=True),
                button("Redo", actions.redo, "Ctrl+Shift+Z", keeps_focus=True),
                button("◀ Image", partial(actions.step_image, -1), "Previous image (B)", keeps_focus=True),
                button("Image ▶", partial(actions.step_image, 1), "Next image (N)", keeps_focus=True),
                button("Keys ?", actions.show_sheet, "All keys", keeps_focus=True),
                self.saved,
            )
        )
        layout.addLayout(row(self.reader, self._count, stretch=0))
        layout.addStretch(0)
        self._fill_landmark_part()
        return page

    def _fill_landmark_part(self) -> None:
        actions = self._actions
        layout = QVBoxLayout(self._landmark_part)
        layout.setContentsMargins(0, 0, 0, 0)
        said = QVBoxLayout()
        said.addWidget(self._chip)
        said.addWidget(self._hint, 1, Qt.AlignmentFlag.AlignTop)
        beside = QHBoxLayout()
        beside.addLayout(said, 1)
        beside.addWidget(self.atlas, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(beside)
        layout.addLayout(row(label("Placing"), self.mode, actions.copy_menu.button(), stretch=1))
        layout.addWidget(self.table, 1)
        layout.addLayout(
            row(
                _state_button("Absent (Q)", LandmarkState.ABSENT, actions, "It is not in the image"),
                _state_button("Uncertain (⇧Q)", LandmarkState.UNCERTAIN, actions, "It trains with half the weight"),
                _state_button("Occluded (O)", LandmarkState.OCCLUDED, actions, "Hidden, its place estimated"),
                _state_button("Reset (R)", LandmarkState.NOT_YET, actions, "Nothing is known of it yet"),
            )
        )

    def _on_project(self) -> None:
        project = self.session.project
        self._on_saved(None if project is None else project.steps.last_time())
        self._say_what_is_missing()
        if project is None:
            return
        has_landmarks = bool(project.scheme.landmarks)
        self._landmark_part.setVisible(has_landmarks)
        self._no_landmarks.setVisible(not has_landmarks)
        self._count.setVisible(has_landmarks)

    def _on_image(self) -> None:
        record = self.session.record
        self._pages.setCurrentIndex(0 if record is None else 1)
        if record is None:
            self._say_what_is_missing()
            return
        size = f"{record.size[0]} x {record.size[1]} px"
        facts = f"{record.split} · {size} · {spacing_text(record.spacing)}"
        self._image.setText(f"<b>{html.escape(record.name)}</b>  <small>{facts}</small>")
        self._on_landmarks()
        self._on_current()

    def _say_what_is_missing(self) -> None:
        project = self.session.project
        is_empty = project is not None and not project.records.count()
        self._no_image.say(_NO_IMAGES if is_empty else NO_IMAGE)

    def _on_landmarks(self) -> None:
        landmarks = self.session.landmarks
        if landmarks is None:
            return
        self._count.setText(f"{landmarks.n_known} of {len(landmarks)}")

    def _on_current(self) -> None:
        session = self.session
        if session.landmarks is None:
            return
        if session.current is None:
            self._chip.setText("All landmarks are set")
            self._hint.setText("N: next image. Drag a landmark to move it, or choose one to place it again.")
            return
        index = session.landmarks.names.index(session.current)
        landmark = session.the_project().scheme.landmarks[index]
        title = f"{index + 1}  {session.the_project().scheme.title_of(landmark.name)}"
        self._chip.setText(in_colour(title, landmark.colour))
        self._hint.setText(landmark.description)

    def _on_saved(self, time: str | None) -> None:
        self.saved.setText("" if time is None else f"saved {when_text(time)}")
        self.saved.setToolTip("" if time is None else f"The last edit is on the disk since {moment_text(time)}")

    def _on_mode(self) -> None:
        self.mode.setCurrentText(self.session.placing.mode.value)

    def _set_mode(self) -> None:
        self.session.placing.turn_to(PlacingMode(self.mode.currentText()))


def _state_button(text: str, state: LandmarkState, actions: Actions, tooltip: str) -> QWidget:
    return button(text, partial(actions.set_state, state), tooltip, keeps_focus=True)

"""The table of the landmarks of the image on screen: state, lock, source, review, place; works by mouse alone too."""

# mypy: allow-subclassing-any
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import QPoint, QRect, Qt
from qtpy.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QResizeEvent
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableWidget, QTableWidgetItem

from napari_kdland.anatomy import LandmarkState
from napari_kdland.gui.positions import moment_text, short_text
from napari_kdland.gui.shortcuts import shown
from napari_kdland.gui.tones import InkDelegate
from napari_kdland.gui.widgets import swatch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from napari_kdland.anatomy import Origin, Scheme
    from napari_kdland.gui.desk import Desk
    from napari_kdland.project import Edit, Review

STATES = {
    LandmarkState.PLACED: ("placed", "#4fc79b"),
    LandmarkState.OCCLUDED: ("occluded", "#56B4E9"),
    LandmarkState.UNCERTAIN: ("uncertain", "#E69F00"),
    LandmarkState.ABSENT: ("absent", "#CC79A7"),
    LandmarkState.NOT_YET: ("not yet", "#8a8f98"),
}
KEY, NAME, STATE, LOCK, SOURCE, REVIEWED, PLACE = range(7)
_HEADINGS = (
    ("Key", "The number key that chooses the landmark"),
    ("Landmark", "Click a row to choose its landmark"),
    ("State", "Double click: the next state that is possible. Right click: all states"),
    (
        "",
        f"Click: lock or unlock ({shown('lock')}); up here: all that are set. A locked landmark is changed by nothing",
    ),
    ("Source", "Whose point it is: a reader's, a run's, a file's, or copied"),
    ("✓", "Reviewed since the landmark was last changed"),
    ("y, x", "Place: in mm where the spacing is known, else in pixels"),
)
_SOURCE_PX = 66
# What a double click goes to from each state.
_AFTER = {
    LandmarkState.PLACED: LandmarkState.OCCLUDED,
    LandmarkState.OCCLUDED: LandmarkState.UNCERTAIN,
    LandmarkState.UNCERTAIN: LandmarkState.PLACED,
    LandmarkState.ABSENT: LandmarkState.NOT_YET,
    LandmarkState.NOT_YET: LandmarkState.ABSENT,
}


class LandmarkTable(QTableWidget):
    """Shows the landmarks of the image on screen and takes what the mouse does to them to the session.

    Parameters
    ----------
    desk
        What it works on.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(0, len(_HEADINGS))
        self._desk = desk
        self._session = desk.session
        self._padlock = _padlock()
        self.setItemDelegate(InkDelegate(self))
        self._set_up()
        self.cellClicked.connect(self._on_click)
        self.horizontalHeader().sectionClicked.connect(self._on_heading)
        self.cellDoubleClicked.connect(self._on_double_click)
        self.customContextMenuRequested.connect(self._on_menu)
        session = self._session
        session.project_changed.connect(self._on_project)
        session.image_changed.connect(self._fill)
        session.landmarks_changed.connect(self._fill)
        session.locking.changed.connect(self._fill)
        session.current_changed.connect(self._select)
        self._on_project()
        self._fill()

    def menu_of(self, landmark: str) -> QMenu:
        """Give the menu of a landmark: its states, its lock."""
        menu = QMenu(self)
        state = None if self._session.landmarks is None else self._session.landmarks.state_of(landmark)
        for each, (text, _) in STATES.items():
            action = menu.addAction(f"{text.capitalize()}\t{shown(each.value)}")
            action.setCheckable(True)
            action.setChecked(each is state)
            action.setEnabled(each is state or state is None or state.has_point or not each.has_point)
            action.triggered.connect(partial(self._set_state, landmark, each))
        menu.addSeparator()
        lock = menu.addAction(f"Locked\t{shown('lock')}")
        lock.setCheckable(True)
        lock.setChecked(self._session.locking.holds(landmark))
        lock.triggered.connect(partial(self._toggle_lock, landmark))
        return menu

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._give_names_room()

    def _set_up(self) -> None:
        self.setHorizontalHeaderLabels([text for text, _ in _HEADINGS])
        for column, (_, tooltip) in enumerate(_HEADINGS):
            self.horizontalHeaderItem(column).setToolTip(tooltip)
        self.horizontalHeaderItem(LOCK).setIcon(self._padlock)
        self.verticalHeader().hide()
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # so that the keys stay with the image
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setWordWrap(False)  # a row has one line: wrapped, only the first word of a title would be seen
        header = self.horizontalHeader()
        header.setMinimumSectionSize(24)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(SOURCE, QHeaderView.ResizeMode.Fixed)
        self.setColumnWidth(SOURCE, _SOURCE_PX)

    def _on_project(self) -> None:
        project = self._session.project
        landmarks = () if project is None else project.scheme.landmarks
        self.setRowCount(len(landmarks))
        for index, landmark in enumerate(landmarks):
            for column in range(len(_HEADINGS)):
                self.setItem(index, column, QTableWidgetItem())
            self.item(index, KEY).setText(str(index + 1) if index < 9 else ("0" if index == 9 else ""))
            self.item(index, NAME).setText(project.scheme.title_of(landmark.name) if project else "")
            self.item(index, NAME).setIcon(swatch(landmark.colour))

    def _fill(self) -> None:
        session, landmarks, record = self._session, self._session.landmarks, self._session.record
        if landmarks is None or record is None or self.rowCount() != len(landmarks):
            return
        project = session.the_project()
        # The unit stands in the heading, so that the names of landmarks have more room.
        self.horizontalHeaderItem(PLACE).setText("y, x px" if record.spacing is None else "y, x mm")
        details = project.annotations.details(record.image_id, reader=session.blind.only)
        reviews = project.reviews.of_images([record.image_id]).get(record.image_id, ())
        reviews = tuple(review for review in reviews if session.blind.only in (None, review.reader))
        for index, (name, state, point) in enumerate(landmarks):
            self._fill_state(index, state, point)
            self._fill_lock(index, name)
            self._fill_source(index, details.get(name), reviews)
            self._tell(index, project.scheme)
        self._give_names_room()
        self._select()

    def _tell(self, index: int, scheme: Scheme) -> None:
        """Let the name's tooltip say what its row may have no room for."""
        landmark, place = scheme.landmarks[index], self.item(index, PLACE).text()
        where = f"{self.horizontalHeaderItem(PLACE).text()}: {place}" if place else ""
        lines = (scheme.title_of(landmark.name), landmark.description, where)
        self.item(index, NAME).setToolTip("\n".join(line for line in lines if line))

    def _give_names_room(self) -> None:
        """Leave the places out where a name would be cut beside them."""
        header = self.horizontalHeader()
        self.setColumnHidden(PLACE, False)  # what is hidden has no width
        widths = [
            max(self.sizeHintForColumn(column), header.sectionSizeHint(column)) for column in range(len(_HEADINGS))
        ]
        widths[SOURCE] = _SOURCE_PX
        widths[PLACE] = max(widths[PLACE], self.fontMetrics().horizontalAdvance("1000.0, 1000.0"))
        self.setColumnHidden(PLACE, sum(widths) > self.viewport().width())

    def _fill_state(self, index: int, state: LandmarkState, point: NDArray[np.float64]) -> None:
        text, colour = STATES[state]
        self.item(index, STATE).setText(text)
        self.item(index, STATE).setForeground(QColor(colour))
        record = self._session.record
        spacing = None if record is None else record.spacing
        self.item(index, PLACE).setText(short_text(point, spacing).rsplit(" ", 1)[0] if state.has_point else "")
        font = self.item(index, NAME).font()
        font.setStrikeOut(state is LandmarkState.ABSENT)
        self.item(index, NAME).setFont(font)

    def _fill_lock(self, index: int, name: str) -> None:
        lock = self._session.locking.locks.get(name)
        self.item(index, LOCK).setIcon(QIcon() if lock is None else self._padlock)
        self.item(index, LOCK).setToolTip(
            "Click to lock it"
            if lock is None
            else f"Locked by {lock.reader} on {moment_text(lock.time)}. Click: unlock"
        )

    def _fill_source(self, index: int, edit: Edit | None, reviews: tuple[Review, ...]) -> None:
        is_known = edit is not None and edit.state is not LandmarkState.NOT_YET
        source, reviewed = self.item(index, SOURCE), self.item(index, REVIEWED)
        source.setText(source_text(edit.origin) if edit is not None and is_known else "")
        source.setToolTip(f"{source_text(edit.origin)}, by {edit.reader} on {moment_text(edit.time)}" if edit else "")
        after = [review for review in reviews if edit is not None and is_known and review.time >= edit.time]
        reviewed.setText("✓" if after else "")
        reviewed.setToolTip(f"By {after[-1].reader} on {moment_text(after[-1].time)}" if after else "")

    def _select(self) -> None:
        session = self._session
        if session.landmarks is None or session.current is None:
            self.clearSelection()
        else:
            self.selectRow(session.landmarks.names.index(session.current))

    def _on_click(self, index: int, column: int) -> None:
        name = self._name_at(index)
        if name is None:
            return
        if column == LOCK:
            self._toggle_lock(name)
        else:
            self._session.choose(name)

    def _on_heading(self, column: int) -> None:
        if column == LOCK:
            self._desk.attempt(self._session.locking.toggle_all)

    def _on_double_click(self, index: int, column: int) -> None:
        name = self._name_at(index)
        if name is not None and column == STATE and self._session.landmarks is not None:
            self._set_state(name, _AFTER[self._session.landmarks.state_of(name)])

    def _on_menu(self, place: QPoint) -> None:
        name = self._name_at(self.rowAt(place.y()))
        if name is not None:
            self.menu_of(name).exec(self.viewport().mapToGlobal(place))

    def _set_state(self, name: str, state: LandmarkState, _checked: bool = False) -> None:
        self._desk.attempt(self._session.editing.set_state, name, state)

    def _toggle_lock(self, name: str, _checked: bool = False) -> None:
        self._desk.attempt(self._session.locking.toggle, name)

    def _name_at(self, index: int) -> str | None:
        landmarks = self._session.landmarks
        return landmarks.names[index] if landmarks is not None and 0 <= index < len(landmarks) else None


def source_text(origin: Origin) -> str:
    """Say whose point it is, for a table."""
    words = {"file": "file", "shape": "mean shape", "image": f"like {origin.name}"}
    return words.get(origin.kind, origin.name)


def _padlock() -> QIcon:
    """Draw a small padlock: not every system has a font with one."""
    picture = QPixmap(32, 32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colour = QColor("#E69F00")
    painter.setPen(QPen(colour, 4))
    painter.drawArc(QRect(9, 4, 14, 18), 0, 180 * 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(QRect(6, 14, 20, 15), 3, 3)
    painter.end()
    return QIcon(picture)

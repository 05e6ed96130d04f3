"""The review queue as a table: images or landmarks, their scores, who reviewed them, what is flagged."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from napari_kdland.evaluation.review_scores import ReviewScore, review_score
from napari_kdland.gui.reasons import sentence, titled
from napari_kdland.gui.tones import InkDelegate

if TYPE_CHECKING:
    from napari_kdland.project import Flag, Review
    from napari_kdland.session.proofreading import Proofreading
    from napari_kdland.session.session import Session

_HEADS = ("Image", "Landmark", "Score", "Reviewed", "Flag")
_TIPS = (
    "Name of the image",
    "The landmark that the score is of",
    "How much it needs a look, in the unit of what the queue is sorted by",
    "Who looked through the image",
    "Why somebody should look at the image",
)
_NAME, _LANDMARK, _SCORE, _REVIEWED, _FLAG = range(5)
_DONE = QColor("#4fc79b")
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class QueueModel(QAbstractTableModel):
    """The lines of the open queue.

    Parameters
    ----------
    session, proofreading
        Whose queue it is.
    """

    def __init__(self, session: Session, proofreading: Proofreading) -> None:
        super().__init__()
        self._session = session
        self._proofreading = proofreading
        self._kind: ReviewScore | None = None
        self._reviews: dict[int, tuple[Review, ...]] = {}
        self._flags: dict[int, Flag] = {}

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802, ARG002 - Qt's name and signature
        return 0 if self._proofreading.queue is None else len(self._proofreading.queue.lines)

    def columnCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802, ARG002 - Qt's name and signature
        return len(_HEADS)

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802 - Qt's name
        if way == Qt.Orientation.Vertical:
            return section + 1 if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return _HEADS[section]
        return _TIPS[section] if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        queue = self._proofreading.queue
        if queue is None or not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(index.row(), index.column())
        if role == Qt.ItemDataRole.ForegroundRole:
            return _DONE if queue.lines[index.row()].image_id in self._reviews else None
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == _SCORE else None

    def reload(self) -> None:
        """Look at the queue anew."""
        self.beginResetModel()
        queue = self._proofreading.queue
        self._kind = None if queue is None else review_score(queue.ranking.kind)
        self._read_marks()
        self.endResetModel()

    def refresh(self) -> None:
        """Read again who reviewed and what is flagged."""
        self._read_marks()
        if self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, _FLAG))

    def _read_marks(self) -> None:
        queue, project = self._proofreading.queue, self._session.project
        ids = () if queue is None or project is None else queue.image_ids
        reviews = project.reviews.of_images(ids) if project is not None else {}
        flags = project.flags.of_images(ids) if project is not None else {}
        only = self._session.blind.only
        seen = {key: tuple(one for one in each if only in (None, one.reader)) for key, each in reviews.items()}
        self._reviews = {key: each for key, each in seen.items() if each}
        self._flags = {key: flag for key, flag in flags.items() if only in (None, flag.reader)}

    def _tip(self, row: int, column: int) -> str:
        """Give the text, which may be cut off, and why the line is there, which who reads blind is not told."""
        queue, is_blind = self._proofreading.queue, self._session.blind.is_on
        reason = "" if queue is None or is_blind or column in (_REVIEWED, _FLAG) else queue.lines[row].reason
        titles = {} if self._session.project is None else self._session.project.scheme.landmark_titles
        return "\n".join([self._text(row, column), *(sentence(titled(each, titles)) for each in reason.splitlines())])

    def _text(self, row: int, column: int) -> str:
        queue, project = self._proofreading.queue, self._session.project
        if queue is None or project is None or self._kind is None:
            return ""
        line = queue.lines[row]
        if column == _NAME:
            return line.name
        if column in (_LANDMARK, _SCORE) and self._session.blind.is_on:
            return ""
        if column == _LANDMARK:
            return project.scheme.title_of(line.landmark) if line.landmark else ""
        if column == _SCORE:
            return self._kind.text(line.value)
        if column == _REVIEWED:
            return ", ".join(review.reader for review in self._reviews.get(line.image_id, ()))
        flag = self._flags.get(line.image_id)
        return "" if flag is None else flag.note or "flagged"


class QueueView(QTableView):
    """Shows the queue; a click on a line goes there.

    Parameters
    ----------
    model
        The lines.
    """

    def __init__(self, model: QueueModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setItemDelegate(InkDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # so that the keys stay with the image
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrap(False)
        self.setMinimumHeight(110)
        self.verticalHeader().setDefaultSectionSize(22)
        header = self.horizontalHeader()
        # The content of 10,000 lines would be measured for each change.
        for column, width in ((_LANDMARK, 96), (_SCORE, 68), (_REVIEWED, 84), (_FLAG, 72)):
            self.setColumnWidth(column, width)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)

    def look_at(self, place: int | None, *, of_landmarks: bool) -> None:
        """Select the line that is on screen."""
        self.setColumnHidden(_LANDMARK, not of_landmarks)
        if place is None:
            self.clearSelection()
        else:
            self.selectRow(place)
            self.scrollTo(self.model().index(place, 0))

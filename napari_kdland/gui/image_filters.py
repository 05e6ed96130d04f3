"""What the list of images leaves out beside splits and states, and what it is sorted by."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QLabel, QSizePolicy, QVBoxLayout, QWidget

from napari_kdland.gui.widgets import row
from napari_kdland.project.image_filters import SCORE, Marks

if TYPE_CHECKING:
    from napari_kdland.project.records import Order
    from napari_kdland.session.session import Session

_ORDERS = (
    ("name", "name"),
    ("time of import", "added"),
    ("fewest landmarks", "known"),
    ("label rank", "label_rank"),
)


class ImageFilters(QWidget):
    """Chooses by reviews, flags, predictions and states of landmarks, and by which ranking images are sorted.

    Parameters
    ----------
    session
        Whose rankings are offered.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.reviewed = choice(("Any review", None), ("Reviewed", True), ("Not reviewed", False))
        self.flagged = choice(("Any flag", None), ("Flagged", True), ("Not flagged", False))
        self.predicted = choice(("Any run", None), ("Predicted", True), ("Not predicted", False))
        self.holds = choice(
            ("Any state", None),
            ("Has uncertain", "uncertain"),
            ("Has occluded", "occluded"),
            ("Has absent", "absent"),
            ("Has locked", "locked"),
        )
        self.sorting = choice()
        self.reviewed.setToolTip("Images that a reader has looked through (✓ in the list), or those that none has")
        self.flagged.setToolTip("Images that somebody wants looked at (⚑ in the list; its note under the pointer)")
        self.predicted.setToolTip("Images on which a run has said where the landmarks are")
        self.holds.setToolTip("Images with at least one landmark that is uncertain, occluded, absent or locked")
        self.sorting.setToolTip(
            "What the list is sorted by. Rankings (disagreement of runs, uncertainty, error, ...) put the images that "
            "need a look most first, and images without a score last; the Proofread panel makes them."
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row(self.reviewed, self.flagged, self.predicted))
        layout.addLayout(row(self.holds, QLabel("Sorted by"), self.sorting, stretch=2))
        for box in (self.reviewed, self.flagged, self.predicted, self.holds, self.sorting):
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            box.activated.connect(lambda _place: self.changed.emit())
        session.blind.changed.connect(self._on_blind)
        self.offer()

    @property
    def marks(self) -> Marks:
        """What is asked of each image."""
        boxes = (self.reviewed, self.flagged, self.predicted, self.holds)
        return Marks(*(box.currentData() for box in boxes))

    @property
    def order(self) -> Order:
        """What the list is sorted by."""
        order: Order = self.sorting.currentData()[0]
        return order

    @property
    def ranking_id(self) -> int | None:
        """Whose scores it is sorted by, where it is sorted by score."""
        ranking_id: int | None = self.sorting.currentData()[1]
        return ranking_id

    def clear(self) -> None:
        """Leave out nothing any more; what the list is sorted by stays."""
        for box in (self.reviewed, self.flagged, self.predicted, self.holds):
            box.setCurrentIndex(0)

    def offer(self) -> None:
        """Offer the orders and the rankings that there are now; a ranking that is gone gives way to names."""
        before = self.sorting.currentText()
        self.sorting.clear()
        for text, order in _ORDERS:
            self.sorting.addItem(text, (order, None))
        project = self._session.project
        for ranking in () if project is None else project.scores.all():
            self.sorting.addItem(f"{ranking.kind}: {', '.join(ranking.runs)}", (SCORE, ranking.ranking_id))
        # By its words: a ranking that was made again has another number.
        self.sorting.setCurrentIndex(max(0, self.sorting.findText(before)))

    def _on_blind(self) -> None:
        """Who reads blind is not told what other readers say, by no filter either."""
        self.holds.setEnabled(not self._session.blind.is_on)
        if self._session.blind.is_on and self.holds.currentIndex() > 0:
            self.holds.setCurrentIndex(0)
            self.changed.emit()


def choice(*entries: tuple[str, Any]) -> QComboBox:
    """Make a list to choose from of (text, value)."""
    box = QComboBox()
    for text, value in entries:
        box.addItem(text, value)
    return box

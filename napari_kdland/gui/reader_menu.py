"""Who reads, and how: blind, once more, and held against the others."""

# mypy: allow-subclassing-any
from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtGui import QFontDatabase
from qtpy.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_kdland import jobs
from napari_kdland.evaluation.readers import cells_of, pair_name, readers_text
from napari_kdland.evaluation.region_tables import region_text_table
from napari_kdland.gui.widgets import button, row, words

if TYPE_CHECKING:
    from napari_kdland.evaluation.readers import ReaderPair
    from napari_kdland.gui.desk import Desk
    from napari_kdland.jobs import ReadersCompared
    from napari_kdland.session.job_runner import JobHandle

_HEADINGS = (
    ("Landmark", ""),
    ("Mean", "Mean distance; over all landmarks, of the images' means"),
    ("SD", "Standard deviation of the distances; over all landmarks, of the images' means"),
    ("Median", "Median distance"),
    ("95 %", "95 % of the distances are smaller"),
    ("n", "How often both placed it"),
    ("Shift y", "Mean of second less first, downwards"),
    ("Shift x", "Mean of second less first, to the right"),
)


class ReaderMenu(QPushButton):
    """The menu beside the reader's name.

    Parameters
    ----------
    desk
        What it works on.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__("Readers")
        self._desk = desk
        self._blind = desk.session.blind
        self.setToolTip("Read blind, read once more, compare readers")
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self.blind = menu.addAction("Read blind")
        self.blind.setCheckable(True)
        self.blind.setToolTip("Hide what other readers and runs say; what you place counts as always")
        self.again = menu.addAction("Read once more, blind")
        self.again.setToolTip("Under your name with 'reading 2', for the intra-reader error")
        menu.addSeparator()
        self.compare = menu.addAction("Compare readers ...")
        self.setMenu(menu)
        self.dialog: ReadersDialog | None = None
        self.blind.triggered.connect(partial(desk.attempt, self._blind.set))
        self.again.triggered.connect(lambda _checked=False: desk.attempt(self._read_again))
        self.compare.triggered.connect(lambda _checked=False: desk.attempt(self._compare))
        self._blind.changed.connect(self._on_blind)
        self._on_blind()

    def _on_blind(self) -> None:
        self.blind.setChecked(self._blind.is_on)
        self.setText("Blind" if self._blind.is_on else "Readers")
        self.setStyleSheet("background: #E69F00; color: black; font-weight: bold;" if self._blind.is_on else "")

    def _read_again(self) -> None:
        name = self._blind.read_again()
        self._desk.say(f"Reading blind as {name}. Shift+N goes to the next image that you have not read.")

    def _compare(self) -> None:
        job = partial(jobs.compare_project_readers, self._desk.session.the_project().path)
        self._desk.runner.start("Compare readers", job, on_end=self._compared)

    def _compared(self, handle: JobHandle[ReadersCompared]) -> None:
        if self._desk.is_closing:
            return
        if handle.error or handle.result is None:
            self._desk.refuse(handle.error)
            return
        self.dialog = ReadersDialog(handle.result, self)
        self.dialog.show()


class ReadersDialog(QDialog):
    """The distances between readers' landmarks, a pair at a time, and under them those between their masks.

    Parameters
    ----------
    compared
        What was measured.
    """

    def __init__(self, compared: ReadersCompared, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._compared = compared
        self.setWindowTitle("KDLand: readers")
        self.resize(640, 460)
        self.pairs = QComboBox()
        self.pairs.setToolTip("Which two readings are held against each other")
        self.caption = words()
        self.table = QTableWidget(0, len(_HEADINGS))
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.regions = QLabel(region_text_table(compared.regions) if compared.regions else "")
        self.regions.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.regions.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.regions.setVisible(bool(compared.regions))
        self.copy = button("Copy", self._copy, "All pairs as text")
        layout = QVBoxLayout(self)
        layout.addWidget(self.pairs)
        layout.addWidget(self.caption)
        layout.addWidget(self.table)
        layout.addWidget(self.regions)
        layout.addLayout(row(self.copy, button("Close", self.accept, "Close the comparison")))
        for pair in compared.pairs:
            self.pairs.addItem(pair_name(pair.first, pair.second))
        self.pairs.setVisible(bool(compared.pairs))
        self.table.setVisible(bool(compared.pairs))
        self.copy.setVisible(bool(compared.pairs or compared.regions))
        self.pairs.currentIndexChanged.connect(self._show)
        self._show()

    def _show(self) -> None:
        if not self._compared.pairs:
            self.caption.setVisible(not self._compared.regions)
            read = ", ".join(f"{reader} ({count} images)" for reader, count in self._compared.n_read.items())
            self.caption.setText(
                "No landmark was placed, and no mask drawn, by two readers in one image. "
                f"Have read: {read or 'nobody'}. Let a second reader read blind, or read once more yourself."
            )
            return
        pair = self._compared.pairs[max(0, self.pairs.currentIndex())]
        in_mm = pair.all_mm is not None
        self.caption.setText(_caption(pair, "mm" if in_mm else "px"))
        per, whole = pair.per_landmark_px, pair.all_px
        if pair.per_landmark_mm is not None and pair.all_mm is not None:
            per, whole = pair.per_landmark_mm, pair.all_mm
        self.table.setHorizontalHeaderLabels([text for text, _ in _HEADINGS])
        for column, (_, tooltip) in enumerate(_HEADINGS):
            self.table.horizontalHeaderItem(column).setToolTip(tooltip)
        rows = [(self._compared.titles.get(name, name), distances) for name, distances in per.items()]
        self.table.setRowCount(len(rows) + 1)
        for place, (title, distances) in enumerate([*rows, ("All landmarks", whole)]):
            for column, text in enumerate([title, *cells_of(distances)]):
                self.table.setItem(place, column, QTableWidgetItem(text))

    def _copy(self) -> None:
        landmarks = readers_text(self._compared.pairs, self._compared.titles)
        QApplication.clipboard().setText("\n\n".join(text for text in (landmarks, self.regions.text()) if text))


def _caption(pair: ReaderPair, unit: str) -> str:
    kind = "Intra-reader" if pair.is_one_person else "Inter-reader"
    split = f" {pair.n_split} landmarks were placed by one and called absent by the other." if pair.n_split else ""
    return f"{kind} error over {pair.n_images} images, in {unit}; shifts are second less first.{split}"

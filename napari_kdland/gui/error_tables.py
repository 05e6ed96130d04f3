"""Two tables of radial errors: of the image on screen by landmark, and of a split by run."""

# mypy: allow-subclassing-any
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from napari_kdland.evaluation import radial_errors
from napari_kdland.gui.layers.style import ERROR_COLOURS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from napari_kdland.anatomy import Landmarks, Scheme
    from napari_kdland.evaluation import Comparison, Row
    from napari_kdland.gui.layers.style import Style
    from napari_kdland.images import Spacing

_BETTER, _WORSE = "#4fc79b", "#ff8a70"


class ImageErrors(QTableWidget):
    """Radial errors on one image: a row a landmark, a column a run, the mean below."""

    def __init__(self) -> None:
        super().__init__()
        _quiet(self)

    def show_errors(
        self,
        truth: Landmarks,
        found: Mapping[str, Landmarks],
        styles: Mapping[str, Style],
        *,
        scheme: Scheme,
        spacing: Spacing | None,
    ) -> None:
        """Fill the table; in millimetres where the image has a spacing, else in pixels."""
        unit = "px" if spacing is None else "mm"
        self.setColumnCount(1 + len(found))
        self.setRowCount(len(truth) + 1 if found else 0)
        self.setHorizontalHeaderLabels([f"Error, {unit}", *found])
        _size_columns(self)
        for place, name in enumerate(truth.names if found else ()):
            self.setItem(place, 0, QTableWidgetItem(scheme.title_of(name)))
        if found:
            self.setItem(len(truth), 0, _bold("Mean"))
        for column, (run, landmarks) in enumerate(found.items(), start=1):
            self.horizontalHeaderItem(column).setForeground(QColor(styles[run].colour).lighter(140))
            self.horizontalHeaderItem(column).setToolTip(run)
            errors = image_errors(landmarks, truth, spacing)
            for place, error in enumerate(errors):
                self.setItem(place, column, _number(error, None if spacing is None else _colour(error)))
            mean = float(np.nanmean(errors)) if np.isfinite(errors).any() else float("nan")
            self.setItem(len(truth), column, _number(mean, None, is_bold=True))


class SplitErrors(QTableWidget):
    """A comparison: a row a run, the baseline first; differences from it in colour."""

    def __init__(self) -> None:
        super().__init__()
        _quiet(self)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Fill the table, or empty it."""
        rows: Sequence[Row] = () if comparison is None else comparison.rows
        metrics = () if comparison is None else comparison.metrics
        self.setRowCount(len(rows))
        self.setColumnCount(1 + len(metrics))
        self.setHorizontalHeaderLabels(["Run", *(metric.heading for metric in metrics)])
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for place, each in enumerate(rows):
            title = QTableWidgetItem(each.name if place else f"{each.name} (baseline)")
            title.setToolTip(each.verdict)
            self.setItem(place, 0, title)
            for column, metric in enumerate(metrics, start=1):
                item = QTableWidgetItem(metric.text(each.values[metric.name]))
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                font = item.font()
                font.setBold(metric.name in each.best)
                item.setFont(font)
                delta = each.deltas.get(metric.name)
                if delta:
                    item.setText(f"{item.text()}  ({metric.text(delta, signed=True)})")
                    is_better = (delta < 0) == (metric.better == "lower")
                    item.setForeground(QColor(_BETTER if is_better else _WORSE))
                self.setItem(place, column, item)


def image_errors(
    found: Landmarks, truth: Landmarks, spacing: Spacing | None
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Give the radial error of each landmark, in millimetres where there is a spacing, else in pixels; (L,)."""
    matched = found.reordered(truth.names)
    mm = None if spacing is None else np.array([[spacing.row_mm, spacing.column_mm]])
    errors: NDArray[np.float64] = radial_errors(matched.points[None], truth.points[None], spacing_mm=mm)[0]
    return errors


def _number(value: float, colour: str | None, *, is_bold: bool = False) -> QTableWidgetItem:
    text = f"{value:.1f}" if np.isfinite(value) else "-"
    item = _bold(text) if is_bold else QTableWidgetItem(text)
    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    if colour is not None:
        item.setForeground(QColor(colour).lighter(130))
    return item


def _bold(text: str) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    font = item.font()
    font.setBold(True)
    item.setFont(font)
    return item


def _colour(mm: float) -> str | None:
    return next((colour for limit, colour in ERROR_COLOURS if mm <= limit), None) if np.isfinite(mm) else None


def _size_columns(table: QTableWidget) -> None:
    """Leave the landmarks' names the room: long run names are cut, their cells and colours tell them."""
    header = table.horizontalHeader()
    header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    header.setMinimumSectionSize(40)
    header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    header.setDefaultSectionSize(max(56, 280 // table.columnCount()))
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)


def _quiet(table: QTableWidget) -> None:
    table.verticalHeader().hide()
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    table.verticalHeader().setDefaultSectionSize(22)
